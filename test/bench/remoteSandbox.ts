import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SandboxControl } from '../../server/sandbox/control/control.js';
import type { SandboxOptions } from '../../server/sandbox/sandbox.js';
import type { Seed } from '../../server/sandbox/seed.js';
import { stopProcess } from './processes.js';

type ControlName =
  | 'fault'
  | 'clearFaults'
  | 'setConnection'
  | 'account'
  | 'accounts'
  | 'setAccount'
  | 'expire'
  | 'refresh'
  | 'revoke'
  | 'setWebhook'
  | 'deliveries'
  | 'calls'
  | 'resetCalls'
  | 'maxInFlight';

export interface ControlCall {
  readonly id: number;
  readonly name: ControlName;
  readonly args: readonly unknown[];
}

export interface ControlAnswer {
  readonly id: number;
  readonly result?: unknown;
  /** What was thrown over there. */
  readonly fault?: string;
}

/** What a sandbox in a process of its own starts with. */
export type RemoteSandboxOptions = Pick<SandboxOptions, 'seed' | 'webhookRetryMs'>;

/** A sandbox in a process of its own, so that its work is not taken for the app's. */
export interface RemoteSandbox {
  readonly url: string;
  /** What an app needs in its environment to take this sandbox for Scalekit. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls the control over there. @throws Error as it does */
  control<Name extends ControlName>(
    name: Name,
    ...args: Parameters<SandboxControl[Name]>
  ): Promise<ReturnType<SandboxControl[Name]>>;
  stop(): Promise<void>;
}

/** The credentials that a sandbox takes unless it is told others. */
export const credentials = { clientId: 'sandbox', clientSecret: 'sandbox' };

/** Starts a sandbox with a seed. */
export async function startRemoteSandbox(
  seed: Seed = 'default',
  options: Omit<RemoteSandboxOptions, 'seed'> = {},
): Promise<RemoteSandbox> {
  const script = fileURLToPath(new URL('./sandboxProcess.js', import.meta.url));
  const child = fork(script, [JSON.stringify({ seed, ...options } satisfies RemoteSandboxOptions)], {
    // A million accounts take half a gigabyte.
    execArgv: [...process.execArgv, '--max-old-space-size=8192'],
  });
  const waiting = new Map<number, (answer: ControlAnswer) => void>();
  const ready = new Promise<ControlAnswer>((resolve, reject) => {
    waiting.set(0, resolve);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  function settle(answer: ControlAnswer): void {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  }
  child.on('message', settle);
  child.once('exit', () => {
    for (const id of waiting.keys()) settle({ id, fault: 'the sandbox has ended' });
  });
  const url = String((await ready).result);
  let calls = 0;
  return {
    url,
    env: {
      SCALEKIT_ENVIRONMENT_URL: url,
      SCALEKIT_CLIENT_ID: credentials.clientId,
      SCALEKIT_CLIENT_SECRET: credentials.clientSecret,
    },
    control<Name extends ControlName>(name: Name, ...args: Parameters<SandboxControl[Name]>) {
      calls += 1;
      const id = calls;
      return new Promise<ReturnType<SandboxControl[Name]>>((resolve, reject) => {
        waiting.set(id, ({ result, fault }) => {
          if (fault !== undefined) reject(new Error(fault));
          else resolve(result as ReturnType<SandboxControl[Name]>);
        });
        child.send({ id, name, args } satisfies ControlCall, (error) => {
          if (error !== null) settle({ id, fault: error.message });
        });
      });
    },
    stop: () => stopProcess(child),
  };
}
