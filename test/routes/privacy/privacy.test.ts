import { setTimeout as pause } from 'node:timers/promises';
import { createDirectoryStore } from '../../../server/directory/directoryStore.js';
import { everyone, type UserFilter } from '../../../server/directory/users/userFilter.js';
import type { DomainError } from '../../../server/kernel/errors.js';
import { adminPaths } from '../../../server/paths.js';
import type { Tables } from '../../../server/store/database/schema.js';
import { english as t } from '../../../server/words/dictionary.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import type { Visitor } from '../../support/visitor.js';
import { databaseKinds, openTempDatabase, postgresOfThisFile } from '../../unit/tempDatabase.js';
import {
  deliver,
  eventBody,
  recordedEvents,
  untilProcessed,
  webhookEnv,
} from '../../unit/webhooks/deliveries.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const info = { reference: 'K7F-2QD', address: '127.0.0.1' };

async function startApp(kind: (typeof databaseKinds)[number]): Promise<JourneyApp> {
  const env = { ...webhookEnv, ADMIN_IDENTIFIERS: katherine };
  if (kind === 'sqlite') return startJourneyApp({ env });
  // Emptied by the helper, and used by the app on its own connections.
  await (await openTempDatabase('postgres')).close();
  return startJourneyApp({ env, databaseUrl: (await postgresOfThisFile()).url });
}

describe.each(databaseKinds)('on %s', (kind) => {
  let app: JourneyApp;

  beforeEach(async () => {
    app = await startApp(kind);
    app.deps.webhooks.worker.start();
  });

  afterEach(async () => {
    await app.deps.webhooks.worker.stop();
    await app.close();
  });

  const erase = (identifier = ada) => app.deps.privacy.eraseUser(identifier, `user:${katherine}`, info);

  /** Everything in the database, by table. */
  async function content(): Promise<Record<string, string>> {
    const { db } = app.deps;
    const tables = await db.introspection.getTables();
    const names = tables.map(({ name }) => name).filter((name) => !name.startsWith('kysely'));
    const rows = await Promise.all(
      names.map((name) =>
        db
          .selectFrom(name as keyof Tables)
          .selectAll()
          .execute(),
      ),
    );
    return Object.fromEntries(names.map((name, index) => [name, JSON.stringify(rows[index])]));
  }

  /** The tables that name somebody, in any spelling. */
  async function naming(identifier: string): Promise<string[]> {
    const spellings = [identifier, encodeURIComponent(identifier)];
    return Object.entries(await content())
      .filter(([, text]) => spellings.some((spelling) => text.includes(spelling)))
      .map(([table]) => table)
      .sort();
  }

  const told = (identifier: string, envelope: Record<string, unknown> = {}) =>
    eventBody(
      'status_updated',
      { id: 'ca_1', identifier, connection_name: 'gmail', status: 'EXPIRED' },
      envelope,
    );

  async function tell(body: ReturnType<typeof told>): Promise<void> {
    expect((await deliver(app.url, body)).status).toBe(200);
    await untilProcessed(app.deps.db);
  }

  /** Has somebody leave traces wherever one can. */
  async function live(identifier: string): Promise<Visitor> {
    const { db, tombstones, apiClients } = app.deps;
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier });
    const visitor = await app.signIn(identifier);
    await app.connect(visitor, 'exa');
    await visitor.get(adminPaths.user(identifier));
    await tell(told(identifier));
    await createDirectoryStore(db, tombstones).observePage(
      'gmail',
      await app.gateway.listConnectedAccounts(identifier),
      Date.now(),
    );
    const now = Date.now();
    await db
      .insertInto('outbox')
      .values({
        id: `mail of ${identifier.length}${now}`,
        kind: 'account_expired',
        identifier,
        connectionName: 'gmail',
        accountId: 'ca_1',
        toAddress: identifier,
        incident: `${identifier.length}${now}`,
        createdAt: now,
        sendAfter: now,
        tries: 0,
        nextTryAt: now + 3_600_000,
        addressGiven: 0,
      })
      .execute();
    await db
      .insertInto('mailingResults')
      .values({ mailingId: 'a mailing', identifier, outcome: 'queued' })
      .execute();
    await db
      .insertInto('locks')
      .values({ name: `pair:${JSON.stringify([identifier, 'slack'])}`, holder: 'dead', expiresAt: 1 })
      .execute();
    await apiClients.create(
      {
        name: 'Acme',
        scopes: ['onboarding'],
        returnUrls: [],
        confirmUrls: [],
        refreshUrls: [],
        moreUserChecks: [],
        mayGiveAddress: false,
      },
      { actor: `user:${identifier}` },
    );
    return visitor;
  }

  describe('erasing a user', () => {
    it('leaves nothing that names them, and everybody else as they were', async () => {
      const visitor = await live(ada);
      await live(bob);
      const admin = await app.signIn(katherine);
      await admin.get(adminPaths.user(ada));
      expect(await naming(ada)).toEqual(
        expect.arrayContaining([
          'audit_events',
          'directory_accounts',
          'flows',
          'last_known',
          'outbox',
          'users',
        ]),
      );
      const before = await naming(bob);

      const done = await erase();
      expect(done).toMatchObject({ disconnected: ['gmail', 'exa'], flowsCancelled: 1, sessionsEnded: 1 });
      expect(done.erased).toMatchObject({ users: 1, flows: 1, outbox: 1, webhook_events: 1 });
      // Apps are told by the names that the tables have in the database.
      expect(Object.keys(done.erased).sort()).toEqual([
        'account_identities',
        'active_accounts',
        'audit_events',
        'directory_accounts',
        'flows',
        'last_known',
        'mailing_results',
        'outbox',
        'user_terms',
        'users',
        'webhook_events',
      ]);
      expect(await naming(ada)).toEqual([]);
      expect(await naming(bob)).toEqual(before);
      expect(app.gateway.scalekit.accounts.map(({ identifier }) => identifier)).toEqual([bob, bob]);
      expect((await visitor.get('/connections')).status).toBe(303);
      expect(await app.deps.db.selectFrom('directoryCounts').selectAll().execute()).toContainEqual({
        connectionName: 'gmail',
        state: 'active',
        accounts: 1,
        stuck: 0,
      });
    });

    it('keeps the events, in which a made-up name takes their place', async () => {
      await live(ada);
      const { length } = await app.auditTypes();
      await erase();
      const events = await app.deps.db.selectFrom('auditEvents').selectAll().execute();
      expect(events.length).toBeGreaterThan(length);
      const [erased] = events.filter(({ type }) => type === 'user.erased');
      expect(erased).toMatchObject({
        actor: `user:${katherine}`,
        identifier: null,
        reference: info.reference,
      });
      const pseudonym = erased?.detail ?? '';
      expect(pseudonym).toMatch(/^erased-[0-9a-f]{12}$/);
      const theirs = events.filter(({ identifier }) => identifier === pseudonym);
      expect(theirs.length).toBeGreaterThan(2);
      for (const event of theirs) {
        expect(event).toMatchObject({ actor: `user:${pseudonym}`, address: null, detail: null });
      }
    });

    it('can be done again, and does nothing then', async () => {
      await live(ada);
      await erase();
      const tombs = await app.deps.db.selectFrom('tombstones').selectAll().execute();
      expect(await erase()).toEqual({ disconnected: [], flowsCancelled: 0, sessionsEnded: 0, erased: {} });
      expect(await app.deps.db.selectFrom('tombstones').selectAll().execute()).toHaveLength(tombs.length);
      expect(await naming(ada)).toEqual([]);
    });

    it('erases nothing while Scalekit does not answer, and says so', async () => {
      await live(ada);
      const before = await naming(ada);
      app.gateway.script.failAll('unreachable');
      const refused = (await erase().catch((error) => error)) as DomainError;
      expect([refused.status, refused.told.heading(t)]).toEqual([503, 'Nothing was erased']);
      app.gateway.script.recover();
      expect(await naming(ada)).toEqual(before);
      expect(app.gateway.scalekit.accounts).toHaveLength(2);
    });

    it('says what was disconnected when Scalekit fails midway, and goes on from there', async () => {
      await live(ada);
      app.gateway.script.failNext('deleteConnectedAccount', 'timeout', { carriedOut: true });
      await expect(erase()).rejects.toMatchObject({ status: 504 });
      app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
      await expect(erase()).rejects.toMatchObject({ status: 503 });
      expect(await naming(ada)).toContain('users');
      await erase();
      expect(await naming(ada)).toEqual([]);
    });

    it('tells what was disconnected by its title when the rest failed', async () => {
      await live(ada);
      const { gateway } = app;
      const { listConnectedAccounts } = gateway;
      let times = 0;
      gateway.listConnectedAccounts = (identifier) => {
        times += 1;
        if (times > 1) gateway.script.failNext('listConnectedAccounts', 'unreachable');
        return listConnectedAccounts.call(gateway, identifier);
      };
      const refused = (await erase().catch((error) => error)) as DomainError;
      expect(refused.told.detail(t).split('\n')).toContain('Disconnected so far: Gmail, Exa.');
    });

    it('that dies in the middle of the database erases all or nothing, and goes on from there', async () => {
      await live(ada);
      const { schema } = app.deps.db;
      await schema.alterTable('mailings').renameColumn('place', 'other').execute();
      await expect(erase()).rejects.toThrow();
      expect(await naming(ada)).toContain('users');
      await schema.alterTable('mailings').renameColumn('other', 'place').execute();
      await erase();
      expect(await naming(ada)).toEqual([]);
    });

    it('gives up when somebody keeps making accounts, and erases nothing', async () => {
      await live(ada);
      const { gateway } = app;
      const { removeAccount } = gateway.scalekit;
      gateway.scalekit.removeAccount = (key) => {
        const removed = removeAccount.call(gateway.scalekit, key);
        gateway.scalekit.addAccount(key);
        return removed;
      };
      await expect(erase()).rejects.toMatchObject({ status: 409 });
      expect(await naming(ada)).toContain('users');
    });

    it('takes no other user along whose identifier begins, ends or reads the same', async () => {
      const others = [
        'ada@example.co',
        'a.ada@example.com',
        'Ada@example.com',
        'ada%example.com',
        'ada_example.com',
      ];
      for (const other of others) await app.signIn(other);
      await app.signIn(ada);
      await erase();
      const users = await app.deps.db.selectFrom('users').select('identifier').execute();
      expect(users.map(({ identifier }) => identifier).sort()).toEqual([...others].sort());
      for (const other of others) expect(await naming(other)).toContain('audit_events');
    });
  });

  describe('erasing somebody whom a mailing looked for', () => {
    const nameless = {
      id: 'a-mailing',
      users: 1,
      createdBy: `user:${katherine}`,
      createdAt: 1,
      goneThrough: 0,
    };

    const mailingTo = (filter: UserFilter) =>
      app.deps.db
        .insertInto('mailings')
        .values({ ...nameless, connectionName: 'gmail', filter: JSON.stringify(filter) })
        .execute();

    it('leaves its page, and sends it to nobody else', async () => {
      await app.signIn(bob);
      await app.signIn(ada);
      const admin = await app.signIn(katherine);
      await mailingTo({ ...everyone, q: ada });
      await erase();
      expect(await naming(ada)).toEqual([]);
      for (const path of [adminPaths.mailing(nameless.id), adminPaths.mailings()])
        expect((await admin.get(path)).status).toBe(200);

      const { runner } = app.deps.mailings;
      runner.start();
      runner.wake();
      const { db } = app.deps;
      const ended = () => db.selectFrom('mailings').select('endedAt').executeTakeFirst();
      while ((await ended())?.endedAt === null) await pause(5);
      await runner.stop();
      expect(await db.selectFrom('mailingResults').selectAll().execute()).toEqual([]);
    });

    it.each(['null', 'q', 'state'])('takes no part of its filter for their name: %s', async (identifier) => {
      await app.signIn(identifier);
      const filter = { ...everyone, connection: 'gmail' };
      await mailingTo(filter);
      await erase(identifier);
      const { filter: kept = '' } =
        (await app.deps.db.selectFrom('mailings').select('filter').executeTakeFirst()) ?? {};
      expect(JSON.parse(kept)).toEqual(filter);
    });
  });

  describe('after a user was erased', () => {
    const old = () => new Date(Date.now() - 5_000).toISOString();
    const recent = () => new Date(Date.now() + 120_000).toISOString();

    it('late webhooks bring nothing back, in whatever order, with or without a time', async () => {
      await live(ada);
      await erase();
      await tell(told(ada, { occurred_at: old() }));
      await tell(told(ada, { occurred_at: null }));
      // What our own disconnecting caused may be told by a clock that is ahead.
      await tell(told(ada, { occurred_at: new Date(Date.now() + 30_000).toISOString() }));
      expect(await naming(ada)).toEqual([]);
      await tell(told(bob, { occurred_at: old() }));
      expect(await recordedEvents(app.deps.db)).toHaveLength(1);
    });

    it('an event that was recorded before and is worked on after brings nothing back', async () => {
      await live(bob);
      await app.deps.webhooks.worker.stop();
      await erase();
      await app.deps.db
        .insertInto('webhookEvents')
        .values({
          id: 'evt_1',
          webhookId: 'msg_1',
          type: 'connected_account.created',
          occurredAt: `${old().slice(0, 19)}.000000000Z`,
          receivedAt: Date.now(),
          arrival: 1,
          reference: 'K7F-2QD',
          accountId: 'ca_9',
          identifier: ada,
          account: JSON.stringify({ id: 'ca_9', identifier: ada, connectionName: 'gmail', status: 'active' }),
          dueAt: 0,
          attempts: 0,
          outcome: null,
        })
        .execute();
      const calls = app.gateway.script.count();
      app.deps.webhooks.worker.start();
      await untilProcessed(app.deps.db);
      expect((await recordedEvents(app.deps.db)).map(({ outcome }) => outcome)).toContain('ignored');
      expect(app.gateway.script.count()).toBe(calls);
      expect(await naming(ada)).toEqual(['webhook_events']);
    });

    it('reads and pages of a sync that began before bring nothing back', async () => {
      await live(ada);
      const accounts = await app.gateway.listConnectedAccounts(ada);
      const readAt = Date.now();
      const hold = app.gateway.script.hold('listConnectedAccounts');
      await app.deps.reader.changed(ada);
      const reading = app.deps.reader.read(ada);
      await hold.arrived;
      await erase();
      hold.release();
      await reading;
      const store = createDirectoryStore(app.deps.db, app.deps.tombstones);
      await store.observePage('gmail', accounts, readAt);
      await store.observe(ada, accounts, readAt);
      await store.told(ada, [
        {
          accountId: 'ca_1',
          connectionName: 'gmail',
          status: 'active',
          isDeleted: false,
          occurredAt: readAt,
          lastUsedAt: null,
          tokenExpiresAt: null,
        },
      ]);
      await app.deps.reader.changedAtScalekit([ada]);
      expect(await naming(ada)).toEqual([]);
    });

    it('a read that shows nothing of them is not written down, whoever asks for it', async () => {
      await live(ada);
      await erase();
      const admin = await app.signIn(katherine);
      await admin.get(adminPaths.user(ada));
      await app.deps.reader.read(ada);
      expect(await naming(ada)).toEqual([]);
    });

    it('they can sign in and connect anew, and new webhooks count', async () => {
      await live(ada);
      await erase();
      const visitor = await app.signIn(ada);
      const { link, flowId } = await app.connect(visitor);
      expect((await visitor.get(app.consent(link))).status).toBe(303);
      expect(await app.statusOf(visitor, flowId)).toMatchObject({ status: 'done', tone: 'active' });
      expect((await visitor.get('/connections')).text).toContain('1 of 3 connected');
      await tell(told(ada, { occurred_at: recent() }));
      expect(await naming(ada)).toEqual(
        expect.arrayContaining(['directory_accounts', 'flows', 'last_known', 'users', 'webhook_events']),
      );
    });
  });

  describe('taking out what is held about a user', () => {
    it('gives all of it, readable, without secrets and without other people', async () => {
      await live(ada);
      await live(bob);
      const admin = await app.signIn(katherine);
      await admin.get(adminPaths.signOutUser(ada));
      await admin.post(adminPaths.signOutUser(ada));
      const again = await app.signIn(ada);
      await again.get(adminPaths.user(bob));
      const page = await admin.get(adminPaths.exportUser(ada));
      expect(page.text).toContain('Take out all that is held about this user?');
      const file = await admin.post(adminPaths.exportUser(ada));
      expect(file.status).toBe(200);
      expect(file.headers['content-disposition']).toBe('attachment; filename=user.json');
      expect(file.headers['cache-control']).toBe('no-store');
      const held = JSON.parse(file.text) as Record<string, Record<string, unknown>[]>;
      expect(held).toMatchObject({
        identifier: ada,
        users: [{ identifier: ada, first_seen_at: expect.stringMatching(/^20\d\d-.*Z$/) }],
        flows: [{ connection_name: 'exa' }],
        outbox: [{ to_address: ada }],
        webhook_events: [{ identifier: ada }],
        sessions: [{ identifier: ada }],
        last_known: [{ subject: `accounts:${ada}` }],
        mailing_results: [{ outcome: 'queued' }],
      });
      const types = held.audit_events?.map(({ type, actor }) => `${type} ${actor}`);
      expect(types).toContain('user.signed_out_everywhere another user');
      expect(types).toContain(`user.signed_in user:${ada}`);
      expect(held.audit_events_about_others?.map(({ type }) => type)).toContain('security.role_refused');
      expect(file.text).not.toContain(bob);
      expect(file.text).not.toContain(katherine);
      expect(file.text).not.toMatch(/_hash|csrf|id_hash/i);
      expect(await app.auditTypes()).toContain('user.exported');
    });

    it('gives empty lists for somebody unknown', async () => {
      let text = '';
      for await (const piece of app.deps.privacy.exportUser('no "body"')) text += piece;
      expect(JSON.parse(text)).toMatchObject({ identifier: 'no "body"', users: [], audit_events: [] });
    });

    it('gives every event, over several pages', async () => {
      for (let count = 0; count < 1203; count += 1) {
        await app.deps.audit.record({ type: 'user.signed_in', actor: `user:${ada}`, identifier: ada });
      }
      let text = '';
      for await (const piece of app.deps.privacy.exportUser(ada)) text += piece;
      const { audit_events: events } = JSON.parse(text) as { audit_events: { id: string }[] };
      expect(new Set(events.map(({ id }) => id)).size).toBe(1203);
    });
  });
});

describe('the page that erases a user', () => {
  let app: JourneyApp;

  beforeEach(async () => {
    app = await startApp('sqlite');
  });

  afterEach(() => app.close());

  it('asks for the identifier, and does nothing for another one', async () => {
    await app.signIn(ada);
    const admin = await app.signIn(katherine);
    const page = await admin.get(adminPaths.eraseUser(ada));
    expect(page.text).toContain('Erase this user?');
    for (const typed of ['', bob, 'ADA@example.com', ` ${ada}`]) {
      const refused = await admin.post(adminPaths.eraseUser(ada), { identifier: typed });
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('Nothing was erased');
    }
    expect(await app.deps.db.selectFrom('users').select('identifier').execute()).toHaveLength(2);
  });

  it('says what was done, once', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await app.signIn(ada);
    const admin = await app.signIn(katherine);
    await admin.get(adminPaths.eraseUser(ada));
    const done = await admin.post(adminPaths.eraseUser(ada), { identifier: ada });
    expect(done.status).toBe(303);
    expect((await admin.follow(done)).text).toContain('Erased. Disconnected: Gmail.');
    expect((await admin.follow(done)).text).not.toContain('Erased. Disconnected');
  });

  it('says that nothing was erased while Scalekit does not answer', async () => {
    const admin = await app.signIn(katherine);
    await admin.get(adminPaths.eraseUser(ada));
    app.gateway.script.failAll('unreachable');
    const refused = await admin.post(adminPaths.eraseUser(ada), { identifier: ada });
    expect(refused.status).toBe(503);
    expect(refused.text).toContain('Nothing was erased');
  });

  it('lets admins erase themselves, and keeps nothing of them', async () => {
    const admin = await app.signIn(katherine);
    await admin.get(adminPaths.eraseUser(katherine));
    const done = await admin.post(adminPaths.eraseUser(katherine), { identifier: katherine });
    expect(done.status).toBe(303);
    expect((await admin.get('/connections')).status).toBe(303);
    const events = JSON.stringify(await app.deps.db.selectFrom('auditEvents').selectAll().execute());
    expect(events).toContain('user.erased');
    expect(events).not.toContain('katherine');
  });
});
