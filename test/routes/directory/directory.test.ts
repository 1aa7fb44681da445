import { createDirectoryStore } from '../../../server/directory/directoryStore.js';
import { adminPaths } from '../../../server/paths.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { directoryRows, keptCounts, recounted } from '../../unit/directory/directory.js';
import {
  deliver,
  type EventData,
  eventBody,
  untilProcessed,
  webhookEnv,
} from '../../unit/webhooks/deliveries.js';
import { ada, bob, type JourneyApp, localPart, startJourneyApp } from '../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const grace = 'grace@example.com';
const gmail = { connectionName: 'gmail', identifier: ada };

const directoryStore = () => createDirectoryStore(app.deps.db, app.deps.tombstones);

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp({
    env: { ...webhookEnv, ADMIN_IDENTIFIERS: katherine, VIEWER_IDENTIFIERS: grace },
  });
});

afterEach(async () => {
  await Promise.all([app.deps.webhooks.worker.stop(), app.deps.directory.stop()]);
  await app.close();
});

const rows = () => directoryRows(app.deps.db);
const states = async () =>
  (await rows()).map((row) => [row.identifier, row.connectionName, row.state].join(' '));
const listings = () => app.gateway.script.count('listConnectedAccounts');

async function tell(
  ...events: readonly [type: string, data: EventData, envelope?: Record<string, unknown>][]
) {
  app.deps.webhooks.worker.start();
  for (const [type, data, envelope] of events) {
    expect((await deliver(app.url, eventBody(type, data, envelope))).status).toBe(200);
  }
  await untilProcessed(app.deps.db);
}

describe('the directory', () => {
  it('shows what users see on their own pages, from the moment at which they see it', async () => {
    app.gateway.scalekit.addAccount(gmail);
    const visitor = await app.signIn(ada);
    expect(await states()).toEqual([`${ada} gmail active`]);
    await visitor.get('/connections/gmail/disconnect');
    await visitor.post('/connections/gmail/disconnect');
    await visitor.get('/connections');
    expect(await states()).toEqual([]);
    expect(await keptCounts(app.deps.db)).toEqual({});
  });

  it('knows when a user approved an account', async () => {
    app.gateway.scalekit.addAccount({ ...gmail, updatedAt: 1000 });
    const visitor = await app.signIn(ada);
    expect(await rows()).toMatchObject([{ authorizedAt: 1000 }]);
    const before = Date.now();
    const { link } = await app.connect(visitor);
    await visitor.get(localPart(new URL(app.consent(link), app.url).href));
    const [row] = await rows();
    expect(row?.state).toBe('active');
    expect(row?.authorizedAt).toBeGreaterThanOrEqual(before);
    expect(row?.since).toBe(1000);
  });

  it('follows webhooks without asking Scalekit, however many come', async () => {
    const users = Array.from({ length: 20 }, (_, number) => `user-${number}`);
    const accounts = users.map((identifier) =>
      app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier }),
    );
    await directoryStore().observePage('gmail', accounts, Date.now() - 1000);
    const statuses = ['EXPIRED', 'ACTIVE', 'DISCONNECTED', 'ACTIVE', 'EXPIRED'];
    const start = Date.now();
    await tell(
      ...statuses.flatMap((status, turn) =>
        accounts.map(({ id, identifier }): [string, EventData, Record<string, unknown>] => [
          'updated',
          { id, identifier, connection_name: 'gmail', status },
          { occurred_at: new Date(start + turn).toISOString() },
        ]),
      ),
    );
    expect(listings()).toBe(0);
    expect(await keptCounts(app.deps.db)).toEqual({ 'gmail expired': 20, 'gmail expired stuck': 20 });
    expect(await recounted(app.deps.db)).toEqual(await keptCounts(app.deps.db));
  });

  it('takes no event for newer than it is, nor an account for the one there is now', async () => {
    const account = app.gateway.scalekit.addAccount(gmail);
    const told = { id: account.id, identifier: ada, connection_name: 'gmail' };
    await directoryStore().observe(ada, [account], Date.now());
    const earlier = { occurred_at: new Date(Date.now() - 60_000).toISOString() };
    await tell(['status_updated', { ...told, status: 'EXPIRED' }, earlier]);
    await tell(['deleted', { ...told, id: 'ca_of_before' }]);
    expect(await states()).toEqual([`${ada} gmail active`]);
    const at = (ms: number) => ({ occurred_at: new Date(Date.now() + ms).toISOString() });
    // They come in any order: what occurred last counts.
    await tell(['deleted', told, at(2000)], ['updated', { ...told, status: 'ACTIVE' }, at(1000)]);
    expect(await states()).toEqual([]);
    await tell(['updated', { ...told, status: 'ACTIVE' }, at(1500)]);
    expect(await states()).toEqual([]);
  });

  it('adds accounts and users that it hears of first from a webhook', async () => {
    const data = { id: 'ca_new', identifier: bob, connection_name: 'gmail', status: 'PENDING_AUTH' };
    await tell(['created', data]);
    expect(await states()).toEqual([`${bob} gmail not_connected`]);
    const users = await app.deps.db.selectFrom('users').selectAll().execute();
    expect(users).toMatchObject([{ identifier: bob, lastSeenAt: null }]);
    const [connection] = app.gateway.scalekit.connections;
    await tell([
      'created',
      { id: 'ca_x', identifier: ada, connection_id: connection?.id ?? '', status: 'ACTIVE' },
    ]);
    expect(await states()).toEqual([`${ada} gmail active`, `${bob} gmail not_connected`]);
  });
});

describe('the full sync', () => {
  const connections = async (json: Record<string, unknown>) =>
    (json.connections as { name: string; accounts: number; finished: boolean }[]).map((one) =>
      [one.name, one.accounts, one.finished].join(' '),
    );

  it('is asked for by an admin, written down, and tells how far it is', async () => {
    for (const identifier of [ada, bob]) app.gateway.scalekit.addAccount({ ...gmail, identifier });
    const admin = await app.signIn(katherine);
    const asked = await admin.post(adminPaths.sync);
    expect([asked.status, asked.headers.location]).toEqual([303, adminPaths.overview]);
    expect(await app.auditTypes()).toContain('admin.sync_requested');
    expect((await admin.getJson(adminPaths.syncJson)).body).toMatchObject({
      running: true,
      finished_at: null,
    });
    await app.deps.directory.sync.look();
    const { body } = await (await app.signIn(grace)).getJson(adminPaths.syncJson);
    expect(body).toMatchObject({ running: false, fault: null, finished_at: expect.any(String) });
    expect(await connections(body)).toEqual(['exa 0 true', 'gmail 2 true', 'team: drive 2 0 true']);
    expect(await states()).toEqual([`${ada} gmail active`, `${bob} gmail active`]);
  });

  it('begins by itself with the app, where there was none before', async () => {
    app.gateway.scalekit.addAccount(gmail);
    app.deps.directory.start();
    await app.deps.directory.sync.look();
    expect(await states()).toEqual([`${ada} gmail active`]);
  });

  it('says how many accounts there are to read only once all connections said so, or were read before', async () => {
    const { db, directory } = app.deps;
    await directory.requestSync('user:kat');
    const [run] = await db.selectFrom('directorySyncs').select('id').execute();
    const syncId = run?.id ?? '';
    await db
      .insertInto('directorySyncConnections')
      .values([
        { syncId, connectionName: 'gmail', accounts: 4, total: 10 },
        { syncId, connectionName: 'slack', accounts: 0 },
      ])
      .execute();
    await db
      .insertInto('directoryCounts')
      .values({ connectionName: 'slack', state: 'active', accounts: 5 })
      .execute();
    expect(await directory.freshness()).toMatchObject({ running: true, accounts: 4, total: null });
    const complete = { id: 'earlier', startedAt: 1, finishedAt: 2 };
    await db.insertInto('directorySyncs').values(complete).execute();
    expect(await directory.freshness()).toMatchObject({ total: 15 });
    await db.updateTable('directorySyncConnections').set({ total: 7 }).where('accounts', '=', 0).execute();
    expect(await directory.freshness()).toMatchObject({ total: 17 });
  });

  it('is nothing for those who only look, nor for anybody else', async () => {
    const viewer = await app.signIn(grace);
    expect((await viewer.post(adminPaths.sync)).status).toBe(403);
    const user = await app.signIn(ada);
    expect((await user.post(adminPaths.sync)).status).toBe(403);
    expect((await user.getJson(adminPaths.syncJson)).status).toBe(403);
    expect(await app.deps.db.selectFrom('directorySyncs').selectAll().execute()).toEqual([]);
    expect((await app.auditTypes()).filter((type) => type === 'security.role_refused')).toHaveLength(3);
  });
});
