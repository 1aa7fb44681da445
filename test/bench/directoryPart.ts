import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { adminPaths } from '../../server/paths.js';
import { type BareSql, openBareSql } from './bareSql.js';
import { type BenchPage, benchPages } from './directoryPages.js';
import { type Figure, type Part, quantile } from './figures.js';
import { collectGarbage, residentMb } from './memory.js';
import {
  accountsPerUser,
  connectionCount,
  connectionNames,
  onEachDatabase,
  type SeededApp,
  userCount,
} from './seededDirectory.js';

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

async function measureOn(seeded: SeededApp): Promise<Figure[]> {
  const what = seeded.database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL';
  const bare = openBareSql(seeded.folder, seeded.databaseUrl);
  try {
    const figures: Figure[] = [];
    for (const page of benchPages(connectionNames[0] ?? '')) {
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
  measure: () => onEachDatabase(measureOn),
};
