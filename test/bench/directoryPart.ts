import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { adminPaths } from '../../server/paths.js';
import { type BareSql, openBareSql } from './bareSql.js';
import { type BenchPage, benchPages, type Shown } from './directoryPages.js';
import { type Figure, type Part, quantile } from './figures.js';
import { collectGarbage, residentMb } from './memory.js';
import {
  accountsPerUser,
  connectionCount,
  connectionNames,
  onEachDatabase,
  onSyncedPostgres,
  type SeededApp,
  userCount,
} from './seededDirectory.js';
import { sync } from './syncPart.js';

const rounds = 100;
const warmUpRounds = 30;
const restMs = 1000;
const samples = 10;

const agent = new Agent({ keepAlive: true });

/** Milliseconds until the server begins to answer, which it does when the whole page is made. */
function untilAnswered(url: string, headers: SeededApp['admin']['headers']): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { ...headers } }, (response) => {
      const ms = performance.now() - began;
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume().on('end', () => resolve(ms));
    }).on('error', reject);
  });
}

/** The page and its bare statements in turn, so that what slows the machine slows both. */
async function measurePage(
  { app, admin, what }: SeededApp & { readonly what: string },
  bare: BareSql,
  page: BenchPage,
): Promise<Figure[]> {
  const statements = await bare.noted(page.readSql);
  const [pageTimes, bareTimes]: [number[], number[]] = [[], []];
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    const pageMs = await untilAnswered(app.url + page.path, admin.headers);
    const began = performance.now();
    await bare.run(statements);
    const bareMs = performance.now() - began;
    if (round < 0) continue;
    pageTimes.push(pageMs);
    bareTimes.push(bareMs);
  }
  const [pageMs, bareMs] = [quantile(pageTimes, 0.95), quantile(bareTimes, 0.95)];
  return [
    { what: `${what}: ${page.what}, p95`, value: pageMs, unit: 'ms', goal: { most: 50 } },
    { what: `${what}: ${page.what} ÷ its SQL`, value: pageMs / bareMs, unit: '×', goal: { most: 3 } },
  ];
}

/** What a process holds when it has dropped what it does not need any more, in MB. */
async function heldMb(pid: number): Promise<number> {
  collectGarbage(pid);
  await pause(restMs);
  return residentMb(pid);
}

/** Takes a file, and now and then lets the server stand still for a look at it. */
async function download({ admin }: SeededApp, path: string, everyMb: number, look: () => Promise<void>) {
  await admin.get(path);
  let megabytes = 0;
  let looks = 0;
  for await (const part of await admin.download(path)) {
    megabytes += part.byteLength / 1024 / 1024;
    if (megabytes < (looks + 1) * everyMb) continue;
    looks += 1;
    await look();
  }
  return megabytes;
}

/**
 * How much the process grows while the whole directory is exported once more: as the system sees it, with what waits
 * to be collected, and by what it holds.
 */
async function measureExport(seeded: SeededApp, what: string): Promise<Figure[]> {
  const { pid } = seeded.app;
  const resident: number[] = [];
  const look = async () => {
    resident.push(residentMb(pid));
  };
  const size = await download(seeded, adminPaths.exportUsers(), 1, look);
  const [firstMost, before] = [Math.max(...resident.splice(0)), residentMb(pid)];
  await download(seeded, adminPaths.exportUsers(), 1, look);
  const heldBefore = await heldMb(pid);
  const held: number[] = [];
  await download(seeded, adminPaths.exportUsers(), size / samples, async () => {
    held.push(await heldMb(pid));
  });
  const growth = (during: readonly number[], from: number): Omit<Figure, 'what'> => ({
    value: Math.max(...during) - from,
    unit: 'MB',
    goal: { most: 30 },
  });
  return [
    { what: `${what}: export, size`, value: size, unit: 'MB' },
    { what: `${what}: export, most memory in the first`, value: firstMost, unit: 'MB' },
    { what: `${what}: export, growth of memory`, ...growth(resident, before) },
    { what: `${what}: export, growth of what is held`, ...growth(held, heldBefore) },
  ];
}

async function measureOn(seeded: SeededApp, shown: Shown): Promise<Figure[]> {
  const what = seeded.database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL';
  const bare = openBareSql(seeded.folder, seeded.databaseUrl);
  try {
    const figures: Figure[] = [];
    for (const page of benchPages(shown)) {
      figures.push(...(await measurePage({ ...seeded, what }, bare, page)));
    }
    return [...figures, ...(await measureExport(seeded, what))];
  } finally {
    await bare.close();
  }
}

export const directoryPart: Part = {
  name: 'directory',
  title: `the admins’ pages and the export, ${userCount} users, ${userCount * accountsPerUser} accounts on ${connectionCount} connections`,
  measure: () =>
    onEachDatabase((seeded) =>
      measureOn(seeded, {
        connection: connectionNames[0] ?? '',
        identifier: 'linus.n',
        prefix: 'ada lo',
        word: 'lovelace',
      }),
    ),
};

const largeUsers = 1_000_000;
const largeAccounts = largeUsers * accountsPerUser;

/** Counts of the overview that a recount of the accounts does not give. */
async function wrongCounts({ db }: SeededApp['database']): Promise<number> {
  const { rows } = await sql<{ wrong: number }>`
    select count(*) as wrong
    from (
      select connection_name, state, count(*) as accounts, count(stuck_since) as stuck
      from directory_accounts group by connection_name, state
    ) as recount
    full join directory_counts as counted using (connection_name, state)
    where coalesce(recount.accounts, 0) <> coalesce(counted.accounts, 0)
      or coalesce(recount.stuck, 0) <> coalesce(counted.stuck, 0)
  `.execute(db);
  return Number(rows[0]?.wrong);
}

/** The first full sync of a directory of which nothing is known yet. */
async function measureFirstSync({ app, admin, database }: SeededApp): Promise<Figure[]> {
  // The form to start it by.
  await admin.get(adminPaths.overview);
  const before = await heldMb(app.pid);
  let most = before;
  const progress = await sync(admin, () => {
    most = Math.max(most, residentMb(app.pid));
  });
  const read = progress.connections.reduce((sum, one) => sum + one.accounts, 0);
  if (progress.fault !== null || read !== largeAccounts) throw new Error(`the sync read ${read} accounts`);
  const seconds = (Date.parse(progress.finished_at) - Date.parse(progress.started_at)) / 1000;
  const wrong = await wrongCounts(database);
  return [
    { what: 'PostgreSQL: first sync', value: seconds, unit: 's' },
    { what: 'PostgreSQL: first sync, accounts', value: largeAccounts / seconds, unit: '/s' },
    { what: 'PostgreSQL: first sync, growth of memory', value: most - before, unit: 'MB' },
    { what: 'PostgreSQL: counts that a recount does not give', value: wrong, unit: '', goal: { most: 0 } },
  ];
}

/** What takes minutes, and is measured when it is asked for alone. */
export const largeDirectoryPart: Part = {
  name: 'directory',
  title: `a full sync, the admins’ pages and the export, ${largeUsers} users, ${largeAccounts} accounts on ${connectionCount} connections`,
  measure: () =>
    onSyncedPostgres(largeAccounts, async (synced) => {
      const syncFigures = await measureFirstSync(synced);
      // As autovacuum does it within a minute.
      await sql`vacuum analyze`.execute(synced.database.db);
      const shown = {
        connection: connectionNames[0] ?? '',
        identifier: 'user-500000@example.com',
        prefix: 'user-05000',
        word: 'user-05',
      };
      return [...syncFigures, ...(await measureOn(synced, shown))];
    }),
};
