import { setTimeout as pause } from 'node:timers/promises';
import { BenchUser } from './benchUser.js';
import type { Figure, Part } from './figures.js';
import { inTurns } from './inTurns.js';
import { collectable, collectGarbage, residentMb } from './memory.js';
import { type OpenPage, openPage } from './openPage.js';
import type { ServerProcess } from './processes.js';
import { withSandboxedApp } from './sandboxedApp.js';

const streams = 5000;
const warmUpStreams = 1000;
const quietMs = 3000;

async function signInMany(appUrl: string): Promise<BenchUser[]> {
  const users = Array.from({ length: streams }, (_, number) => `stream-${number}@example.com`).map(
    (identifier) => new BenchUser(appUrl, identifier),
  );
  await inTurns(users, 16, async (user) => void (await user.signIn()));
  return users;
}

async function openMany(appUrl: string, users: readonly BenchUser[]): Promise<OpenPage[]> {
  const pages: OpenPage[] = [];
  await inTurns(users, 16, async (user) => void pages.push(await openPage(appUrl, user)));
  return pages;
}

/** V8 lets its young generation grow and shrink by as much as thousands of streams take: here it stays small. */
const steadyHeap = [...collectable, '--max-semi-space-size=1'];

/** What is left in memory when nothing goes on and nothing is kept that is not needed. */
async function quietMb({ pid }: ServerProcess): Promise<number> {
  for (let round = 0; round < 2; round++) {
    await pause(quietMs);
    collectGarbage(pid);
  }
  await pause(quietMs);
  return residentMb(pid);
}

async function measureStreams(app: ServerProcess): Promise<Figure[]> {
  // What so many sign-ins and the first streams make the process grow by is no stream's.
  const users = await signInMany(app.url);
  for (const page of await openMany(app.url, users.slice(0, warmUpStreams))) page.close();
  const before = await quietMb(app);
  const pages = await openMany(app.url, users);
  const after = await quietMb(app);
  for (const page of pages) page.close();
  return [
    { what: 'memory without streams', value: before, unit: 'MB' },
    { what: `memory with ${streams} streams`, value: after, unit: 'MB' },
    {
      what: 'memory per stream',
      value: ((after - before) * 1024) / streams,
      unit: 'kB',
      goal: { most: 15 },
    },
  ];
}

export const streamsPart: Part = {
  name: 'streams',
  title: `memory per open stream, ${streams} users with one each`,
  measure: () => withSandboxedApp({}, ({ app }) => measureStreams(app), steadyHeap),
};
