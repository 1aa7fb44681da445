import { setTimeout as pause } from 'node:timers/promises';
import { adminPaths, paths } from '../../server/paths.js';
import { createSdkGateway } from '../../server/scalekit/sdkGateway.js';
import { findPostgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgresServer.js';
import { BenchUser } from './benchUser.js';
import { type Figure, type Part, quantile } from './figures.js';
import { inTurns } from './inTurns.js';
import { builtApp, noLimits, startServer, withFolder } from './processes.js';
import { credentials, startRemoteSandbox } from './remoteSandbox.js';

const accounts = 100_000;
const connections = 20;
const accountsPerPage = 99;
const parallel = 4;
const rpcLatencyMs = 50;
const userCount = 10;
const idleSeconds = 15;

/** What the sync's own page tells. */
interface Progress {
  readonly running: boolean;
  readonly started_at: string;
  readonly finished_at: string;
  readonly fault: string | null;
  readonly connections: readonly { readonly accounts: number }[];
}

/** Every user opens their list about once a second, each by a call to Scalekit. @returns how long each took */
async function openLists(users: readonly BenchUser[], isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  const open = async (user: BenchUser, index: number) => {
    const began = performance.now() + (index * 1100) / userCount;
    for (let turn = 0; !isOver(); turn += 1) {
      await pause(Math.max(0, began + turn * 1100 - performance.now()));
      const asked = performance.now();
      await user.get(paths.connections);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(users.map(open));
  return times;
}

async function openListsFor(users: readonly BenchUser[], seconds: number): Promise<number[]> {
  const end = performance.now() + seconds * 1000;
  return openLists(users, () => performance.now() > end);
}

/** Has an admin start a full sync, and waits for its end. @param look is called a few times a second meanwhile */
export async function sync(admin: BenchUser, look: () => void = () => undefined): Promise<Progress> {
  await admin.post(adminPaths.sync);
  for (;;) {
    const progress = JSON.parse(await admin.get(adminPaths.syncJson)) as Progress;
    if (!progress.running) return progress;
    look();
    await pause(250);
  }
}

/** The same pages read at the same pace, and nothing else done. @returns seconds */
async function readBare(environmentUrl: string): Promise<number> {
  const gateway = createSdkGateway({ environmentUrl, ...credentials });
  const listed = await gateway.listConnections();
  const began = performance.now();
  await inTurns(listed, parallel, async ({ name }) => {
    let next: string | null = null;
    do next = (await gateway.listAccountsOfConnection(name, next)).nextPageToken;
    while (next !== null);
  });
  return (performance.now() - began) / 1000;
}

/** A sync, while users open their lists. */
async function measureSync(admin: BenchUser, users: readonly BenchUser[]) {
  let over = false;
  const opened = openLists(users, () => over);
  const progress = await sync(admin);
  over = true;
  const read = progress.connections.reduce((sum, one) => sum + one.accounts, 0);
  if (progress.fault !== null || read !== accounts) throw new Error(`the sync read ${read} accounts`);
  const pages = progress.connections.map((one) => Math.max(1, Math.ceil(one.accounts / accountsPerPage)));
  // And the list of connections.
  const rpcs = pages.reduce((sum, count) => sum + count, 1);
  const wallMs = Date.parse(progress.finished_at) - Date.parse(progress.started_at);
  return { seconds: wallMs / 1000, ratio: wallMs / ((rpcs * rpcLatencyMs) / parallel), times: await opened };
}

async function measureOn(what: string, env: Readonly<Record<string, string>>): Promise<Figure[]> {
  const sandbox = await startRemoteSandbox({ accounts, connections });
  try {
    return await withFolder(async (folder) => {
      const settings = { DIRECTORY_SYNC_HOURS: '0', DIRECTORY_SYNC_PARALLEL: String(parallel) };
      const app = await startServer(builtApp, folder, { ...sandbox.env, ...noLimits, ...settings, ...env });
      try {
        const admin = await new BenchUser(app.url, 'katherine@example.com').signIn();
        await admin.get(paths.connections);
        const users: BenchUser[] = [];
        const names = Array.from({ length: userCount }, (_, number) => `reader-${number}@example.com`);
        await inTurns(names, 4, async (name) => {
          users.push(await new BenchUser(app.url, name).signIn());
        });
        await sandbox.control('fault', { latencyMs: rpcLatencyMs });
        await openListsFor(users, 3);
        const bareSeconds = await readBare(sandbox.url);
        const idle = quantile(await openListsFor(users, idleSeconds), 0.95);
        const first = await measureSync(admin, users);
        const again = await measureSync(admin, users);
        const busy = (times: readonly number[]) => quantile(times, 0.95);
        return [
          { what: `${what}: first sync`, value: first.seconds, unit: 's' },
          { what: `${what}: its pages, read bare`, value: bareSeconds, unit: 's' },
          {
            what: `${what}: first sync ÷ pages read bare`,
            value: first.seconds / bareSeconds,
            unit: '×',
            goal: { most: 1.15 },
          },
          { what: `${what}: first sync ÷ its latency`, value: first.ratio, unit: '×', goal: { most: 1.15 } },
          { what: `${what}: next sync ÷ its latency`, value: again.ratio, unit: '×', goal: { most: 1.15 } },
          { what: `${what}: /connections, p95 idle`, value: idle, unit: 'ms' },
          {
            what: `${what}: p95, first sync ÷ idle`,
            value: busy(first.times) / idle,
            unit: '×',
            goal: { most: 2 },
          },
          {
            what: `${what}: p95, next sync ÷ idle`,
            value: busy(again.times) / idle,
            unit: '×',
            goal: { most: 2 },
          },
        ];
      } finally {
        await app.stop();
      }
    });
  } finally {
    await sandbox.stop();
  }
}

async function measureOnPostgres(): Promise<Figure[]> {
  const postgres = await startPostgres(await findPostgres());
  try {
    return await measureOn('PostgreSQL', { DATABASE_URL: postgres.url });
  } finally {
    await postgres.close();
  }
}

export const syncPart: Part = {
  name: 'sync',
  title: `a full sync of ${accounts} accounts on ${connections} connections, ${rpcLatencyMs} ms per RPC, ${parallel} at a time`,
  measure: async () => [...(await measureOn('SQLite', {})), ...(await measureOnPostgres())],
};
