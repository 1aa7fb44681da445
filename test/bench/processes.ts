import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/freePort.js';

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to its first 200 on `/healthz`. */
  readonly startedInMs: number;
  /** What it has taken of the processors so far, in milliseconds. It must have been started with `measurable`. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
  /** Ends it as a crash of the machine would. */
  kill(): Promise<void>;
}

/** Options of Node.js that let a server tell what it takes of the processors. */
export const measurable = ['--import', new URL('./tellCpu.mjs', import.meta.url).href];

const readyWithinMs = 60_000;

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + readyWithinMs;
  while (!(await answers(`${url}/healthz`))) {
    if (child.exitCode !== null) throw new Error(`the server at ${url} ended with ${child.exitCode}`);
    if (performance.now() > end) throw new Error(`the server at ${url} did not get ready`);
    await pause(2);
  }
}

export async function stopProcess(child: ChildProcess, how: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(how);
  await exit;
}

/** A folder that is there while `work` runs. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Starts a server and waits for its first 200 on `/healthz`. It gets the variables named here and no others.
 * @param script a file that listens on `PORT`: of the app as it was built, or TypeScript
 * @param folder its working folder, in which no `.env` lies, and the place of its data
 * @param log the file, open for writing, that its log goes to
 */
export async function startServer(
  script: URL,
  folder: string,
  env: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
  log: number | 'ignore' = 'ignore',
): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const loader = script.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const began = performance.now();
  const child = spawn(process.execPath, [...loader, ...nodeOptions, fileURLToPath(script)], {
    cwd: folder,
    env: { ...nodeSettings, PORT: String(port), PUBLIC_URL: url, DATA_DIR: folder, ...env },
    stdio: ['ignore', log, 'inherit', 'ipc'],
  });
  try {
    await untilReady(url, child);
  } catch (error) {
    await stopProcess(child);
    throw error;
  }
  const startedInMs = performance.now() - began;
  const cpuMs = async () => {
    const told = once(child, 'message');
    child.send('cpu');
    const [{ user, system }] = (await told) as [NodeJS.CpuUsage];
    return (user + system) / 1000;
  };
  const { pid = 0 } = child;
  return {
    url,
    pid,
    startedInMs,
    cpuMs,
    stop: () => stopProcess(child),
    kill: () => stopProcess(child, 'SIGKILL'),
  };
}

/** As the image and the unit of systemd have them. */
const nodeSettings = { NODE_OPTIONS: '--max-semi-space-size=16' };

/** The app as `npm run build` made it. */
export const builtApp = new URL('../../dist/index.js', import.meta.url);

/** Limits that no measuring reaches. */
export const noLimits = {
  RATE_LIMIT_CONNECT_PER_MINUTE: '100000',
  RATE_LIMIT_SIGN_IN_PER_MINUTE: '100000',
};
