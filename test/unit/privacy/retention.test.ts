import type { RetentionSettings } from '../../../server/config/config.js';
import { createLogger } from '../../../server/http/logging.js';
import { createPersonStore } from '../../../server/privacy/personStore.js';
import { createRetention } from '../../../server/privacy/retention.js';
import type { Database } from '../../../server/store/database/database.js';
import { createLocks } from '../../../server/store/locks.js';
import { createTombstones } from '../../../server/store/tombstoneStore.js';
import { createUserStore } from '../../../server/store/userStore.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, silent, type TempDatabase } from '../tempDatabase.js';

const day = 24 * 3_600_000;
const start = 1_800_000_000_000;
const kept: RetentionSettings = { eventsMs: 400 * day, usersMs: 400 * day };

describe.each(databaseKinds)('the daily job on %s', (kind) => {
  let database: TempDatabase;
  let now = start;

  beforeEach(async () => {
    now = start;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    database = await openTempDatabase(kind);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
  });

  function jobOn({ db, presence }: Pick<Database, 'db' | 'presence'>, settings = kept) {
    const locks = createLocks({ db, presence, logger: silent });
    const tombstones = createTombstones(db, ['a secret of the tests that is long enough']);
    const person = createPersonStore(db, tombstones);
    return createRetention({ db, locks, person, tombstones, settings, logger: createLogger('silent') });
  }

  async function addEvents(count: number, at: number): Promise<void> {
    const rows = Array.from({ length: count }, (_, index) => ({ id: `${at} ${index}`, at, type: 'x' }));
    await database.db.insertInto('auditEvents').values(rows).execute();
  }

  const addSync = (startedAt: number, fault: string | null = null) =>
    database.db
      .insertInto('directorySyncs')
      .values({ id: String(startedAt), startedAt, finishedAt: startedAt + 1, fault })
      .execute();

  const events = async () =>
    (await database.db.selectFrom('auditEvents').select('at').execute()).map(({ at }) => at);

  const users = async () =>
    (await database.db.selectFrom('users').select('identifier').orderBy('identifier').execute()).map(
      ({ identifier }) => identifier,
    );

  it('deletes the events that are older than they may get, in pieces, and no other', async () => {
    await addEvents(1203, start - 400 * day - 1);
    await addEvents(2, start - 400 * day);
    await jobOn(database).look();
    expect(await events()).toEqual([start - 400 * day, start - 400 * day]);
  });

  it('works once a day, on whichever instance, and after a restart too', async () => {
    await jobOn(database).look();
    await addEvents(1, start - 500 * day);
    now += day - 1;
    await jobOn(database).look();
    expect(await events()).toHaveLength(1);
    now += 1;
    await jobOn(database).look();
    expect(await events()).toEqual([]);
  });

  it('is left to the instance that leads', async () => {
    await addEvents(1, start - 500 * day);
    const lease = createLocks({ ...database, logger: silent }).lease('retention');
    expect(await lease.hold()).toBe(true);
    await jobOn(database).look();
    expect(await events()).toHaveLength(1);
    await lease.release();
    await jobOn(database).look();
    expect(await events()).toEqual([]);
  });

  it('keeps everything where it is told to', async () => {
    await addEvents(1, 1);
    now = 1;
    await createUserStore(database.db).seen('ada', null);
    now = start;
    await addSync(start - day);
    await jobOn(database, { eventsMs: null, usersMs: null }).look();
    expect([await events(), await users()]).toEqual([[1], ['ada']]);
  });

  it('forgets the users who did not sign in for long and have no account, with all that was theirs', async () => {
    const store = createUserStore(database.db);
    for (const gone of ['ada', 'with an account', 'signed in']) await store.seen(gone, 'Ada Lovelace');
    const { db } = database;
    await db.insertInto('users').values({ identifier: 'never seen', firstSeenAt: start }).execute();
    now += 399 * day;
    await store.seen('bob', null);
    now += 2 * day;
    await db
      .insertInto('directoryAccounts')
      .values({
        identifier: 'with an account',
        connectionName: 'gmail',
        accountId: 'ca_1',
        state: 'expired',
        since: 1,
        seenAt: now,
      })
      .execute();
    await db
      .insertInto('sessions')
      .values({ idHash: 'x', data: '{}', expiresAt: now + 1, identifier: 'signed in', createdAt: 1 })
      .execute();
    await addSync(now - 6 * day);
    await jobOn(database).look();
    expect(await users()).toEqual(['bob', 'signed in', 'with an account']);
    const terms = await db
      .selectFrom('userTerms')
      .select('identifier')
      .where('identifier', '=', 'ada')
      .execute();
    expect(terms).toEqual([]);
  });

  it.each([
    ['was never read', null],
    ['was read long ago', [start - 8 * day, null]],
    ['could not be read', [start - day, 'unreachable']],
  ] as const)('forgets nobody while the directory %s: their accounts may be unknown', async (_, sync) => {
    now = start - 500 * day;
    await createUserStore(database.db).seen('ada', null);
    now = start;
    if (sync !== null) await addSync(sync[0], sync[1]);
    await jobOn(database).look();
    expect(await users()).toEqual(['ada']);
  });

  it('goes through many users', async () => {
    const rows = Array.from({ length: 1203 }, (_, index) => ({
      identifier: `user ${String(index).padStart(4, '0')}`,
      firstSeenAt: index % 100 === 0 ? 1 : start,
    }));
    await database.db.insertInto('users').values(rows).execute();
    await addSync(start - day);
    await jobOn(database).look();
    expect(await users()).toHaveLength(1190);
  });

  it('goes on where an instance that died was', async () => {
    await addEvents(700, start - 500 * day);
    const dying = jobOn(database);
    const working = dying.look();
    await dying.stop();
    await working;
    expect((await events()).length).toBeGreaterThan(0);
    await jobOn(database).look();
    expect(await events()).toEqual([]);
  });
});
