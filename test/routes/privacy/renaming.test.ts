import supertest from 'supertest';
import { userCommand } from '../../../server/commands/user.js';
import { everyone } from '../../../server/directory/users/userFilter.js';
import { DomainError } from '../../../server/kernel/errors.js';
import { adminPaths } from '../../../server/paths.js';
import { printedBy } from '../../support/command.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { headingOf, signInAs, startOpenidApp } from '../../support/openidApp.js';
import { Visitor } from '../../support/visitor.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { databaseKinds, openTempDatabase, postgresOfThisFile } from '../../unit/tempDatabase.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { anotherApp } from '../onboarding/onboardingJourneys.js';

const katherine = 'katherine@example.com';
const king = 'ada.king@example.com';
const info = { reference: 'r', address: null };

describe.each(databaseKinds)('renaming a user, on %s', (kind) => {
  let app: JourneyApp;

  beforeEach(async () => {
    if (kind === 'postgres') await (await openTempDatabase('postgres')).close();
    const databaseUrl = kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {};
    app = await startJourneyApp(databaseUrl);
  });

  afterEach(() => app.close());

  const rename = (from = ada, to = king) => app.deps.privacy.renaming.rename(from, to, 'command', info);
  const connect = (identifier = ada, connectionName = 'gmail') =>
    app.gateway.scalekit.addAccount({ connectionName, identifier });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
    );

  async function ask(path: string, key?: string) {
    const settings = someSettings({ scopes: ['status:read', 'users:write', 'onboarding'] });
    const used = key ?? (await app.deps.apiClients.create(settings, { actor: 'command' })).key;
    return supertest(app.url)
      .get(`/api/v1/users/${encodeURIComponent(path)}/connections`)
      .set('Authorization', `Bearer ${used}`);
  }

  /** How often each table names an identifier, in whatever column. */
  async function mentions(identifier: string): Promise<Record<string, number>> {
    const { db } = app.deps;
    const counts: Record<string, number> = {};
    for (const { name } of await db.introspection.getTables()) {
      const rows = await db
        .selectFrom(name as 'users')
        .selectAll()
        .execute();
      const naming = rows.filter((row) => JSON.stringify(row).includes(identifier));
      if (naming.length > 0) counts[name] = naming.length;
    }
    return counts;
  }

  it('is done by an admin: what is held moves, the accounts wait, and the user begins under the new name', async () => {
    connect();
    const user = await app.signIn(ada);
    await app.deps.users.seen(ada, 'Ada Lovelace', 'ada@mail.example');
    await app.deps.mails.recipients.setWanted(ada, false);
    const admin = await app.signIn(katherine);
    expect((await admin.get(adminPaths.user(ada))).text).toContain(`href="${adminPaths.renameUser(ada)}"`);
    const asked = await admin.get(adminPaths.renameUser(ada));
    expect(asked.text).toContain('Accounts at Scalekit can’t be moved.');
    const done = await admin.post(adminPaths.renameUser(ada), { identifier: king });
    expect([done.status, done.headers.location]).toEqual([303, adminPaths.user(king)]);

    const page = await admin.get(adminPaths.user(king));
    expect(page.text).toContain('1 account at Scalekit still goes by the former identifier');
    for (const shown of ['Ada Lovelace', 'ada@mail.example', 'signed in.', 'renamed a user'])
      expect(page.text).toContain(shown);
    expect(await app.deps.mails.recipients.preferencesOf(king)).toEqual({
      address: 'ada@mail.example',
      wanted: false,
    });
    const former = await admin.get(adminPaths.user(ada));
    expect(former.text).toContain('This user was renamed to');
    expect(former.text).toContain(adminPaths.disconnectUser(ada, 'gmail'));
    expect(former.text).not.toContain('ada@mail.example');

    // The browser that was signed in is not any more, and can't sign in again.
    expect((await user.get('/connections')).status).toBe(303);
    const again = new Visitor(app.url);
    await again.get('/sign-in');
    const refused = await again.post('/sign-in', { identifier: ada });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('Your name here has changed');
    expect((await ask(ada)).body).toMatchObject({ status: 409, code: 'identifier_retired' });

    await app.signIn(king);
    const { body } = await ask(king);
    expect(body.connections[0]).toMatchObject({ state: 'not_connected' });
  });

  it('frees the former name once its accounts are disconnected, and leaves no trace of it', async () => {
    connect();
    await app.signIn(ada);
    const admin = await app.signIn(katherine);
    await rename();
    await admin.get(adminPaths.disconnectUser(ada, 'gmail'));
    const done = await admin.post(adminPaths.disconnectUser(ada, 'gmail'));
    expect(done.headers.location).toBe(adminPaths.user(king));
    // The event of the renaming says from what.
    expect(await mentions(ada)).toEqual({ audit_events: 1 });
    expect((await ask(ada)).status).toBe(200);
    await app.signIn(ada);
    expect((await admin.get(adminPaths.user(ada))).text).not.toContain('was renamed to');
  });

  it('frees it at once where there are no accounts, and by itself where they went elsewhere', async () => {
    await app.signIn(ada);
    await app.signIn(bob);
    expect(await rename()).toEqual({ connected: [] });
    expect(await app.deps.retired.all()).toEqual([]);
    connect(bob);
    await rename(bob, 'robert@example.com');
    await app.deps.privacy.renaming.watch.look();
    expect(await app.deps.retired.has(bob)).toBe(true);
    app.gateway.scalekit.removeAccount({ connectionName: 'gmail', identifier: bob });
    await app.deps.privacy.renaming.watch.look();
    expect(await app.deps.retired.has(bob)).toBe(false);
  });

  it.each([
    ['nobody is known by the former name', 'rename_unknown', async () => undefined],
    [
      'the new one is a user',
      'rename_target_exists',
      async () => {
        await app.signIn(ada);
        await app.signIn(king);
      },
    ],
    [
      'the new one has an account at Scalekit',
      'rename_target_exists',
      async () => {
        await app.signIn(ada);
        connect(king);
      },
    ],
    [
      'something was written down about the new one',
      'rename_target_exists',
      async () => {
        await app.signIn(ada);
        await app.deps.audit.record({ type: 'mail.requested', actor: 'command', identifier: king });
      },
    ],
    [
      'the new one was erased',
      'rename_target_erased',
      async () => {
        await app.signIn(ada);
        await app.signIn(king);
        await app.deps.privacy.eraseUser(king, 'command', info);
      },
    ],
    [
      'the former one was given up before',
      'rename_retired',
      async () => {
        connect();
        await app.signIn(ada);
        await rename(ada, 'other@example.com');
      },
    ],
    [
      'Scalekit does not answer',
      'scalekit_unreachable',
      async () => {
        await app.signIn(ada);
        app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
      },
    ],
  ])('is refused, and changes nothing, when %s', async (_, code, arrange) => {
    await arrange();
    const before = [await mentions(ada), await mentions(king)];
    expect(await codeOf(rename())).toBe(code);
    expect([await mentions(ada), await mentions(king)]).toEqual(before);
  });

  it('says in its form what is wrong with the new name', async () => {
    await app.signIn(ada);
    await app.signIn(bob);
    const admin = await app.signIn(katherine);
    await admin.get(adminPaths.renameUser(ada));
    for (const [identifier, said] of [
      [bob, 'Somebody is known by the new identifier already'],
      [ada, 'Somebody is known by the new identifier already'],
      [' ', 'Type an identifier'],
      ['x'.repeat(101), 'at most 100 characters'],
    ] as const) {
      const answer = await admin.post(adminPaths.renameUser(ada), { identifier });
      expect([answer.status, answer.text.includes(said)]).toEqual([422, true]);
    }
  });

  it('belongs to admins alone, with the token of their own form', async () => {
    const user = await app.signIn(ada);
    await user.get('/account');
    expect((await user.get(adminPaths.renameUser(ada))).status).toBe(403);
    expect((await user.post(adminPaths.renameUser(ada), { identifier: king })).status).toBe(403);
    const admin = await app.signIn(katherine);
    const answer = await admin.postWithToken(null, adminPaths.renameUser(ada), { identifier: king });
    expect(answer.status).toBe(403);
    expect(await mentions(king)).toEqual({});
  });

  it('takes the user’s deeds, and mentions of them in passing, along', async () => {
    await app.signIn(ada);
    const { audit, db } = app.deps;
    await audit.record({ type: 'client.created', actor: `user:${ada}`, detail: 'one' });
    const detail = `{"q":"${ada}"} /admin/users/${encodeURIComponent(ada)} not${ada}`;
    await audit.record({ type: 'admin.users_exported', actor: 'command', detail });
    await rename();
    const rows = await db.selectFrom('auditEvents').select(['type', 'actor', 'detail']).execute();
    expect(rows).toEqual(
      expect.arrayContaining([
        { type: 'client.created', actor: `user:${king}`, detail: 'one' },
        {
          type: 'admin.users_exported',
          actor: 'command',
          detail: `{"q":"${king}"} /admin/users/${encodeURIComponent(king)} not${ada}`,
        },
        { type: 'user.signed_in', actor: `user:${king}`, detail: null },
        { type: 'user.renamed', actor: 'command', detail: ada },
      ]),
    );
  });

  it.each([
    ['ada', 'a "b" \\\\c', { ...everyone, q: 'ada' }, { ...everyone, q: 'a "b" \\\\c' }],
    ['null', 'king', everyone, everyone],
    ['connection', 'king', { ...everyone, connection: 'gmail' }, { ...everyone, connection: 'gmail' }],
  ])('keeps the filters of mailings whole: %s, who becomes %s', async (from, to, filter, expected) => {
    await app.signIn(from);
    const { db } = app.deps;
    const row = { id: 'a-mailing', users: 1, createdBy: 'user:x', createdAt: 1, goneThrough: 0 };
    await db
      .insertInto('mailings')
      .values({ ...row, connectionName: 'gmail', filter: JSON.stringify(filter) })
      .execute();
    await rename(from, to);
    const { filter: kept = '' } = (await db.selectFrom('mailings').select('filter').executeTakeFirst()) ?? {};
    expect(JSON.parse(kept)).toEqual(expected);
  });

  it('ends tries, onboardings and mails that are under way', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'exa', identifier: ada, status: 'expired' });
    const user = await app.signIn(ada);
    await app.deps.users.seen(ada, 'Ada', 'ada@mail.example');
    const { flowId } = await app.connect(user);
    const other = await anotherApp(app);
    const { id } = await other.create({ user_check: 'none' });
    const admin = await app.signIn(katherine);
    await admin.get(adminPaths.mailUser(ada, 'exa'));
    await admin.post(adminPaths.mailUser(ada, 'exa'), { key: 'one' });
    await rename();
    expect(await app.flow(flowId)).toMatchObject({ status: 'cancelled', identifier: king });
    expect(await other.statusOf(id)).toBe('cancelled');
    const mails = await app.deps.db.selectFrom('outbox').select(['identifier', 'withdrawnAt']).execute();
    expect(mails).toEqual([{ identifier: king, withdrawnAt: expect.any(Number) }]);
    const refused = await other.send('post', '/api/v1/onboarding-sessions', {
      identifier: ada,
      connections: [{ name: 'gmail' }],
      return_url: 'https://acme.example/back',
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'identifier_retired']);
  });

  it('loses nothing in a race with sign-ins of either name', async () => {
    connect();
    await app.signIn(ada);
    await app.deps.users.seen(ada, 'Ada', 'ada@mail.example');
    const before = await app.deps.db
      .selectFrom('users')
      .select('firstSeenAt')
      .where('identifier', '=', ada)
      .executeTakeFirstOrThrow();
    const signIns = [ada, king, ada, king].map((identifier) =>
      app.signIn(identifier).then(
        () => 'signed in',
        () => 'refused',
      ),
    );
    const [renamed] = await Promise.all([codeOf(rename()), ...signIns]);
    // The new name may have come first; then nobody is renamed.
    const isDone = renamed === 'done';
    expect(['done', 'rename_target_exists']).toContain(renamed);
    const knownSince = await app.deps.db
      .selectFrom('users')
      .select(['firstSeenAt', 'lastSeenAt'])
      .where('identifier', '=', isDone ? king : ada)
      .executeTakeFirstOrThrow();
    expect(knownSince).toEqual({ firstSeenAt: before.firstSeenAt, lastSeenAt: expect.any(Number) });
    expect((await app.deps.retired.of(ada)) !== null).toBe(isDone);
    const alive = await codeOf(app.signIn(ada));
    expect(alive === 'done').toBe(!isDone);
    expect(await codeOf(app.signIn(king))).toBe('done');
  });

  it('lets no session live that a sign-in saves after the name was given up', async () => {
    connect();
    const user = await app.signIn(ada);
    const { db } = app.deps;
    const [row] = await db.selectFrom('sessions').selectAll().where('identifier', '=', ada).execute();
    await rename();
    if (row === undefined) throw new Error('there was no session');
    await db.insertInto('sessions').values(row).execute();
    expect((await user.get('/account')).status).toBe(303);
  });

  it('goes with the user: an erasure disconnects the former accounts too, and an export tells of them', async () => {
    connect();
    connect(ada, 'exa');
    await app.signIn(ada);
    await rename();
    let taken = '';
    for await (const piece of app.deps.privacy.exportUser(king)) taken += piece;
    expect(JSON.parse(taken)).toMatchObject({ identifier: king, former_identifiers: [ada] });
    const done = await app.deps.privacy.eraseUser(king, 'command', info);
    expect([...done.disconnected].sort()).toEqual(['exa', 'gmail']);
    expect([await mentions(ada), await mentions(king)]).toEqual([{}, {}]);
  });

  it('can be done again: the former names belong to the newest', async () => {
    connect();
    await app.signIn(ada);
    await rename();
    await rename(king, 'ada.l@example.com');
    expect(await app.deps.retired.of(ada)).toMatchObject({ renamedTo: 'ada.l@example.com' });
    expect(await app.deps.retired.of(king)).toBeNull();
  });

  it('is a command, which says what remains to be disconnected', async () => {
    connect();
    await app.signIn(ada);
    const user = (...args: string[]) =>
      printedBy(
        userCommand((work) => work(app.deps)),
        args,
      );
    const told = await user('rename', ada, king);
    expect(told).toContain(`Renamed. Who was ${ada} is now ${king}`);
    expect(told).toContain(`These still go by ${ada}: gmail.`);
    expect(told).toContain(`npm run user -- erase ${ada} --yes`);
    await expect(user('rename', ada, king)).rejects.toThrow('This identifier was given up already');
    expect(await user('erase', ada, '--yes')).toContain('Disconnected: gmail.');
    expect(await app.deps.retired.of(ada)).toBeNull();
    expect(await mentions(king)).not.toEqual({});
  });
});

describe('renaming a user of a provider', () => {
  it('takes along who it was, so that the same person comes in under the new address, and nobody else', async () => {
    const person = { email: ada, email_verified: true };
    const accounts: Record<string, { email: string; email_verified: boolean }> = {
      one: person,
      another: { ...person, email: king },
    };
    const app = await startOpenidApp({
      provider: { accounts },
      env: { OIDC_IDENTIFIER_CLAIM: 'email' },
    });
    try {
      await signInAs('one', app.url);
      app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
      await app.deps.privacy.renaming.rename(ada, king, 'command', info);
      const { landing } = await signInAs('one', app.url);
      expect([landing.status, headingOf(landing)]).toEqual([403, 'Your name here has changed']);
      expect((await signInAs('another', app.url)).landing.status).toBe(403);
      accounts.one = { ...person, email: king };
      expect((await signInAs('one', app.url)).landing.status).toBe(200);
    } finally {
      await app.close();
    }
  });
});
