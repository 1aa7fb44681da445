import { setTimeout as pause } from 'node:timers/promises';
import { paths } from '../../server/paths.js';
import { type Figure, median, type Part } from './figures.js';
import { throughput } from './load.js';
import { residentMb } from './memory.js';
import { builtApp, noLimits, type ServerProcess, startServer, withFolder } from './processes.js';
import { statusTarget } from './statusPart.js';

const rounds = 5;
const restMs = 2000;
const loadSeconds = 15;

/** The app with the sandbox in it, as `npm start` runs it. */
const startAlone = (folder: string): Promise<ServerProcess> =>
  startServer(builtApp, folder, { ...noLimits, SANDBOX_PORT: '0' });

async function measureStart(): Promise<{ aliveMs: number; signInMs: number }> {
  return withFolder(async (folder) => {
    const app = await startAlone(folder);
    try {
      const began = performance.now();
      const page = await fetch(app.url + paths.connections);
      if (!page.ok || !page.url.includes(paths.signIn)) throw new Error('the sign-in page did not come');
      await page.text();
      return { aliveMs: app.startedInMs, signInMs: app.startedInMs + performance.now() - began };
    } finally {
      await app.stop();
    }
  });
}

async function measureMemory(): Promise<Figure[]> {
  return withFolder(async (folder) => {
    const app = await startAlone(folder);
    try {
      await pause(restMs);
      const atRest = residentMb(app.pid);
      await throughput(await statusTarget(app.url), loadSeconds);
      await pause(restMs);
      return [
        { what: 'memory at rest', value: atRest, unit: 'MB' },
        { what: `memory after ${loadSeconds} s of status.json`, value: residentMb(app.pid), unit: 'MB' },
      ];
    } finally {
      await app.stop();
    }
  });
}

export const startPart: Part = {
  name: 'start',
  title: 'start-up of the built app with its sandbox and an empty data folder, and memory',
  async measure() {
    const starts = [];
    for (let round = 0; round < rounds; round++) starts.push(await measureStart());
    const alive = median(starts.map(({ aliveMs }) => aliveMs));
    const signIn = median(starts.map(({ signInMs }) => signInMs));
    return [
      { what: 'first 200 on /healthz', value: alive, unit: 'ms', goal: { most: 2000 } },
      { what: '/connections → sign-in page', value: signIn, unit: 'ms', goal: { most: 2000 } },
      ...(await measureMemory()),
    ];
  },
};
