import { setTimeout as pause } from 'node:timers/promises';
import { paths } from '../../server/paths.js';
import { webhookEnv } from '../unit/webhooks/deliveries.js';
import { BenchUser } from './benchUser.js';
import type { Figure, Part } from './figures.js';
import { inTurns } from './inTurns.js';
import { whileWebhooksArrive } from './news.js';
import type { RemoteSandbox } from './remoteSandbox.js';
import { withSandboxedApp } from './sandboxedApp.js';

const userCount = 200;
const seconds = 60;
const rpcLatencyMs = 50;

interface Poller {
  readonly user: BenchUser;
  readonly path: string;
}

/** Polls once a second. @param delayMs sets the users apart within the second */
async function poll({ user, path }: Poller, delayMs: number): Promise<void> {
  const began = performance.now() + delayMs;
  for (let turn = 0; turn < seconds; turn++) {
    await pause(Math.max(0, began + turn * 1000 - performance.now()));
    await user.get(path);
  }
}

async function measure(
  sandbox: RemoteSandbox,
  pollers: readonly Poller[],
  what: string,
  most: number,
): Promise<Figure> {
  await sandbox.control('resetCalls');
  await Promise.all(pollers.map((poller, index) => poll(poller, (index * 1000) / userCount)));
  const { ListConnectedAccounts: listings } = await sandbox.control('calls');
  return { what, value: listings / (userCount * seconds), unit: '', goal: { most } };
}

export const toldPart: Part = {
  name: 'told',
  title: `RPCs of ${userCount} users who poll once a second for ${seconds} s while webhooks arrive`,
  measure: () =>
    withSandboxedApp(webhookEnv, async ({ app, sandbox }) => {
      const users: BenchUser[] = [];
      const names = Array.from({ length: userCount }, (_, number) => `told-${number}@example.com`);
      await inTurns(names, 8, async (name) => {
        users.push(await new BenchUser(app.url, name).signIn());
      });
      await sandbox.control('fault', { latencyMs: rpcLatencyMs });
      return whileWebhooksArrive(app.url, async () => {
        const lists = users.map((user) => ({ user, path: paths.connections }));
        const listed = await measure(sandbox, lists, 'RPCs per answer, the list', 0.05);
        const flows: Poller[] = [];
        await inTurns(users, 8, async (user) => {
          flows.push({ user, path: await user.startStaticFlow('exa') });
        });
        return [listed, await measure(sandbox, flows, 'RPCs per answer, a flow open each', 0.25)];
      });
    }),
};
