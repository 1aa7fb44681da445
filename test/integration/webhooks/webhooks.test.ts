import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { type SandboxedApp, startSandboxedApp, startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { databaseKinds, postgresOfThisFile } from '../../unit/tempDatabase.js';
import {
  deliver,
  eventBody,
  post,
  recordedEvents,
  secret,
  signedHeaders,
  untilProcessed,
  webhookEnv,
} from '../../unit/webhooks/deliveries.js';

const grace = 'grace@example.com';
const ada = 'ada@example.com';

const auditTypes = async (app: TestApp) => {
  const rows = await app.deps.db.selectFrom('auditEvents').select('type').orderBy('at').execute();
  return rows.map(({ type }) => type);
};

describe('with the sandbox and the real SDK', () => {
  let app: SandboxedApp;

  beforeEach(async () => {
    app = await startSandboxedApp({ env: webhookEnv, sandbox: { webhookRetryMs: 20 } });
    app.deps.webhooks.worker.start();
    app.sandbox.control.setWebhook({ url: `${app.url}/webhooks/scalekit`, secret });
  });

  afterEach(async () => {
    await app.deps.webhooks.worker.stop();
    await app.close();
  });

  const delivered = (type: string) =>
    app.sandbox.control.waitForDelivery((delivery) => delivery.type === `connected_account.${type}`);

  async function untilQuiet(): Promise<void> {
    for (const { id } of app.sandbox.control.deliveries()) {
      await app.sandbox.control.waitForDelivery((delivery) => delivery.id === id);
    }
    await untilProcessed(app.deps.db);
  }

  it('a whole journey is told in webhooks, and raises no alarm', async () => {
    const visitor = await new Visitor(app.url).signIn(ada);
    const started = await visitor.post('/connections/gmail/connect');
    const consented = await fetch(started.headers.location ?? '', {
      method: 'POST',
      body: new URLSearchParams({ outcome: 'allow' }),
      redirect: 'manual',
    });
    const { pathname, search } = new URL(consented.headers.get('location') ?? '');
    const returned = await visitor.get(pathname + search);
    expect((await visitor.follow(returned)).text).toContain('Gmail is connected');
    await untilQuiet();
    const types = (await recordedEvents(app.deps.db)).map(({ type }) =>
      type.replace('connected_account.', ''),
    );
    expect(types.sort()).toEqual([
      'created',
      'magic_link_generated',
      'oauth_succeeded',
      'status_updated',
      'status_updated',
    ]);
    expect(await auditTypes(app)).not.toContain('security.unverified_activation');
  });

  it('an account that is activated behind the back of the app raises the alarm', async () => {
    attacks('unverified-is-seen');
    app.sandbox.control.setAccount({ connectionName: 'gmail', identifier: ada, status: 'ACTIVE' });
    await delivered('status_updated');
    await untilProcessed(app.deps.db);
    expect((await auditTypes(app)).filter((type) => type.startsWith('security.'))).toEqual([
      'security.unverified_activation',
    ]);
    expect(app.logLines().filter(({ msg }) => msg === 'a security event')).toHaveLength(1);
  });

  it('an API key that is entered finishes its flow before the page asks', async () => {
    const visitor = await new Visitor(app.url).signIn(ada);
    await visitor.post('/connections/exa/connect');
    app.sandbox.control.setAccount({ connectionName: 'exa', identifier: ada, status: 'ACTIVE' });
    await delivered('status_updated');
    await untilProcessed(app.deps.db);
    const flows = await app.deps.db.selectFrom('flows').select('status').execute();
    expect(flows).toEqual([{ status: 'done' }]);
    expect(await auditTypes(app)).not.toContain('security.unverified_activation');
  });

  it('repeats, another order, lost ones and missing names leave the page as true as Scalekit', async () => {
    const { control } = app.sandbox;
    const visitor = await new Visitor(app.url).signIn(grace);
    control.webhookFault({ repeat: 1 });
    control.webhookFault({ reverse: 2 });
    control.webhookFault({ withoutConnectionName: true });
    control.webhookFault({ type: 'connected_account.deleted', drop: true });
    control.expire('gmail', grace);
    control.revoke('gmail', grace);
    control.setAccount({ connectionName: 'linear', identifier: grace, status: 'PENDING_AUTH' });
    control.remove('googlecalendar', grace);
    control.emit('connected_account.token_refresh_failed', 'gmail', grace);
    control.emit('connected_account.token_refresh_succeeded', 'slack', grace);
    await delivered('token_refresh_succeeded');
    await untilProcessed(app.deps.db);
    const recorded = await recordedEvents(app.deps.db);
    expect(new Set(recorded.map(({ id }) => id)).size).toBe(recorded.length);
    const { text } = await visitor.get('/connections');
    expect(text).toContain('Reconnect Gmail');
    expect(text).toContain('Connect Google Calendar');
    const accounts = (await app.deps.reader.read(grace)).accounts;
    expect(accounts.get('gmail')?.status).toBe('disconnected');
    expect(accounts.has('googlecalendar')).toBe(false);
  });

  it('what came while the app was away is delivered when it is back', async () => {
    const { control } = app.sandbox;
    control.setWebhook({ url: 'http://127.0.0.1:1/webhooks/scalekit', secret });
    control.expire('gmail', grace);
    const [waiting] = control.deliveries();
    expect(waiting).toMatchObject({ status: 'waiting' });
    control.setWebhook({ url: `${app.url}/webhooks/scalekit`, secret });
    control.revoke('gmail', grace);
    await delivered('status_updated');
    expect(await recordedEvents(app.deps.db)).toHaveLength(1);
  });
});

describe.each(databaseKinds)('instances on one %s', (kind) => {
  let dataDir: string;
  let apps: TestApp[];
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
    apps = [];
  });

  afterEach(async () => {
    for (const app of apps) {
      await app.deps.webhooks.worker.stop();
      await app.close();
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  async function startInstance(): Promise<TestApp> {
    const databaseUrl = kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {};
    const app = await startTestApp({ gateway, env: webhookEnv, dataDir, ...databaseUrl });
    apps.push(app);
    return app;
  }

  it('take a burst of 500 events, 50 in flight, and process each once', async () => {
    const two = [await startInstance(), await startInstance()] as const;
    await two[0].deps.db.deleteFrom('webhookEvents').execute();
    for (const { deps } of two) deps.webhooks.worker.start();
    const ids = Array.from({ length: 500 }, (_, index) => `evt_${kind}_${index}`);
    const left = [...ids];
    const send = async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        const user = Number(id.slice(id.lastIndexOf('_') + 1)) % 100;
        const data = {
          id: `ca_${user}`,
          identifier: `user ${user}`,
          connection_name: 'gmail',
          status: 'ACTIVE',
        };
        const response = await deliver(two[left.length % 2]?.url ?? '', eventBody('updated', data, { id }));
        expect(response.status).toBe(200);
      }
    };
    await Promise.all(Array.from({ length: 50 }, send));
    const { db } = two[0].deps;
    await untilProcessed(db);
    const rows = await recordedEvents(db);
    expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
    // What a busy machine could not do in time was put off, and said so; nothing else was begun twice.
    const putOff = two
      .flatMap((app) => app.logLines())
      .filter(({ msg }) => msg === 'an event will be tried again');
    const begun = (id: string) => 1 + putOff.filter(({ event }) => event === id).length;
    expect(rows.filter(({ id, attempts, outcome }) => attempts !== begun(id) || outcome !== 'done')).toEqual(
      [],
    );
  });

  it('raise one alarm for one event that both were told of', async () => {
    const two = [await startInstance(), await startInstance()] as const;
    const { db } = two[0].deps;
    await db.deleteFrom('auditEvents').execute();
    const account = gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: `${kind} ${ada}` });
    const body = JSON.stringify(
      eventBody('status_updated', {
        id: account.id,
        identifier: account.identifier,
        connection_name: 'gmail',
        status: 'ACTIVE',
        old_status: 'PENDING_AUTH',
      }),
    );
    for (const { deps } of two) deps.webhooks.worker.start();
    const headers = signedHeaders(body);
    await Promise.all(two.flatMap(({ url }) => [post(url, body, headers), post(url, body, headers)]));
    await untilProcessed(db);
    const alarms = (await auditTypes(two[0])).filter((type) => type.startsWith('security.'));
    expect(alarms).toEqual(['security.unverified_activation']);
  });

  it('process what was recorded before a crash', async () => {
    const first = await startInstance();
    await first.deps.db.deleteFrom('webhookEvents').execute();
    const data = { id: 'ca_1', identifier: ada, connection_name: 'gmail', status: 'EXPIRED' };
    expect((await deliver(first.url, eventBody('status_updated', data))).status).toBe(200);
    expect(await recordedEvents(first.deps.db)).toMatchObject([{ outcome: null, attempts: 0 }]);
    await first.close();
    apps = [];
    const second = await startInstance();
    second.deps.webhooks.worker.start();
    await untilProcessed(second.deps.db);
    expect(await recordedEvents(second.deps.db)).toMatchObject([{ outcome: 'done', attempts: 1 }]);
  });
});
