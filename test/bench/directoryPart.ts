import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { adminPaths } from '../../server/paths.js';
import { type BareSql, openBareSql } from './bareSql.js';
import { type BenchPage, benchPages } from './directoryPages.js';
import { type Figure, type Part, quantile } from './figures.js';
import { residentMb } from './memory.js';
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

/** What the process grows by while the whole directory is exported. */
async function measureExport({ app, admin, what }: SeededApp & { readonly what: string }): Promise<Figure[]> {
  const download = async (path: string, onPart: () => void) => {
    await admin.get(path);
    let bytes = 0;
    for await (const part of await admin.download(path)) {
      bytes += part.byteLength;
      onPart();
    }
    return bytes;
  };
  // What a first export makes a process grow by is there before a long one, too.
  await download(adminPaths.exportUsers({ connection: connectionNames[0] }), () => undefined);
  await pause(restMs);
  const before = residentMb(app.pid);
  let most = before;
  const began = performance.now();
  const bytes = await download(adminPaths.exportUsers(), () => {
    most = Math.max(most, residentMb(app.pid));
  });
  const seconds = (performance.now() - began) / 1000;
  return [
    { what: `${what}: export, size`, value: bytes / 1024 / 1024, unit: 'MB' },
    { what: `${what}: export`, value: seconds, unit: 's' },
    { what: `${what}: export, growth of memory`, value: most - before, unit: 'MB', goal: { most: 30 } },
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
    return [...figures, ...(await measureExport({ ...seeded, what }))];
  } finally {
    await bare.close();
  }
}

export const directoryPart: Part = {
  name: 'directory',
  title: `the admins’ pages and the export, ${userCount} users, ${userCount * accountsPerUser} accounts on ${connectionCount} connections`,
  measure: () => onEachDatabase(measureOn),
};
