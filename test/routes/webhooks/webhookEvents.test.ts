import type { ConnectedAccount } from '../../../server/scalekit/gateway.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import {
  deliver,
  type EventData,
  eventBody,
  recordedEvents,
  untilProcessed,
  webhookEnv,
} from '../../unit/webhooks/deliveries.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp({ env: webhookEnv });
  app.deps.webhooks.worker.start();
});

afterEach(async () => {
  await app.deps.webhooks.worker.stop();
  await app.close();
});

const gmail = { connectionName: 'gmail', identifier: ada };
const exa = { connectionName: 'exa', identifier: ada };
const later = () => new Date(Date.now() + 5000).toISOString();

/** What an event says of an account. */
const told = ({ id, identifier, connectionName }: ConnectedAccount, status?: string): EventData => ({
  id,
  identifier,
  connection_name: connectionName,
  ...(status && { status }),
});

const allProcessed = () => untilProcessed(app.deps.db, app.deps.webhooks.worker);

/** Delivers an event and waits until all that is recorded is processed. @returns its outcome */
async function tell(type: string, data: EventData, envelope: Record<string, unknown> = {}) {
  const body = eventBody(type, data, envelope);
  expect((await deliver(app.url, body)).status).toBe(200);
  await allProcessed();
  return (await recordedEvents(app.deps.db)).find(({ id }) => id === body.id)?.outcome;
}

const alarms = async () =>
  (await app.auditTypes()).filter((type) => type === 'security.unverified_activation').length;

const activated = (account: ConnectedAccount, more: object = {}): EventData => ({
  ...told(account, 'ACTIVE'),
  old_status: 'PENDING_AUTH',
  ...more,
});

describe('an event', () => {
  it('changes what was last known, until Scalekit can be read again', async () => {
    const account = app.gateway.scalekit.addAccount(gmail);
    const visitor = await app.signIn(ada);
    expect((await visitor.get('/connections')).text).toContain('1 of 3 connected');
    expect(
      await tell(
        'status_updated',
        { ...told(account, 'EXPIRED'), old_status: 'ACTIVE' },
        { occurred_at: later() },
      ),
    ).toBe('done');
    app.gateway.script.failAll('unreachable');
    expect((await visitor.get('/connections')).text).toContain('Reconnect needed');
    app.gateway.script.recover();
    await app.deps.reader.changed(ada);
    expect((await visitor.get('/connections')).text).toContain('1 of 3 connected');
  });

  it('makes the next page a true reading', async () => {
    const account = app.gateway.scalekit.addAccount(gmail);
    const visitor = await app.signIn(ada);
    app.gateway.scalekit.setStatus(gmail, 'expired');
    await tell('updated', told(account, 'ACTIVE'));
    expect((await visitor.get('/connections')).text).toContain('Reconnect needed');
  });

  it.each([
    ['of an unknown type', 'something_new', {}],
    ['with an unknown status', 'status_updated', { status: 'SUSPENDED', old_status: 'ACTIVE' }],
    ['without a status', 'updated', {}],
    [
      'of a connection that does not exist',
      'updated',
      { connection_name: 'nowhere', connection_id: 'conn_0' },
    ],
  ])('%s does no harm', async (_, type, changes) => {
    const account = app.gateway.scalekit.addAccount(gmail);
    const visitor = await app.signIn(ada);
    expect(await tell(type, { ...told(account), ...changes }, { occurred_at: later() })).toBe('done');
    app.gateway.script.failAll('unreachable');
    expect((await visitor.get('/connections')).text).toContain('1 of 3 connected');
  });

  it('about something else than a connected account is kept and ignored', async () => {
    const body = { id: 'evt_1', type: 'organization.created', data: { name: 'Acme' } };
    expect((await deliver(app.url, body)).status).toBe(200);
    await allProcessed();
    expect(await recordedEvents(app.deps.db)).toMatchObject([{ id: 'evt_1', outcome: 'ignored' }]);
  });

  it('about an account that another one has taken the place of is kept and ignored', async () => {
    const old = app.gateway.scalekit.addAccount({ ...gmail, status: 'pending_auth' });
    app.gateway.scalekit.removeAccount(gmail);
    app.gateway.scalekit.addAccount(gmail);
    const visitor = await app.signIn(ada);
    for (const type of ['status_updated', 'deleted']) {
      expect(await tell(type, activated(old), { occurred_at: later() })).toBe('ignored');
    }
    app.gateway.script.failAll('unreachable');
    expect((await visitor.get('/connections')).text).toContain('1 of 3 connected');
    expect(await alarms()).toBe(0);
  });
});

describe('an event about an open flow', () => {
  it('finishes it by a reading, without anybody polling', async () => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor, 'exa');
    const account = app.gateway.scalekit.setStatus(exa, 'active');
    const { connection_name: _, ...nameless } = activated(account);
    expect(await tell('status_updated', nameless)).toBe('done');
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(await alarms()).toBe(0);
  });

  it('does not finish it by what it says alone', async () => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor, 'exa');
    const account = app.gateway.scalekit.account(exa);
    if (account === undefined) throw new Error('there is no account');
    expect(await tell('status_updated', activated(account), { occurred_at: later() })).toBe('done');
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
  });

  it('waits while Scalekit cannot be read, and finishes it then', async () => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor, 'exa');
    const account = app.gateway.scalekit.setStatus(exa, 'active');
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    expect(await tell('status_updated', activated(account))).toBe('done');
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect((await recordedEvents(app.deps.db))[0]?.attempts).toBe(2);
  });

  it('leaves it alone when the account of the event has gone', async () => {
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor, 'exa');
    const account = app.gateway.scalekit.setStatus(exa, 'active');
    app.gateway.scalekit.removeAccount(exa);
    expect(await tell('status_updated', activated(account))).toBe('ignored');
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
  });
});

describe('an account that turns active without our verification', () => {
  it('raises one alarm for the event, however often it is delivered', async () => {
    attacks('unverified-is-seen');
    const account = app.gateway.scalekit.addAccount(gmail);
    const body = eventBody('status_updated', activated(account));
    for (let count = 0; count < 3; count += 1) await deliver(app.url, body);
    await allProcessed();
    const rows = await app.deps.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('type', 'like', 'security.%')
      .execute();
    expect(rows).toMatchObject([
      {
        identifier: ada,
        connectionName: 'gmail',
        detail: body.id,
        reference: expect.any(String),
        actor: null,
      },
    ]);
  });

  it('raises another one when it happens again', async () => {
    const account = app.gateway.scalekit.addAccount(gmail);
    await tell('status_updated', activated(account));
    await tell('status_updated', activated(account));
    expect(await alarms()).toBe(2);
  });

  it.each(['the event', 'the status page'])(
    'raises one alarm with a flow open, when %s is first',
    async (first) => {
      const visitor = await app.signIn(ada);
      const { flowId } = await app.connect(visitor);
      const other = await app.connect(visitor);
      const account = app.gateway.scalekit.setStatus(gmail, 'active');
      const steps = [
        () => tell('status_updated', activated(account)),
        async () => {
          await app.deps.reader.changed(ada);
          await app.statusOf(visitor, flowId);
          await app.statusOf(visitor, other.flowId);
        },
      ];
      for (const step of first === 'the event' ? steps : steps.reverse()) await step();
      expect(await app.flow(flowId)).toMatchObject({ status: 'failed', failure: 'unverified_activation' });
      expect(await alarms()).toBe(1);
    },
  );

  it('raises none when Scalekit does not confirm it', async () => {
    const account = app.gateway.scalekit.addAccount({ ...gmail, status: 'expired' });
    expect(await tell('status_updated', activated(account))).toBe('done');
    expect(await alarms()).toBe(0);
  });

  it('raises none when it was active before, or nobody is verified on its connection', async () => {
    const account = app.gateway.scalekit.addAccount(gmail);
    await tell('status_updated', activated(account, { old_status: 'ACTIVE' }));
    await tell('updated', activated(account));
    await tell('status_updated', activated(app.gateway.scalekit.addAccount(exa)));
    expect(await alarms()).toBe(0);
  });

  it('raises one after a verification that was refused', async () => {
    const visitor = await app.signIn(ada);
    const { link } = await app.connect(visitor);
    app.gateway.script.failNext('verifyConnectedAccountUser', 'forbidden');
    await visitor.get(app.consent(link));
    const account = app.gateway.scalekit.addAccount(gmail);
    await tell('status_updated', activated(account));
    expect(await alarms()).toBe(1);
  });
});

describe('an expired account that turns active', () => {
  const healed = (account: ConnectedAccount) => activated(account, { old_status: 'EXPIRED' });
  const send = (type: string, account: ConnectedAccount, data = told(account), minutesAgo = 0) => {
    const occurred_at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    return deliver(app.url, eventBody(type, data, { occurred_at }));
  };

  /** Has all that is recorded come a minute earlier, and be due. */
  const passAMinute = () =>
    app.deps.db
      .updateTable('webhookEvents')
      .set((row) => ({ receivedAt: row('receivedAt', '-', 61_000), dueAt: 0 }))
      .execute();

  it.each(['before', 'after'])('by a refresh that is told %s it raises no alarm', async (order) => {
    const account = app.gateway.scalekit.addAccount(gmail);
    if (order === 'before') await send('token_refresh_succeeded', account);
    await send('status_updated', account, healed(account));
    if (order === 'after') await send('token_refresh_succeeded', account);
    await allProcessed();
    expect((await recordedEvents(app.deps.db)).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(await alarms()).toBe(0);
  });

  it('raises an alarm when no refresh explains it within a minute', async () => {
    const account = app.gateway.scalekit.addAccount(gmail);
    const other = app.gateway.scalekit.addAccount({ ...gmail, identifier: bob });
    await send('token_refresh_succeeded', other);
    await send('token_refresh_succeeded', account, told(account), 2);
    await send('status_updated', account, healed(account));
    await passAMinute();
    await allProcessed();
    expect(await alarms()).toBe(1);
  });

  it('raises an alarm when somebody consented, and the token was refreshed after that', async () => {
    const account = app.gateway.scalekit.addAccount(gmail);
    await send('oauth_succeeded', account);
    await send('token_refresh_succeeded', account);
    await send('status_updated', account, healed(account));
    await passAMinute();
    await allProcessed();
    expect(await alarms()).toBe(1);
  });

  it('leaves a flow that is open, and is waiting for its user, alone', async () => {
    app.gateway.scalekit.addAccount({ ...gmail, status: 'expired' });
    const visitor = await app.signIn(ada);
    const { flowId, link } = await app.connect(visitor);
    const account = app.gateway.scalekit.setStatus(gmail, 'active');
    await app.deps.reader.changed(ada);
    expect((await app.statusOf(visitor, flowId)).status).toBe('open');
    await send('status_updated', account, healed(account));
    await send('token_refresh_succeeded', account);
    await allProcessed();
    expect(await app.flow(flowId)).toMatchObject({ status: 'open' });
    await visitor.get(app.consent(link));
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(await alarms()).toBe(0);
  });

  it('fails a flow that nobody verified, once no refresh explained it for a minute', async () => {
    app.gateway.scalekit.addAccount({ ...gmail, status: 'expired' });
    const visitor = await app.signIn(ada);
    const { flowId } = await app.connect(visitor);
    const account = app.gateway.scalekit.setStatus(gmail, 'active');
    app.gateway.scalekit.addAccount({ ...account, updatedAt: Date.now() - 61_000 });
    await app.deps.db.updateTable('flows').set({ accountUpdatedBefore: 0 }).execute();
    await app.deps.reader.changed(ada);
    expect((await app.statusOf(visitor, flowId)).status).toBe('failed');
    expect(await alarms()).toBe(1);
  });
});

describe('an account that turns active by our verification', () => {
  it('raises no alarm, however late its events come', async () => {
    const visitor = await app.signIn(ada);
    const { link } = await app.connect(visitor);
    await visitor.get(app.consent(link));
    const account = app.gateway.scalekit.account(gmail) as ConnectedAccount;
    expect(await tell('status_updated', activated(account))).toBe('done');
    expect(await alarms()).toBe(0);
  });

  it('raises no alarm while the verification is under way', async () => {
    const visitor = await app.signIn(ada);
    const { link, flowId } = await app.connect(visitor);
    const held = app.gateway.script.hold('verifyConnectedAccountUser');
    const returned = visitor.get(app.consent(link));
    await held.arrived;
    const account = app.gateway.scalekit.setStatus(gmail, 'active');
    const processed = tell('status_updated', activated(account));
    await app.deps.webhooks.worker.wake();
    held.release();
    expect((await returned).status).toBe(303);
    expect(await processed).toBe('done');
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(await alarms()).toBe(0);
  });

  it('raises no alarm when only the answer of the verification was lost', async () => {
    const visitor = await app.signIn(ada);
    const { link, flowId } = await app.connect(visitor);
    app.gateway.script.failNext('verifyConnectedAccountUser', 'timeout', { carriedOut: true });
    app.gateway.script.failNext('listConnectedAccounts', 'timeout');
    await visitor.get(app.consent(link));
    const account = app.gateway.scalekit.account(gmail) as ConnectedAccount;
    expect(await tell('status_updated', activated(account))).toBe('done');
    expect(await app.flow(flowId)).toMatchObject({ status: 'done' });
    expect(await alarms()).toBe(0);
  });
});
