import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { builtScript } from './builtApp.js';
import { freePort } from './freePort.js';

/** The app in a process of its own. */
export interface InstanceProcess {
  readonly url: string;
  readonly port: number;
  /** What it wrote to stderr so far, but for the lines that greet a developer. */
  stderr(): string;
  /** Ends it as a crash of the machine would: nothing is finished or given back. */
  kill(): Promise<void>;
  /** Ends it as an operator does. */
  stop(): Promise<void>;
}

/** The addresses that a start outside production tells. */
const greeting = /^Connect accounts: .*\n(Sandbox: [\s\S]*?failures\.\n)?/m;

/** Another test run on this machine took the port between its choice and its use. */
class PortTaken extends Error {}

async function untilAlive(url: string, child: ChildProcess, stderr: () => string): Promise<void> {
  for (;;) {
    const alive = await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (alive) return;
    if (child.exitCode !== null && /^Port \d+ is in use/m.test(stderr())) throw new PortTaken();
    if (child.exitCode !== null) throw new Error(`the instance ended with ${child.exitCode}:\n${stderr()}`);
    await pause(20);
  }
}

/**
 * Starts an instance with the variables that are named and no others.
 * @param folder its working folder, in which no `.env` lies
 * @param again the port of an instance that it takes the place of
 */
export async function startInstance(
  folder: string,
  env: Readonly<Record<string, string>>,
  again?: number,
): Promise<InstanceProcess> {
  const port = again ?? (await freePort());
  const child = spawn(process.execPath, [builtScript('index.js')], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: String(port), LOG_LEVEL: 'warn', ...env },
    // Not the test run's own output, which an instance that is left over would keep open.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = `http://127.0.0.1:${port}`;
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
  });
  const stderr = () => log.replace(greeting, '');
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  try {
    await untilAlive(url, child, stderr);
  } catch (error) {
    await end('SIGKILL');
    if (error instanceof PortTaken && again === undefined) return startInstance(folder, env);
    throw error;
  }
  return { url, port, stderr, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
