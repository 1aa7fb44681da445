import { setTimeout as pause } from 'node:timers/promises';
import { paths } from '../../server/paths.js';
import { type Figure, median, type Part } from './figures.js';
import { load } from './load.js';
import { residentMb } from './memory.js';
import { builtApp, noLimits, type ServerProcess, startServer, withFolder } from './processes.js';
import { startRemoteSandbox } from './remoteSandbox.js';
import { statusTarget } from './statusPart.js';

const rounds = 5;
const settleMs = 2000;
/** V8 gives back what the start took when it has seen that little is asked for: after some 25 s. */
const restMs = 40_000;
const loadSeconds = 15;

type Environment = Readonly<Record<string, string>>;

/** The app with the sandbox in it, as `npm start` runs it. */
const withItsSandbox: Environment = { SANDBOX_PORT: '0' };

const start = (folder: string, env: Environment): Promise<ServerProcess> =>
  startServer(builtApp, folder, { ...noLimits, ...env });

interface Start {
  readonly aliveMs: number;
  readonly signInMs: number;
}

async function measureStart(folder: string, env: Environment): Promise<Start> {
  const app = await start(folder, env);
  try {
    const began = performance.now();
    const page = await fetch(app.url + paths.connections);
    if (!page.ok || !page.url.includes(paths.signIn)) throw new Error('the sign-in page did not come');
    await page.text();
    return { aliveMs: app.startedInMs, signInMs: app.startedInMs + performance.now() - began };
  } finally {
    await app.stop();
  }
}

/** A first start, in an empty folder, and another in the same one. */
async function measureStarts(what: string, env: Environment): Promise<Figure[]> {
  const first: Start[] = [];
  const next: Start[] = [];
  for (let round = 0; round < rounds; round++) {
    await withFolder(async (folder) => {
      first.push(await measureStart(folder, env));
      next.push(await measureStart(folder, env));
    });
  }
  const alive = (starts: readonly Start[]) => median(starts.map(({ aliveMs }) => aliveMs));
  const signIn = median(first.map(({ signInMs }) => signInMs));
  return [
    { what: `${what}: first 200 on /healthz`, value: alive(first), unit: 'ms', goal: { most: 1200 } },
    { what: `${what}: the same, next start`, value: alive(next), unit: 'ms', goal: { most: 1200 } },
    { what: `${what}: /connections → sign-in page`, value: signIn, unit: 'ms', goal: { most: 2000 } },
  ];
}

async function measureMemory(what: string, env: Environment, goal: Pick<Figure, 'goal'>): Promise<Figure[]> {
  return withFolder(async (folder) => {
    const app = await start(folder, env);
    try {
      await pause(settleMs);
      const started = residentMb(app.pid);
      await pause(restMs);
      return [
        { what: `memory after the start, ${what}`, value: started, unit: 'MB' },
        { what: `memory at rest, ${what}`, value: residentMb(app.pid), unit: 'MB', ...goal },
      ];
    } finally {
      await app.stop();
    }
  });
}

async function measureMemoryUnderLoad(): Promise<Figure> {
  return withFolder(async (folder) => {
    const app = await start(folder, withItsSandbox);
    try {
      await load(await statusTarget(app.url), { duration: loadSeconds });
      await pause(settleMs);
      const value = residentMb(app.pid);
      return { what: `memory after ${loadSeconds} s of status.json`, value, unit: 'MB' };
    } finally {
      await app.stop();
    }
  });
}

export const startPart: Part = {
  name: 'start',
  title: 'start-up of the built app, and its memory',
  async measure() {
    const sandbox = await startRemoteSandbox();
    try {
      return [
        ...(await measureStarts('with its sandbox', withItsSandbox)),
        ...(await measureStarts('without it', sandbox.env)),
        ...(await measureMemory('with its sandbox', withItsSandbox, {})),
        ...(await measureMemory('without it', sandbox.env, { goal: { most: 120 } })),
        await measureMemoryUnderLoad(),
      ];
    } finally {
      await sandbox.stop();
    }
  },
};
