import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { recordedEvents, secret, untilProcessed, webhookEnv } from '../../unit/webhooks/deliveries.js';

const grace = 'grace@example.com';
const katherine = 'katherine@example.com';
const hour = 3_600_000;

/**
 * The sandbox sends its webhooks to nobody, so that the app learns of everything by the event log alone, through the
 * real SDK's protocol.
 */
describe('an app that no webhook reaches', () => {
  let app: SandboxedApp;

  beforeEach(async () => {
    app = await startSandboxedApp({
      env: {
        ADMIN_IDENTIFIERS: katherine,
        MAIL_FROM: 'accounts@example.com',
        SMTP_URL: 'smtp://127.0.0.1:1',
      },
    });
    // The first start begins the log.
    await app.deps.webhooks.log.job.look();
    app.deps.webhooks.worker.start();
  });

  afterEach(async () => {
    await app.deps.webhooks.worker.stop();
    await app.close();
  });

  const signIn = (who: string) => new Visitor(app.url).signIn(who);

  /** As long after the last reading as a test wants. */
  async function readLog(agoMs = hour): Promise<void> {
    await app.deps.db
      .updateTable('eventLogMarks')
      .set({ readUntil: Date.now() - agoMs })
      .execute();
    await app.deps.webhooks.log.job.look();
    await untilProcessed(app.deps.db, app.deps.webhooks.worker);
  }

  const directoryState = async (identifier: string, connectionName: string) =>
    (
      await app.deps.db
        .selectFrom('directoryAccounts')
        .select('state')
        .where('identifier', '=', identifier)
        .where('connectionName', '=', connectionName)
        .executeTakeFirst()
    )?.state;

  it.each([
    ['a webhook’s data', false],
    ['nested data', true],
  ])('hears of an expiry, mails its user and shows it to admins, told by %s', async (_, nestedData) => {
    attacks('no-webhooks');
    app.sandbox.control.setEventLog({ nestedData });
    const visitor = await signIn(grace);
    await app.deps.db.updateTable('users').set({ email: 'grace@mail.example.com' }).execute();
    await visitor.get('/connections');
    expect(await directoryState(grace, 'gmail')).toBe('active');
    app.sandbox.control.expire('gmail', grace);
    await readLog();
    expect(await directoryState(grace, 'gmail')).toBe('expired');
    const mails = await app.deps.db.selectFrom('outbox').select(['kind', 'connectionName']).execute();
    expect(mails).toEqual([{ kind: 'account_expired', connectionName: 'gmail' }]);
    expect((await visitor.get('/connections')).text).toContain('Reconnect Gmail');
  });

  it('raises the alarm about an account that was activated behind its back an hour ago', async () => {
    attacks('no-webhooks', 'app-away');
    await signIn(grace);
    app.sandbox.control.setAccount({ connectionName: 'github', identifier: grace, status: 'ACTIVE' });
    await readLog();
    const alarms = await app.deps.db
      .selectFrom('auditEvents')
      .select(['identifier', 'connectionName'])
      .where('type', '=', 'security.unverified_activation')
      .execute();
    expect(alarms).toEqual([{ identifier: grace, connectionName: 'github' }]);
    await readLog(2 * hour);
    expect(
      await app.deps.db
        .selectFrom('auditEvents')
        .select('id')
        .where('type', '=', 'security.unverified_activation')
        .execute(),
    ).toHaveLength(1);
  });

  it('begins a full sync, and says so to admins, when the log was cut off', async () => {
    attacks('app-away');
    app.sandbox.control.expire('gmail', grace);
    app.sandbox.control.forgetEventsBefore(Date.now() + hour);
    await readLog(3 * hour);
    expect((await app.deps.directory.progress()).running).toBe(true);
    const page = await (await signIn(katherine)).get('/admin/events');
    expect(page.text).toContain('Scalekit no longer had everything that happened while this app was away');
  });

  it('tells how far behind it is to those who ask whether it is ready', async () => {
    const { event_log: log } = (await (await fetch(`${app.url}/readyz`)).json()) as {
      event_log: { read_until: string; behind_seconds: number };
    };
    expect(Date.now() - Date.parse(log.read_until)).toBeLessThan(60_000);
    expect(log.behind_seconds).toBeLessThan(60);
  });

  it('keeps silent about a user who was erased, whose events are still in the log', async () => {
    const visitor = await signIn(grace);
    await visitor.get('/connections');
    app.sandbox.control.expire('gmail', grace);
    const admin = await signIn(katherine);
    await admin.post(`/admin/users/${encodeURIComponent(grace)}/erase`, { identifier: grace });
    await readLog();
    const rows = await recordedEvents(app.deps.db);
    expect(rows.filter(({ identifier }) => identifier === grace)).toEqual([]);
  });
});

describe('an app that hears of everything twice', () => {
  it.each([
    ['under one id', false],
    ['under two ids', true],
  ])('works on each event once, told %s', async (_, ownIds) => {
    attacks('no-webhooks');
    const app = await startSandboxedApp({ env: webhookEnv, sandbox: { webhookRetryMs: 20 } });
    await app.deps.webhooks.log.job.look();
    app.deps.webhooks.worker.start();
    const { control } = app.sandbox;
    control.setEventLog({ ownIds });
    control.setWebhook({ url: `${app.url}/webhooks/scalekit`, secret });
    control.expire('gmail', grace);
    control.revoke('googlecalendar', grace);
    await control.waitForDelivery(({ connectionName }) => connectionName === 'gmail');
    await control.waitForDelivery(({ connectionName }) => connectionName === 'googlecalendar');
    await app.deps.db
      .updateTable('eventLogMarks')
      .set({ readUntil: Date.now() - hour })
      .execute();
    await app.deps.webhooks.log.job.look();
    await untilProcessed(app.deps.db, app.deps.webhooks.worker);
    const rows = await recordedEvents(app.deps.db);
    expect(rows.map(({ source }) => source)).toEqual(['webhook', 'webhook']);
    await app.deps.webhooks.worker.stop();
    await app.close();
  });
});
