import type { Page } from 'playwright-core';
import { everyone } from '../../server/directory/users/userFilter.js';
import { adminPaths } from '../../server/paths.js';
import { seedConnections } from '../../server/sandbox/seed.js';
import { someSettings } from '../unit/identity/clients/clients.js';
import { logoOf, svgOf } from '../unit/identity/clients/logoFiles.js';
import { addMail } from '../unit/notify/mails.js';
import { enter, post } from './browserSteps.js';
import { oddUsers, seedDailyCounts, seedDirectory } from './seedDirectory.js';
import type { Scene, Scenes, Stage } from './stage.js';
import type { SandboxedApp } from './testApp.js';

/** The pages of those who run the product, with much to see, and with nothing. */

const admin = 'katherine@example.com';
const clientName = `Acme ${'Assistant'.repeat(7)}`;
const mailing = '00000000-0000-4000-8000-000000000001';
const endedMailing = '00000000-0000-4000-8000-000000000002';
const [{ identifier: longIdentifier } = { identifier: '' }] = oddUsers.filter(
  ({ identifier }) => identifier.length === 100,
);

async function fill({ deps }: SandboxedApp): Promise<void> {
  const { db, audit } = deps;
  // What scenes of users left in the directory would stand in the way.
  for (const table of ['directoryCounts', 'directoryAccounts', 'dailyCounts'] as const)
    await db.deleteFrom(table).execute();
  const connections = seedConnections.map(({ name }) => name);
  await seedDirectory(db, { users: 30, connections, accountsPerUser: 6 });
  await seedDailyCounts(db, connections);
  for (const identifier of [longIdentifier, 'עברית@example.com'])
    await audit.record({ type: 'flow.failed', actor: null, identifier, detail: 'consent_denied' });
  await audit.record({
    type: 'security.role_refused',
    actor: `user:${longIdentifier}`,
    address: '2001:db8::1',
  });
  const active = await db
    .selectFrom('directoryAccounts')
    .select(['identifier', 'connectionName'])
    .where('state', '=', 'active')
    .limit(3)
    .execute();
  for (const account of active)
    await audit.record({ type: 'security.unverified_activation', actor: null, ...account });
  const row = {
    filter: JSON.stringify(everyone),
    users: 12_345,
    createdBy: `user:${longIdentifier}`,
    connectionName: 'gmail',
  };
  for (const [id, endedAt] of [
    [mailing, null],
    [endedMailing, 5],
  ] as const) {
    await db
      .insertInto('mailings')
      .values({ ...row, id, endedAt, createdAt: 1, goneThrough: 40 })
      .execute();
    await db
      .insertInto('mailingResults')
      .values({ mailingId: id, identifier: longIdentifier, outcome: 'queued' })
      .execute();
  }
  await addMail(db, { identifier: longIdentifier, lastError: 'EENVELOPE 451' });
  for (const end of ['sentAt', 'withdrawnAt', 'failedAt'] as const) await addMail(db, { [end]: 1 });
  await deps.apiClients.create(someSettings({ name: clientName }), { actor: 'command' });
}

const filled = new WeakMap<SandboxedApp, Promise<void>>();

/** The app of the stage, filled once: none of it shows on the pages of users. */
async function fullApp({ app }: Stage): Promise<SandboxedApp> {
  const filling = filled.get(app) ?? fill(app);
  filled.set(app, filling);
  await filling;
  return app;
}

async function asAdmin(stage: Stage, { url }: SandboxedApp, address: string): Promise<Page> {
  // A mail is shown in a frame that runs no script, this test's own included.
  const page = await stage.visit({ expected: [/Blocked script execution in '[^']*\/mails\/samples\//] });
  await enter(page, url, admin);
  await page.goto(url + address);
  return page;
}

const at =
  (address: string): Scene =>
  async (stage) =>
    asAdmin(stage, await fullApp(stage), address);

const empty =
  (address: string): Scene =>
  async (stage) =>
    asAdmin(stage, await stage.otherApp(), address);

const ofClient =
  (address: (id: string) => string): Scene =>
  async (stage) => {
    const app = await fullApp(stage);
    const found = (await app.deps.apiClients.list()).find(({ name }) => name === clientName);
    return asAdmin(stage, app, address(found?.id ?? ''));
  };

const clientWithLogo =
  (address: (id: string) => string): Scene =>
  async (stage) => {
    const app = await fullApp(stage);
    const { apiClients } = app.deps;
    const { client } = await apiClients.create(someSettings(), { actor: 'command' });
    const wide = svgOf('<circle cx="60" cy="20" r="20"/>', 'viewBox="0 0 240 40"');
    await apiClients.setLogo(client.id, logoOf(wide), { actor: 'command' });
    return asAdmin(stage, app, address(client.id));
  };

/** A client whose webhooks are as said, with deliveries in each state. */
const clientWithWebhook =
  (address: (id: string) => string, off = false): Scene =>
  async (stage) => {
    const app = await fullApp(stage);
    const { apiClients, clientWebhooks, db } = app.deps;
    const { client } = await apiClients.create(someSettings(), { actor: 'command' });
    await clientWebhooks.set(client, `https://acme.example/${'hook'.repeat(30)}`, { actor: 'command' });
    if (off)
      await db.updateTable('clientWebhooks').set({ offAt: 1 }).where('clientId', '=', client.id).execute();
    const now = Date.now();
    const ends = [
      {},
      { lastError: 'refused 503' },
      { deliveredAt: now },
      { failedAt: now, lastError: 'timed_out' },
    ];
    for (const [index, end] of ends.entries()) {
      await db
        .insertInto('clientDeliveries')
        .values({
          id: `evt_${stage.someone()}`,
          clientId: client.id,
          type: 'connection.needs_user',
          identifier: longIdentifier,
          connectionName: 'gmail',
          sequence: index,
          payload: '{}',
          byScope: 1,
          createdAt: now,
          nextTryAt: now + 3_600_000,
          givenUpAt: now + 3_600_000,
          ...end,
        })
        .execute();
    }
    return asAdmin(stage, app, address(client.id));
  };

/** Somebody whose Gmail is as said, known to the directory. */
const ofAccount =
  (status: 'ACTIVE' | 'EXPIRED', address: (identifier: string) => string): Scene =>
  async (stage) => {
    const app = await fullApp(stage);
    const identifier = `${'long'.repeat(16)}-${stage.someone()}`;
    app.sandbox.control.setAccount({ connectionName: 'gmail', identifier, status });
    await app.deps.users.seen(identifier, 'Ada', null);
    await app.deps.reader.readOrRecall(identifier);
    return asAdmin(stage, app, address(identifier));
  };

/** Somebody with whose identifier two people sign in. */
const ofTwo =
  (address: (identifier: string) => string): Scene =>
  async (stage) => {
    const app = await fullApp(stage);
    const identifier = stage.someone();
    const issuer = 'https://id.example.com';
    for (const subject of ['one', 'another'])
      await app.deps.users.seen(identifier, 'Ada', null, { issuer, subject });
    return asAdmin(stage, app, address(identifier));
  };

export const adminScenes: Scenes = {
  'the overview': at(adminPaths.overview),
  'the overview of nothing': empty(adminPaths.overview),
  async 'the overview during a reading of the directory'(stage) {
    const app = await stage.otherApp();
    const page = await asAdmin(stage, app, adminPaths.overview);
    // Nothing runs the directory here, so that the reading stays under way.
    await page.goto(await post(page, app.url, adminPaths.sync));
    return page;
  },
  'the users': at(adminPaths.users()),
  'the users that a search finds': at(adminPaths.users({ q: 'abcdef' })),
  'no users': at(adminPaths.users({ q: 'nobody has this name' })),
  'the question before users are exported': at(adminPaths.exportUsers({ q: longIdentifier })),
  'a user': ofAccount('ACTIVE', (identifier) => adminPaths.user(identifier)),
  'a user of the directory': at(adminPaths.user(longIdentifier)),
  'a user whom two people sign in as': ofTwo((identifier) => adminPaths.user(identifier)),
  'the question who signs in': ofTwo(adminPaths.otherSignIn),
  'the question before a user is mailed': ofAccount('EXPIRED', (identifier) =>
    adminPaths.mailUser(identifier, 'gmail'),
  ),
  'the link for a user': ofAccount('EXPIRED', (identifier) => adminPaths.linkForUser(identifier, 'gmail')),
  'the question before a user is disconnected': ofAccount('ACTIVE', (identifier) =>
    adminPaths.disconnectUser(identifier, 'gmail'),
  ),
  'the question before a user is signed out': at(adminPaths.signOutUser(longIdentifier)),
  'the question before a user is renamed': at(adminPaths.renameUser(longIdentifier)),
  'the question before a user is exported': at(adminPaths.exportUser(longIdentifier)),
  'the question before a user is erased': at(adminPaths.eraseUser(longIdentifier)),
  'all connections': at(adminPaths.connections),
  'the question before a reconnect is required': at(adminPaths.requireReconnect('gmail')),
  'activations elsewhere': at(adminPaths.activations()),
  'the events': at(adminPaths.events()),
  'no events': at(adminPaths.events({ person: 'nobody' })),
  'the question before events are exported': at(adminPaths.exportEvents({ type: 'flow' })),
  'the outbox': at(adminPaths.mails()),
  'the empty outbox': empty(adminPaths.mails()),
  'the samples of mails': at(adminPaths.mailSamples()),
  'the mailings': at(adminPaths.mailings()),
  'no mailings': empty(adminPaths.mailings()),
  'a mailing to be chosen': at(adminPaths.newMailing()),
  'the question before a mailing': at(adminPaths.newMailing({ connection: 'gmail' })),
  'a mailing under way': at(adminPaths.mailing(mailing)),
  'a mailing that has ended': at(adminPaths.mailing(endedMailing)),
  'the API clients': at(adminPaths.clients),
  'no API clients': empty(adminPaths.clients),
  'an API client': ofClient(adminPaths.client),
  'an API client with a logo': clientWithLogo(adminPaths.client),
  'the API clients with a logo': clientWithLogo(() => adminPaths.clients),
  async 'an API client with a new key'(stage) {
    const app = await fullApp(stage);
    const fields = { name: `New ${stage.someone()}`, scopes: 'status:read' };
    const page = await asAdmin(stage, app, adminPaths.clients);
    await page.goto(await post(page, app.url, adminPaths.clients, fields));
    return page;
  },
  'an API client with webhooks': clientWithWebhook(adminPaths.client),
  'an API client whose webhooks are off': clientWithWebhook(adminPaths.client, true),
  async 'an API client with a new webhook secret'(stage) {
    const app = await fullApp(stage);
    const { client } = await app.deps.apiClients.create(someSettings(), { actor: 'command' });
    const page = await asAdmin(stage, app, adminPaths.client(client.id));
    const fields = { url: 'https://acme.example/hook' };
    await page.goto(await post(page, app.url, adminPaths.clientWebhook(client.id), fields));
    return page;
  },
  'the deliveries to an API client': clientWithWebhook(adminPaths.clientDeliveries),
  'the question before a new webhook secret': clientWithWebhook(adminPaths.rotateClientWebhook),
  'the question before a webhook address is removed': clientWithWebhook(adminPaths.removeClientWebhook),
  'the question before a new key': ofClient(adminPaths.rotateClientKey),
  'the question before a client is revoked': ofClient(adminPaths.revokeClient),
};
