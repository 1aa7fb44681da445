import { countUsers } from '../../../../server/directory/users/userCount.js';
import { everyone, type UserFilter } from '../../../../server/directory/users/userFilter.js';
import { createUserQueryStore } from '../../../../server/directory/users/userQueryStore.js';
import { createLogger } from '../../../../server/http/logging.js';
import type { InvitationRequest } from '../../../../server/notify/invitations.js';
import { createMailingRunner } from '../../../../server/notify/mailings/mailingRunner.js';
import { createMailingStore, type MailingStore } from '../../../../server/notify/mailings/mailingStore.js';
import { createOutboxStore } from '../../../../server/notify/outboxStore.js';
import type { Database } from '../../../../server/store/database/database.js';
import { createLocks } from '../../../../server/store/locks.js';
import { createTombstones } from '../../../../server/store/tombstoneStore.js';
import { deferred } from '../../../support/callScript.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, silent, type TempDatabase } from '../../tempDatabase.js';
import { addMail } from '../mails.js';

const logger = createLogger('silent');
const gmailExpired: UserFilter = { ...everyone, connection: 'gmail', state: 'expired' };
const nameOf = (index: number) => `user-${String(index).padStart(4, '0')}`;

describe.each(databaseKinds)('mailings on %s', (kind) => {
  let database: TempDatabase;
  let store: MailingStore;
  let asked: InvitationRequest[];
  /** What becomes of the next requests. */
  let invite: (request: InvitationRequest) => Promise<'queued' | 'declined'>;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    store = createMailingStore(database.db);
    asked = [];
    invite = async () => 'queued';
  });

  afterEach(() => database.close());

  async function addUsers(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const identifier = nameOf(index);
      await database.db
        .insertInto('users')
        .values({ identifier, displayName: null, email: null, firstSeenAt: 1 })
        .execute();
      const state = index % 2 === 0 ? 'expired' : 'active';
      const account = { identifier, connectionName: 'gmail', accountId: `ca_${index}`, state };
      await database.db
        .insertInto('directoryAccounts')
        .values({ ...account, since: 1, stuckSince: 1, seenAt: 1, reconnectRequired: 0 })
        .execute();
    }
  }

  const create = (id: string, filter = gmailExpired) =>
    store.create({
      id,
      connectionName: 'gmail',
      filter,
      users: 2,
      createdAt: Date.now(),
      createdBy: 'user:kat',
    });

  function runnerOn({ db, presence }: Database, leaseMs = 30_000, dueAtMost = 500) {
    return createMailingRunner(
      {
        store: createMailingStore(db),
        users: createUserQueryStore(db),
        invitations: {
          async inviteByMail(request) {
            asked.push(request);
            return invite(request);
          },
        },
        outbox: createOutboxStore(db),
        tombstones: createTombstones(db, ['a secret']),
        lease: createLocks({ db, presence, logger: silent }, { leaseMs }).lease('mailings'),
        logger,
      },
      { pauseMs: 0, dueAtMost },
    );
  }

  const statusOf = async (id: string) => (await store.find(id))?.status;

  it('is made once of one form, and finds its users over several pages, each once', async () => {
    await addUsers(120);
    expect(await countUsers(database.db, gmailExpired, 1000)).toBe(60);
    expect(await countUsers(database.db, gmailExpired, 7)).toBe(7);
    expect(await countUsers(database.db, everyone, 1000)).toBe(120);
    expect([await create('one'), await create('one')]).toEqual([true, false]);
    expect(await statusOf('one')).toBe('waiting');
    invite = async ({ identifier }) => (identifier === nameOf(2) ? 'declined' : 'queued');
    await runnerOn(database).look();
    expect(asked.map(({ identifier }) => identifier)).toEqual(
      Array.from({ length: 60 }, (_, index) => nameOf(2 * index)),
    );
    expect(asked[0]).toEqual({
      identifier: nameOf(0),
      connectionName: 'gmail',
      state: 'expired',
      requestedBy: 'user:kat',
      key: 'one',
    });
    expect(await statusOf('one')).toBe('done');
    expect(await store.counts('one')).toEqual({ queued: 59, declined: 1 });
  });

  it('gives its results page by page, of one outcome or of all', async () => {
    await addUsers(8);
    await create('one');
    invite = async ({ identifier }) => (identifier === nameOf(2) ? 'declined' : 'queued');
    await runnerOn(database).look();
    const results = (outcome: 'queued' | null, after: string) =>
      store.results('one', { outcome, after, limit: 2 });
    expect(await results(null, '')).toEqual([
      { identifier: nameOf(0), outcome: 'queued' },
      { identifier: nameOf(2), outcome: 'declined' },
    ]);
    expect((await results('queued', nameOf(0))).map(({ identifier }) => identifier)).toEqual([
      nameOf(4),
      nameOf(6),
    ]);
    expect(await results(null, nameOf(6))).toEqual([]);
  });

  it('goes one after the other, the oldest first', async () => {
    await addUsers(2);
    await create('one');
    await database.db.updateTable('mailings').set({ createdAt: 1 }).execute();
    await create('two');
    expect((await store.page(null, 5)).map(({ id }) => id)).toEqual(['two', 'one']);
    await runnerOn(database).look();
    expect(asked.map(({ key }) => key)).toEqual(['one', 'two']);
  });

  it('is stopped at once and for good, by one of many who try', async () => {
    await addUsers(120);
    await create('one');
    invite = async ({ identifier }) => {
      if (identifier === nameOf(10)) await store.end('one', 'user:kat');
      return 'queued';
    };
    await runnerOn(database).look();
    expect(asked).toHaveLength(25);
    expect(await statusOf('one')).toBe('stopped');
    expect(await store.end('one', 'user:other')).toBe(false);
    await runnerOn(database).look();
    expect(asked).toHaveLength(25);
  });

  it('runs on one instance at a time', async () => {
    await addUsers(2);
    await create('one');
    const [begun, held] = [deferred(), deferred()];
    invite = async () => {
      begun.resolve();
      await held.promise;
      return 'queued';
    };
    const again = await database.openAgain();
    const first = runnerOn(database).look();
    await begun.promise;
    expect(await statusOf('one')).toBe('running');
    await runnerOn(again).look();
    expect(asked).toHaveLength(1);
    held.resolve();
    await first;
    await again.close();
    expect(await statusOf('one')).toBe('done');
  });

  it('goes on where a killed instance was, and gives nobody up or a second result', async () => {
    await addUsers(120);
    await create('one');
    const begun = deferred();
    const dead = await database.openAgain();
    invite = async ({ identifier }) => {
      if (identifier !== nameOf(70)) return 'queued';
      begun.resolve();
      return new Promise(() => undefined);
    };
    // It holds its lease for a moment, does not come back, and tells nobody.
    void runnerOn(dead, 0).look();
    await begun.promise;
    expect(await statusOf('one')).toBe('running');
    invite = async () => 'queued';
    asked = [];
    const alive = runnerOn(database);
    while ((await statusOf('one')) !== 'done') await alive.look();
    expect(asked[0]?.identifier).toBe(nameOf(50));
    expect(asked.at(-1)?.identifier).toBe(nameOf(118));
    expect(await store.counts('one')).toEqual({ queued: 60 });
    await dead.close();
  });

  it('keeps nothing of who is erased meanwhile, nor where it ended', async () => {
    await addUsers(6);
    await create('one');
    invite = async ({ identifier }) => {
      if (identifier === nameOf(4))
        await createTombstones(database.db, ['a secret']).put(identifier, Date.now());
      return 'queued';
    };
    await runnerOn(database).look();
    const results = await store.results('one', { outcome: null, after: '', limit: 10 });
    expect(results.map(({ identifier }) => identifier)).toEqual([nameOf(0), nameOf(2)]);
    await create('two');
    await store.goOn('two', { stream: 0, place: null, identifier: nameOf(4) }, 1);
    await store.end('two', null);
    expect((await store.find('two'))?.place).toBeNull();
  });

  it('counts those that it went through when it ends', async () => {
    await addUsers(60);
    await create('one');
    await runnerOn(database).look();
    expect(await store.find('one')).toMatchObject({ status: 'done', users: 2, goneThrough: 30 });
  });

  it('waits while the outbox is crowded, and keeps its place', async () => {
    await addUsers(2);
    await create('one');
    const mail = await addMail(database.db);
    const runner = runnerOn(database, 30_000, 1);
    runner.start();
    await new Promise(setImmediate);
    await runner.stop();
    expect(asked).toEqual([]);
    expect(await statusOf('one')).toBe('waiting');
    await createOutboxStore(database.db).markSent(mail.id);
    await runnerOn(database, 30_000, 1).look();
    expect(await statusOf('one')).toBe('done');
  });
});
