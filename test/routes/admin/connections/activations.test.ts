import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import supertest from 'supertest';
import { adminPaths } from '../../../../server/paths.js';
import { afterEach, describe, expect, it } from '../../../support/jest.js';
import { someSettings } from '../../../unit/identity/clients/clients.js';
import { databaseKinds, openTempDatabase, postgresOfThisFile } from '../../../unit/tempDatabase.js';
import { deliver, eventBody, untilProcessed, webhookEnv } from '../../../unit/webhooks/deliveries.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const viewer = 'viewer@example.com';

let app: JourneyApp;

async function begin(kind: (typeof databaseKinds)[number] = 'sqlite', env: Record<string, string> = {}) {
  const all = { ...webhookEnv, ADMIN_IDENTIFIERS: katherine, VIEWER_IDENTIFIERS: viewer, ...env };
  if (kind === 'postgres') await (await openTempDatabase('postgres')).close();
  const database = kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {};
  app = await startJourneyApp({ env: all, ...database });
  app.deps.webhooks.worker.start();
}

afterEach(async () => {
  await app.deps.webhooks.worker.stop();
  await app.close();
});

/** The operator's backend makes an account active, with tokens of its own. */
async function imported(identifier: string, connectionName = 'gmail'): Promise<void> {
  const { id } = app.gateway.scalekit.addAccount({ connectionName, identifier });
  await app.deps.reader.changed(identifier);
  await app.deps.reader.read(identifier);
  const data = {
    id,
    identifier,
    connection_name: connectionName,
    status: 'ACTIVE',
    old_status: 'PENDING_AUTH',
  };
  await deliver(app.url, eventBody('status_updated', data));
  await untilProcessed(app.deps.db, app.deps.webhooks.worker);
}

async function isReady(identifier: string, connectionName = 'gmail'): Promise<boolean> {
  const settings = someSettings({ scopes: ['status:read'] });
  const { key } = await app.deps.apiClients.create(settings, { actor: 'command' });
  const url = `/api/v1/users/${encodeURIComponent(identifier)}/connections?connections=${connectionName}`;
  return (await supertest(app.url).get(url).set('Authorization', `Bearer ${key}`)).body.ready;
}

describe.each(databaseKinds)('an account that was activated elsewhere, on %s', (kind) => {
  it('is listed until an admin accepts it, who is asked first and written down', async () => {
    await begin(kind);
    await imported(ada);
    await imported(bob);
    expect(await isReady(ada)).toBe(false);
    const admin = await app.signIn(katherine);
    const list = await admin.get(adminPaths.activations());
    expect(list.text).toContain(ada);
    expect(list.text).toContain(bob);
    const only = { connection: 'gmail', user: ada };
    const question = await admin.get(adminPaths.acceptActivations(only));
    expect(question.text).toContain('Accept these accounts?');
    expect(question.text).toContain(ada);
    expect(question.text).not.toContain(bob);
    expect(await isReady(ada)).toBe(false);
    await admin.post(adminPaths.acceptActivations(only));
    expect([await isReady(ada), await isReady(bob)]).toEqual([true, false]);
    const after = (await admin.get(adminPaths.activations())).text;
    expect(after).toContain('1 account is accepted.');
    expect(after).not.toContain(`>${ada}<`);
    const accepted = await app.deps.db
      .selectFrom('auditEvents')
      .select(['actor', 'identifier', 'connectionName'])
      .where('type', '=', 'account.activation_accepted')
      .execute();
    expect(accepted).toEqual([{ actor: `user:${katherine}`, identifier: ada, connectionName: 'gmail' }]);
    expect((await admin.get(adminPaths.events())).text).toContain('was activated elsewhere');
  });

  it('can be accepted with all others of a connection, and raises the alarm again when it happens again', async () => {
    await begin(kind);
    for (const identifier of [ada, bob, 'carol@example.com']) await imported(identifier);
    const admin = await app.signIn(katherine);
    await admin.post(adminPaths.acceptActivations({ connection: 'exa' }));
    expect(await isReady(ada)).toBe(false);
    await admin.post(adminPaths.acceptActivations({ connection: 'gmail' }));
    expect([await isReady(ada), await isReady(bob)]).toEqual([true, true]);
    expect((await admin.get(adminPaths.activations())).text).toContain('No account was activated elsewhere');
    await app.deps.db
      .updateTable('auditEvents')
      .set(({ eb }) => ({ at: eb('at', '-', 7_200_000) }))
      .execute();
    await imported(ada);
    expect(await isReady(ada)).toBe(false);
  });
});

describe('accepting', () => {
  it('is for admins alone: a viewer only looks', async () => {
    await begin();
    await imported(ada);
    const looking = await app.signIn(viewer);
    const page = await looking.get(adminPaths.activations());
    expect(page.text).toContain(ada);
    expect(page.text).not.toContain('Accept all');
    expect((await looking.get(adminPaths.acceptActivations({ user: ada }))).status).toBe(403);
    expect((await looking.post(adminPaths.acceptActivations({ user: ada }))).status).toBe(403);
    expect(await isReady(ada)).toBe(false);
  });

  it('is not needed on a connection that the operator trusts', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
    const file = path.join(folder, 'connections.json');
    await writeFile(file, JSON.stringify({ connections: [{ name: 'gmail', trusted_activation: true }] }));
    await begin('sqlite', { CONNECTIONS_FILE: file });
    await imported(ada);
    expect(await app.auditTypes()).not.toContain('security.unverified_activation');
    expect(await isReady(ada)).toBe(true);
    await rm(folder, { recursive: true, force: true });
  });
});
