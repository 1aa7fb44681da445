import { setTimeout as pause } from 'node:timers/promises';
import { BenchUser } from './benchUser.js';
import type { Figure, Part } from './figures.js';
import type { RemoteSandbox } from './remoteSandbox.js';
import { withSandboxedApp } from './sandboxedApp.js';

const userCount = 200;
const seconds = 20;
const rpcLatencyMs = 50;

interface Poller {
  readonly user: BenchUser;
  readonly path: string;
}

/** Users with an open flow each. */
async function openFlows(appUrl: string): Promise<Poller[]> {
  const pollers: Poller[] = [];
  for (let number = 0; number < userCount; number++) {
    const user = await new BenchUser(appUrl, `poller-${number}@example.com`).signIn();
    pollers.push({ user, path: await user.startStaticFlow('exa') });
  }
  return pollers;
}

/** Polls once a second in each of a user's tabs. @param delayMs sets the users apart within the second */
async function poll({ user, path }: Poller, tabs: number, delayMs: number): Promise<void> {
  const began = performance.now() + delayMs;
  for (let turn = 0; turn < seconds; turn++) {
    await pause(Math.max(0, began + turn * 1000 - performance.now()));
    await Promise.all(Array.from({ length: tabs }, () => user.get(path)));
  }
}

async function measureTabs(sandbox: RemoteSandbox, pollers: Poller[], tabs: number): Promise<Figure[]> {
  await sandbox.control('resetCalls');
  const began = performance.now();
  await Promise.all(pollers.map((poller, index) => poll(poller, tabs, (index * 1000) / userCount)));
  const tookSeconds = (performance.now() - began) / 1000;
  const { ListConnectedAccounts: listings } = await sandbox.control('calls');
  const inFlight = await sandbox.control('maxInFlight', 'ListConnectedAccounts');
  const name = tabs === 1 ? 'one tab each' : `${tabs} tabs each`;
  const answers = userCount * seconds * tabs;
  return [
    { what: `${name}: status answers a second`, value: answers / tookSeconds, unit: '/s' },
    { what: `${name}: RPCs per status answer`, value: listings / answers, unit: '', goal: { most: 1 } },
    {
      what: `${name}: RPCs per user and second`,
      value: listings / userCount / seconds,
      unit: '',
      goal: { most: 1 },
    },
    { what: `${name}: most in flight for one user`, value: inFlight, unit: '', goal: { most: 1 } },
  ];
}

export const pollingPart: Part = {
  name: 'polling',
  title: `RPCs of ${userCount} users who poll once a second for ${seconds} s, ${rpcLatencyMs} ms per RPC`,
  measure: () =>
    withSandboxedApp({}, async ({ app, sandbox }) => {
      const pollers = await openFlows(app.url);
      await sandbox.control('fault', { latencyMs: rpcLatencyMs });
      const alone = await measureTabs(sandbox, pollers, 1);
      return [...alone, ...(await measureTabs(sandbox, pollers, 2))];
    }),
};
