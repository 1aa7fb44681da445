import { setTimeout as pause } from 'node:timers/promises';
import { paths } from '../../server/paths.js';
import { findPostgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgresServer.js';
import { deliver, eventBody, webhookEnv } from '../unit/webhooks/deliveries.js';
import { BenchUser } from './benchUser.js';
import { type Figure, median, type Part, quantile } from './figures.js';
import { inTurns } from './inTurns.js';
import { type OpenPage, openPage } from './openPage.js';
import { builtApp, noLimits, type ServerProcess, startServer, withFolder } from './processes.js';
import { type RemoteSandbox, startRemoteSandbox } from './remoteSandbox.js';

const streams = 1000;
const samples = 200;
const samplesPerSecond = 20;
const rpcLatencyMs = 50;

interface Watched {
  readonly identifier: string;
  readonly accountId: string;
  readonly page: OpenPage;
}

interface Setting {
  readonly sandbox: RemoteSandbox;
  readonly instances: readonly ServerProcess[];
}

/** Instances on one PostgreSQL, which all end with the work. */
function withInstances<T>(count: number, work: (setting: Setting) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const postgres = await startPostgres(await findPostgres());
    const sandbox = await startRemoteSandbox();
    const instances: ServerProcess[] = [];
    try {
      const env = {
        ...sandbox.env,
        ...noLimits,
        ...webhookEnv,
        DATABASE_URL: postgres.url,
        SESSION_SECRET: 'a secret of the bench that is long enough',
      };
      while (instances.length < count) instances.push(await startServer(builtApp, folder, env));
      return await work({ sandbox, instances });
    } finally {
      await Promise.all(instances.map((instance) => instance.stop()));
      await sandbox.stop();
      await postgres.close();
    }
  });
}

/** Users with a connected account, who look at their list; spread over the instances. */
async function openPages({ sandbox, instances }: Setting): Promise<Watched[]> {
  const watched: Watched[] = [];
  const numbers = Array.from({ length: streams }, (_, number) => number);
  await inTurns(numbers, 16, async (number) => {
    const identifier = `live-${number}@example.com`;
    const account = { connectionName: 'gmail', identifier, status: 'ACTIVE' } as const;
    const { id } = await sandbox.control('setAccount', account);
    const { url } = instances[number % instances.length] as ServerProcess;
    const page = await openPage(url, await new BenchUser(url, identifier).signIn());
    if (number < samples) await page.user.get(paths.connections);
    watched.push({ identifier, accountId: id, page });
  });
  return watched.sort((a, b) => Number(a.identifier.slice(5, -12)) - Number(b.identifier.slice(5, -12)));
}

/** Milliseconds from the arrival of a webhook to a page that shows the change. */
async function measureOne(sandbox: RemoteSandbox, at: ServerProcess, watched: Watched): Promise<number> {
  const { identifier, accountId: id, page } = watched;
  await sandbox.control('setAccount', { connectionName: 'gmail', identifier, status: 'EXPIRED' });
  const told = new Promise<void>((resolve) => {
    page.onChanged = resolve;
  });
  const data = { id, identifier, connection_name: 'gmail', status: 'EXPIRED', old_status: 'ACTIVE' };
  const began = performance.now();
  const answer = deliver(at.url, eventBody('status_updated', data));
  for (;;) {
    await told;
    if ((await page.user.get(paths.connections)).includes('Reconnect Gmail')) break;
  }
  const took = performance.now() - began;
  if ((await answer).status !== 200) throw new Error('a webhook was not taken');
  return took;
}

async function measureAt({ sandbox, instances }: Setting, watched: readonly Watched[]): Promise<number[]> {
  const times: Promise<number>[] = [];
  for (const [index, one] of watched.slice(0, samples).entries()) {
    // Where there are two, the webhook comes to the one that the page is not at.
    const at = instances[(index + 1) % instances.length] as ServerProcess;
    times.push(measureOne(sandbox, at, one));
    await pause(1000 / samplesPerSecond);
  }
  return Promise.all(times);
}

async function measure(count: number): Promise<Figure[]> {
  return withInstances(count, async (setting) => {
    const watched = await openPages(setting);
    await setting.sandbox.control('fault', { latencyMs: rpcLatencyMs });
    const times = await measureAt(setting, watched);
    for (const { page } of watched) page.close();
    const where = count === 1 ? 'one instance' : `${count} instances`;
    return [
      { what: `${where}: webhook to changed page, median`, value: median(times), unit: 'ms' },
      {
        what: `${where}: webhook to changed page, p95`,
        value: quantile(times, 0.95),
        unit: 'ms',
        goal: { most: count === 1 ? 100 : 250 },
      },
    ];
  });
}

export const livePart: Part = {
  name: 'live',
  title: `from a webhook's arrival to the open page's change, ${streams} open streams, ${rpcLatencyMs} ms per RPC`,
  measure: async () => [...(await measure(1)), ...(await measure(2))],
};
