import type { Kysely } from 'kysely';
import { webhookBodies } from '../../../server/api/webhooks/webhookSchemas.js';
import { createDirectoryStore } from '../../../server/directory/directoryStore.js';
import type { ApiClient, ClientSettings } from '../../../server/identity/clients/apiClient.js';
import { createPersonStore } from '../../../server/privacy/personStore.js';
import { renamePerson } from '../../../server/privacy/renamingStore.js';
import type { AccountStatus } from '../../../server/scalekit/gateway.js';
import { type ClientEventType, triedForMs } from '../../../server/store/clientEventStore.js';
import type { Database } from '../../../server/store/database/database.js';
import { up as addWebhooks } from '../../../server/store/database/migrations/0011_client_webhooks.js';
import { createTombstones } from '../../../server/store/tombstoneStore.js';
import { createUserStore } from '../../../server/store/userStore.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import { anAccount, start } from '../directory/directory.js';
import {
  aClient,
  ada,
  anInstance,
  aRequest,
  bob,
  type Instance,
  info,
  tokenIn,
} from '../onboarding/onboardings.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

const second = 1000;

interface Told {
  readonly type: string;
  readonly timestamp: string;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

describe.each(databaseKinds)('what other apps are told, on %s', (kind) => {
  let database: TempDatabase;
  let instance: Instance;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    instance = anInstance(database);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
  });

  async function listener(changes: Partial<ClientSettings> = {}): Promise<ApiClient> {
    const client = await aClient(instance, changes);
    await database.db
      .insertInto('clientWebhooks')
      .values({ clientId: client.id, url: 'https://acme.example/hook', secret: 'sealed', setAt: 1 })
      .execute();
    return client;
  }

  const statusListener = () => listener({ scopes: ['status:read'] });

  const rows = () =>
    database.db.selectFrom('clientDeliveries').selectAll().orderBy('sequence').orderBy('id').execute();

  /** What a client is told, each body as the API's description has it. */
  const toldTo = async ({ id }: ApiClient): Promise<Told[]> =>
    (await rows())
      .filter(({ clientId }) => clientId === id)
      .map(({ type, payload }) => webhookBodies[type as ClientEventType].parse(JSON.parse(payload ?? '')));

  const typesTo = async (client: ApiClient) => (await toldTo(client)).map(({ type }) => type);

  const directory = ({ db }: Pick<Database, 'db'> = database) => createDirectoryStore(db);

  const seen = (status: AccountStatus, readAt: number, identifier = ada) =>
    directory().observe(identifier, [anAccount({ identifier, status, updatedAt: readAt })], readAt);

  async function onboarded(client: ApiClient, identifier = ada) {
    const request = aRequest({ identifier, userCheck: 'none', metadata: { workspace: '42' } });
    const { url } = await instance.creation.create(client, request, null, info);
    const started = await instance.sessions.start(tokenIn(url), info);
    if (started === null) throw new Error('it did not start');
    return started.session;
  }

  describe('of accounts', () => {
    it('is that one is active, that it needs its user, and that it is gone', async () => {
      const acme = await statusListener();
      await seen('active', start);
      await seen('expired', start + second);
      await seen('active', start + 2 * second);
      await directory().observe(ada, [], start + 3 * second);
      const told = await toldTo(acme);
      expect(told).toMatchObject([
        {
          type: 'connection.active',
          data: {
            identifier: ada,
            connection: 'gmail',
            state: 'active',
            since: new Date(start).toISOString(),
          },
        },
        { type: 'connection.needs_user', data: { identifier: ada, connection: 'gmail', state: 'expired' } },
        { type: 'connection.active' },
        {
          type: 'connection.disconnected',
          data: { identifier: ada, connection: 'gmail', state: 'not_connected' },
        },
      ]);
      expect(Object.keys(told[0]?.data ?? {}).sort()).toEqual(['connection', 'identifier', 'since', 'state']);
      const sequences = told.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((one, other) => one - other));
    });

    it('is nothing of a connection that its user only begins or breaks off', async () => {
      const acme = await statusListener();
      await seen('pending_auth', start);
      await seen('pending_verification', start + second);
      await directory().observe(ada, [], start + 2 * second);
      expect(await toldTo(acme)).toEqual([]);
    });

    it('is told once, however often and by whatever way it is noticed', async () => {
      const acme = await statusListener();
      await seen('active', start);
      await seen('active', start + second);
      await directory().observePage('gmail', [anAccount()], start + 2 * second);
      await directory().approved(ada, 'gmail', start + 3 * second);
      await directory().told(ada, [
        {
          accountId: anAccount().id,
          connectionName: 'gmail',
          status: 'active',
          isDeleted: false,
          occurredAt: start + 4 * second,
          lastUsedAt: null,
          tokenExpiresAt: null,
        },
      ]);
      expect(await typesTo(acme)).toEqual(['connection.active']);
    });

    it('is told again when another account took the place of one, whose end was missed', async () => {
      const acme = await statusListener();
      await seen('active', start);
      await directory().observe(ada, [anAccount({ id: 'ca_other', updatedAt: start })], start + second);
      expect(await typesTo(acme)).toEqual(['connection.active', 'connection.active']);
    });

    it('is that users are needed whose connection has to be connected anew, and that they did', async () => {
      const acme = await statusListener();
      await seen('active', start);
      await database.db
        .insertInto('reconnectRequirements')
        .values({
          connectionName: 'gmail',
          olderThan: start + 1,
          requiredAt: start + 1,
          requiredBy: 'user:x',
        })
        .execute();
      await directory().restate('gmail', '');
      await directory().approved(ada, 'gmail', Date.now());
      expect((await toldTo(acme)).map(({ type, data }) => `${type} ${data.state}`)).toEqual([
        'connection.active active',
        'connection.needs_user expired',
        'connection.active active',
      ]);
    });

    it('survives a state that nobody knows', async () => {
      const acme = await statusListener();
      await seen('active', start);
      await seen('unknown', start + second);
      await seen('active', start + 2 * second);
      expect(await typesTo(acme)).toEqual(['connection.active']);
    });

    it('grows in sequence also where the clock goes back, and after what was told is forgotten', async () => {
      const acme = await statusListener();
      jest.spyOn(Date, 'now').mockReturnValue(start + 60 * second);
      await seen('active', start);
      jest.spyOn(Date, 'now').mockReturnValue(start);
      await seen('expired', start + second);
      const [first = 0, later = 0] = (await toldTo(acme)).map(({ sequence }) => sequence);
      expect(later).toBe(first + 1);
      await database.db.deleteFrom('clientDeliveries').execute();
      jest.spyOn(Date, 'now').mockReturnValue(start + 61 * second);
      await seen('active', start + 2 * second);
      expect((await toldTo(acme))[0]?.sequence).toBeGreaterThan(later);
    });

    it('is no news of what was so before the app could tell anybody', async () => {
      await seen('active', start, ada);
      await seen('expired', start, bob);
      // As the version before has it.
      const { db } = database;
      await db.schema.alterTable('directory_accounts').dropColumn('clients_told').execute();
      for (const table of ['client_webhooks', 'client_deliveries'])
        await db.schema.dropTable(table).execute();
      await addWebhooks(db as unknown as Kysely<unknown>);
      const acme = await statusListener();
      await seen('active', start + second, ada);
      await seen('expired', start + second, bob);
      expect(await toldTo(acme)).toEqual([]);
      await seen('expired', start + 2 * second, ada);
      expect(await typesTo(acme)).toEqual(['connection.needs_user']);
    });

    it('is not written when the change is not, nor the change without it', async () => {
      await statusListener();
      await database.db.schema.alterTable('client_deliveries').renameColumn('payload', 'other').execute();
      try {
        await expect(seen('active', start)).rejects.toThrow();
        expect(await database.db.selectFrom('directoryAccounts').selectAll().execute()).toEqual([]);
      } finally {
        await database.db.schema.alterTable('client_deliveries').renameColumn('other', 'payload').execute();
      }
      await seen('active', start);
      expect(await rows()).toHaveLength(1);
    });

    it('is told of thousands that one page of a sync shows', async () => {
      const acme = await statusListener();
      const many = Array.from({ length: 1201 }, (_, index) => anAccount({ identifier: `user ${index}` }));
      await directory().observePage('gmail', many, start);
      expect(new Set((await toldTo(acme)).map(({ data }) => data.identifier)).size).toBe(1201);
    });
  });

  describe('who is told', () => {
    it('are clients that may read the status of all users', async () => {
      const [all, writer] = [await statusListener(), await listener({ scopes: ['users:write'] })];
      await seen('active', start);
      expect(await typesTo(all)).toEqual(['connection.active']);
      expect(await toldTo(writer)).toEqual([]);
    });

    it('are others only of users whom they led through, and whose check was passed', async () => {
      const [acme, other] = [await listener(), await listener()];
      await onboarded(acme, ada);
      // It was never started, so nobody was checked.
      await instance.creation.create(acme, aRequest({ identifier: bob, userCheck: 'none' }), null, info);
      const { url } = await instance.creation.create(acme, aRequest({ identifier: bob }), null, info);
      // Started, and its user is not known yet.
      await instance.sessions.start(tokenIn(url), info);
      await seen('active', start, ada);
      await seen('active', start, bob);
      expect((await toldTo(acme)).map(({ data }) => data.identifier)).toEqual([ada]);
      expect(await toldTo(other)).toEqual([]);
      expect((await rows())[0]).toMatchObject({ byScope: 0, identifier: ada, connectionName: 'gmail' });
    });

    it('is nobody without an address, and nobody who was revoked', async () => {
      await aClient(instance, { scopes: ['status:read'] });
      const gone = await statusListener();
      await seen('active', start);
      expect(await toldTo(gone)).toHaveLength(1);
      await instance.apiClients.revoke(gone.id, { actor: 'command' });
      await seen('expired', start + second);
      expect(await rows()).toEqual([]);
      expect(await database.db.selectFrom('clientWebhooks').selectAll().execute()).toEqual([]);
    });
  });

  describe('of onboardings', () => {
    it('is how they ended, to the client that made them alone, with its own metadata', async () => {
      const [acme, watching] = [await listener(), await statusListener()];
      instance.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada, status: 'active' });
      const session = await onboarded(acme);
      await instance.sessions.finish(session, { leaving: true }, info);
      expect(await toldTo(acme)).toMatchObject([
        {
          type: 'onboarding.completed',
          data: {
            identifier: ada,
            session_id: session.id,
            status: 'complete',
            connections: [
              { name: 'gmail', required: true, outcome: { kind: 'already_connected', reason: null } },
              { name: 'exa', required: false, outcome: { kind: 'not_done', reason: null } },
            ],
            metadata: { workspace: '42' },
          },
        },
      ]);
      expect(await toldTo(watching)).toEqual([]);
    });

    it('is once that they ended without all, were cancelled, or ran out', async () => {
      const acme = await listener();
      await instance.sessions.finish(await onboarded(acme), { leaving: true }, info);
      const cancelled = await onboarded(acme, bob);
      await instance.sessions.cancel(acme, cancelled.id, info);
      await instance.sessions.cancel(acme, cancelled.id, info);
      await instance.creation.create(acme, aRequest(), null, info);
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
      await instance.sessions.tidy(0);
      await instance.sessions.tidy(0);
      const told = await toldTo(acme);
      expect(told.map(({ type, data }) => `${type} ${data.status}`).sort()).toEqual([
        'onboarding.ended cancelled',
        'onboarding.ended expired',
        'onboarding.ended incomplete',
      ]);
      expect(told.at(-1)?.data.connections).toMatchObject([
        { outcome: { kind: 'not_done', reason: null } },
        { outcome: { kind: 'not_done', reason: null } },
      ]);
    });

    it('is that a renaming ended them', async () => {
      const acme = await listener();
      await createUserStore(database.db).seen(ada, null);
      const { id } = await onboarded(acme);
      await database.db
        .transaction()
        .execute((within) => renamePerson(within, ada, 'ada.king@example.com', Date.now()));
      expect(await toldTo(acme)).toMatchObject([
        { type: 'onboarding.ended', data: { identifier: ada, session_id: id, connections: null } },
      ]);
    });
  });

  describe('of users who are erased', () => {
    const person = () =>
      createPersonStore(
        database.db,
        createTombstones(database.db, ['a secret of the tests that is long enough']),
      );
    const erase = (identifier = ada, at = Date.now()) => person().erase(identifier, 'erased-1', at);

    it('is only that, to everybody who may know of them, and the rest is purged', async () => {
      const [acme, watching, other] = [await listener(), await statusListener(), await listener()];
      await onboarded(acme);
      await seen('active', start);
      await seen('active', start, bob);
      const before = (await toldTo(watching)).filter(({ data }) => data.identifier === ada);
      await erase();
      const told = (await toldTo(watching)).filter(({ data }) => data.identifier === ada);
      expect(told).toMatchObject([{ type: 'user.erased', data: { identifier: ada } }]);
      expect(told[0]?.sequence).toBeGreaterThan(before.at(-1)?.sequence ?? Infinity);
      expect(await typesTo(acme)).toEqual(['user.erased']);
      expect(await toldTo(other)).toEqual([]);
      expect((await toldTo(watching)).map(({ data }) => data.identifier)).toContain(bob);
    });

    it('is kept while it is not delivered, whatever is erased again', async () => {
      const watching = await statusListener();
      await erase();
      await database.db.updateTable('clientDeliveries').set({ failedAt: 1 }).execute();
      await erase();
      expect(await typesTo(watching)).toEqual(['user.erased', 'user.erased']);
      expect(await rows()).toMatchObject([
        { identifier: ada, purgedWhenDelivered: 1 },
        { identifier: ada, purgedWhenDelivered: 1 },
      ]);
    });

    it('leaves what was delivered of users who are gone by themselves to be forgotten, and tells the rest', async () => {
      await statusListener();
      await seen('active', start);
      await database.db.updateTable('clientDeliveries').set({ deliveredAt: 1 }).execute();
      await seen('expired', start + second);
      await person().forget(ada);
      expect((await rows()).map(({ type, purgedWhenDelivered }) => [type, purgedWhenDelivered])).toEqual([
        ['connection.needs_user', 1],
        ['connection.disconnected', 1],
      ]);
    });
  });

  it('is tried for three days', async () => {
    await statusListener();
    await seen('active', start);
    const [row] = await rows();
    expect(row?.givenUpAt).toBe((row?.createdAt ?? 0) + triedForMs);
    expect(row).toMatchObject({ tries: 0, nextTryAt: row?.createdAt, deliveredAt: null, failedAt: null });
  });
});
