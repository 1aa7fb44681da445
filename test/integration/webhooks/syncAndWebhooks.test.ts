import { startJourneyApp } from '../../routes/accounts/flow/journeys.js';
import { afterAll, beforeAll, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { directoryRows, keptCounts, recounted, restuck, stuckUsers } from '../../unit/directory/directory.js';
import { openTempDatabase, postgresOfThisFile } from '../../unit/tempDatabase.js';
import { deliver, eventBody, untilProcessed, webhookEnv } from '../../unit/webhooks/deliveries.js';

const users = Array.from({ length: 1000 }, (_, index) => `user-${index}`);
const connections = ['gmail', 'exa', 'slack'];
const deliveredAtOnce = 20;

let gateway: ReturnType<typeof createMemoryGateway>;
let apps: TestApp[];

beforeAll(async () => {
  await (await openTempDatabase('postgres')).close();
  const databaseUrl = (await postgresOfThisFile()).url;
  gateway = createMemoryGateway();
  const one = await startJourneyApp({ gateway, databaseUrl, env: webhookEnv });
  gateway.scalekit.addConnection({ name: 'slack', provider: 'SLACK' });
  apps = [one, await startTestApp({ gateway, databaseUrl, env: webhookEnv })];
});

afterAll(async () => {
  await Promise.all(apps.map(({ deps }) => deps.webhooks.worker.stop()));
  await Promise.all(apps.map((app) => app.close()));
});

/** Has accounts of the first users expire at Scalekit, which tells one instance or the other. */
async function expire(count: number): Promise<void> {
  const pairs = users
    .slice(0, count / connections.length)
    .flatMap((identifier) => connections.map((connectionName) => ({ identifier, connectionName })));
  while (pairs.length > 0) {
    const told = pairs.splice(0, deliveredAtOnce).map(async ({ identifier, connectionName }, index) => {
      gateway.scalekit.setStatus({ identifier, connectionName }, 'expired');
      const { id = '' } = gateway.scalekit.account({ identifier, connectionName }) ?? {};
      const data = { id, identifier, connection_name: connectionName, status: 'EXPIRED' };
      const body = eventBody('status_updated', { ...data, old_status: 'ACTIVE' });
      expect((await deliver(apps[index % 2]?.url ?? '', body)).status).toBe(200);
    });
    await Promise.all(told);
  }
}

/** Notes that users sign in, on one instance or the other. */
async function signIn(count: number): Promise<void> {
  for (let from = 0; from < count; from += 10) {
    const seen = users
      .slice(from, from + 10)
      .map((identifier, index) => apps[index % 2]?.deps.users.seen(identifier, `Ada ${identifier}`));
    await Promise.all(seen);
  }
}

it('a full sync, webhooks about the same accounts and sign-ins of their users agree in the end', async () => {
  for (const identifier of users) {
    for (const connectionName of connections) gateway.scalekit.addAccount({ connectionName, identifier });
  }
  const [one, other] = apps;
  if (one === undefined || other === undefined) throw new Error('there are no instances');
  for (const { deps } of apps) deps.webhooks.worker.start();
  await one.deps.directory.requestSync('user:katherine@example.com');
  await Promise.all([
    one.deps.directory.sync.look(),
    other.deps.directory.sync.look(),
    expire(300),
    signIn(300),
  ]);
  await untilProcessed(one.deps.db);
  await one.deps.directory.sync.look();

  const { db } = one.deps;
  expect(await one.deps.directory.freshness()).toMatchObject({ running: false, fault: null });
  const kept = await directoryRows(db);
  expect(kept).toHaveLength(3000);
  const expired = kept.filter(({ state }) => state === 'expired');
  expect(new Set(expired.map(({ identifier }) => identifier))).toEqual(new Set(users.slice(0, 100)));
  expect(expired).toHaveLength(300);
  expect(await keptCounts(db)).toEqual(await recounted(db));
  expect(await stuckUsers(db)).toEqual(await restuck(db));
  for (const app of apps) expect(app.logLines().filter(({ level }) => Number(level) >= 40)).toEqual([]);
});
