import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import supertest from 'supertest';
import { adminPaths } from '../../../../server/paths.js';
import type { ProviderRequest } from '../../../../server/scalekit/gateway.js';
import { ScalekitError } from '../../../../server/scalekit/scalekitError.js';
import { afterEach, attacks, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import type { Visitor } from '../../../support/visitor.js';
import { someSettings } from '../../../unit/identity/clients/clients.js';
import { databaseKinds, openTempDatabase, postgresOfThisFile } from '../../../unit/tempDatabase.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../flow/journeys.js';

const katherine = 'katherine@example.com';

let app: JourneyApp;

async function begin(env: Record<string, string> = {}, kind: (typeof databaseKinds)[number] = 'sqlite') {
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'crm', provider: 'OWNCRM' });
  if (kind === 'postgres') await (await openTempDatabase('postgres')).close();
  const database = kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {};
  app = await startJourneyApp({ gateway, env: { ADMIN_IDENTIFIERS: katherine, ...env }, ...database });
}

afterEach(() => app.close());

/** Gmail answers as whoever is signed in there. */
function signedInAtGmailAs(emailAddress: string): void {
  app.gateway.scalekit.answerOf = () => JSON.stringify({ emailAddress });
}

async function connect(visitor: Visitor, name = 'gmail'): Promise<void> {
  const { link } = await app.connect(visitor, name);
  await visitor.get(app.consent(link));
}

const ask = () => app.deps.connectedAs.job.look();
const list = async (visitor: Visitor) =>
  (await visitor.get('/connections')).text.replaceAll(/[\u2068\u2069]/g, '');
const asked = () =>
  app.gateway.script.calls
    .filter(({ method }) => method === 'askProvider')
    .map(({ args }) => args[0] as ProviderRequest);

async function statusOf(identifier: string): Promise<Record<string, unknown>[]> {
  const { key } = await app.deps.apiClients.create(someSettings({ scopes: ['status:read'] }), {
    actor: 'command',
  });
  const url = `/api/v1/users/${encodeURIComponent(identifier)}/connections?connections=gmail`;
  return (await supertest(app.url).get(url).set('Authorization', `Bearer ${key}`)).body.connections;
}

describe.each(databaseKinds)('whom a connection is connected as, on %s', (kind) => {
  it('is asked once after connecting, with a question of ours, and shown to the user, admins and apps', async () => {
    await begin({}, kind);
    signedInAtGmailAs('ada@work.com');
    const visitor = await app.signIn(ada);
    await connect(visitor);
    expect(await list(visitor)).not.toContain('Connected as');
    await ask();
    await ask();
    expect(asked()).toEqual([
      {
        identifier: ada,
        connectionName: 'gmail',
        method: 'GET',
        path: '/gmail/v1/users/me/profile',
        body: null,
      },
    ]);
    expect(await list(visitor)).toContain('Connected as ada@work.com');
    expect(await statusOf(ada)).toMatchObject([{ state: 'active', connected_as: 'ada@work.com' }]);
    const admin = await app.signIn(katherine);
    expect((await admin.get(adminPaths.user(ada))).text).toContain('ada@work.com');
    const file = await admin.post(adminPaths.exportUsers());
    expect(file.text).toContain('ada@work.com');
  });

  it('is said to be another one than before, with a way back to it', async () => {
    await begin({}, kind);
    signedInAtGmailAs('ada@work.com');
    const visitor = await app.signIn(ada);
    await connect(visitor);
    await ask();
    signedInAtGmailAs('ada@home.com');
    await connect(visitor);
    await ask();
    const page = await list(visitor);
    expect(page).toContain('Gmail was connected as ada@work.com and is now ada@home.com.');
    expect(page).toContain('Connect ada@work.com again');
    signedInAtGmailAs('ada@work.com');
    await connect(visitor);
    await ask();
    expect(await list(visitor)).toContain('Connected as ada@work.com');
    signedInAtGmailAs('ada@work.com');
    await connect(visitor);
    await ask();
    expect(await list(visitor)).not.toContain('was connected as');
  });

  it('is told to admins where two users connected the same account', async () => {
    await begin({}, kind);
    signedInAtGmailAs('shared@work.com');
    for (const identifier of [ada, bob]) await connect(await app.signIn(identifier));
    await ask();
    const admin = await app.signIn(katherine);
    const page = (await admin.get(adminPaths.user(ada))).text;
    expect(page).toContain('Also connected by');
    expect(page).toContain(bob);
  });

  it('is exported to its user, without hashes, and erased with them', async () => {
    await begin({}, kind);
    signedInAtGmailAs('ada@work.com');
    const visitor = await app.signIn(ada);
    await connect(visitor);
    await ask();
    const admin = await app.signIn(katherine);
    const exported = (await admin.post(adminPaths.exportUser(ada))).text;
    expect(exported).toContain('ada@work.com');
    expect(exported).not.toContain('id_hash');
    await admin.post(adminPaths.eraseUser(ada), { identifier: ada });
    expect(await app.deps.db.selectFrom('accountIdentities').selectAll().execute()).toEqual([]);
  });
});

describe('a provider that is asked whose account it is', () => {
  const notTold: readonly (readonly [string, () => string])[] = [
    ['refuses', () => refuse('forbidden')],
    ['answers with HTML', () => '<html>Sign in</html>'],
    ['answers with something else', () => '{"hello":"world"}'],
    ['knows no such path', () => refuse('not_found')],
  ];
  const refuse = (kind: 'forbidden' | 'not_found'): never => {
    throw new ScalekitError(kind, 'askProvider');
  };

  it.each(notTold)('and %s is never in the way, and not asked again', async (_, answer) => {
    await begin();
    app.gateway.scalekit.answerOf = answer;
    const visitor = await app.signIn(ada);
    await connect(visitor);
    await ask();
    await ask();
    expect(asked()).toHaveLength(1);
    expect(await list(visitor)).toContain('data-connection="gmail" data-state="active"');
    expect(await list(visitor)).not.toContain('Connected as');
    expect(await statusOf(ada)).toMatchObject([{ state: 'active', connected_as: null }]);
  });

  it('and does not answer in time is asked again later, five times in all', async () => {
    await begin();
    signedInAtGmailAs('ada@work.com');
    await connect(await app.signIn(ada));
    for (let tries = 0; tries < 7; tries += 1) {
      app.gateway.script.failNext('askProvider', 'timeout');
      await ask();
      await app.deps.db
        .updateTable('accountIdentities')
        .set({ dueAt: Date.now() })
        .where('dueAt', 'is not', null)
        .execute();
    }
    expect(asked()).toHaveLength(5);
  });

  it('and names somebody with markup and marks that turn text is shown as harmless text', async () => {
    attacks('clean-names');
    await begin();
    signedInAtGmailAs('<script>alert(1)</script>\u202Emoc.live@ada');
    const visitor = await app.signIn(ada);
    await connect(visitor);
    await ask();
    const page = (await visitor.get('/connections')).text;
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('\u202E');
  });

  it('is not asked at all when that is turned off, for all or for one connection', async () => {
    await begin({ ACCOUNT_IDENTITY: 'off' });
    await connect(await app.signIn(ada));
    await ask();
    expect(asked()).toEqual([]);
    await app.close();
    const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
    const file = path.join(folder, 'connections.json');
    const connections = [
      { name: 'gmail', identity: false },
      { name: 'crm', identity: { path: '/v1/whoami', name: 'user.mail', id: 'user.id' } },
    ];
    await writeFile(file, JSON.stringify({ connections }));
    await begin({ CONNECTIONS_FILE: file });
    app.gateway.scalekit.answerOf = () => '{"user":{"mail":"ada@crm.example","id":7}}';
    const visitor = await app.signIn(ada);
    await connect(visitor);
    await connect(visitor, 'crm');
    await ask();
    expect(asked().map(({ connectionName, path }) => [connectionName, path])).toEqual([
      ['crm', '/v1/whoami'],
    ]);
    expect(await list(visitor)).toContain('Connected as ada@crm.example');
    await rm(folder, { recursive: true, force: true });
  });

  it('is asked about accounts that became active elsewhere, once they are seen', async () => {
    await begin();
    signedInAtGmailAs('ada@work.com');
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const visitor = await app.signIn(ada);
    await list(visitor);
    await ask();
    expect(await list(visitor)).toContain('Connected as ada@work.com');
    app.gateway.scalekit.removeAccount({ connectionName: 'gmail', identifier: ada });
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await app.deps.reader.changed(ada);
    signedInAtGmailAs('ada@home.com');
    expect(await list(visitor)).not.toContain('Connected as ada@work.com');
    await ask();
    expect(await list(visitor)).toContain('is now ada@home.com');
  });
});
