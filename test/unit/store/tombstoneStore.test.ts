import { createTombstones, type News } from '../../../server/store/tombstoneStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

const secret = 'a secret of the tests that is long enough';
const other = 'another secret of the tests, long enough';
const day = 24 * 3_600_000;

describe.each(databaseKinds)('tombstones on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  const tombstones = (...secrets: string[]) => createTombstones(database.db, secrets);
  const rows = () => database.db.selectFrom('tombstones').selectAll().execute();

  it('keep news away that is as of the erasure or before it, and no other', async () => {
    const stones = tombstones(secret);
    await stones.put('ada', 1000);
    const news: (News | null)[] = [
      { identifier: 'ada', asOf: 999 },
      { identifier: 'ada', asOf: 1000 },
      { identifier: 'ada', asOf: null },
      { identifier: 'ada', asOf: 1001 },
      { identifier: 'Ada', asOf: 1 },
      { identifier: 'bob', asOf: null },
      null,
    ];
    expect(await stones.spared(news, (one) => one)).toEqual(news.slice(3));
  });

  it('look at thousands of people at once', async () => {
    const stones = tombstones(secret, other);
    await stones.put('user 1999', 1000);
    const people = Array.from({ length: 2000 }, (_, index) => ({ identifier: `user ${index}`, asOf: 1 }));
    expect(await stones.spared(people, (one) => one)).toEqual(people.slice(0, 1999));
  });

  it('tell nobody who it was, not even by trying identifiers', async () => {
    await tombstones(secret).put('ada', 1000);
    await tombstones(other).put('ada', 1000);
    const [one, two] = await rows();
    expect(JSON.stringify([one, two])).not.toContain('ada');
    expect(one?.identifierHash).not.toBe(two?.identifierHash);
  });

  it('are found after the secret was replaced, as long as the old one is named', async () => {
    await tombstones(other).put('ada', 1000);
    const news = { identifier: 'ada', asOf: 1 };
    expect(await tombstones(secret, other).covers(news)).toBe(true);
    expect(await tombstones(secret).covers(news)).toBe(false);
  });

  it('say of whom nothing is known since', async () => {
    const stones = tombstones(secret);
    expect(await stones.isGone('ada')).toBe(false);
    await stones.put('ada', 1000);
    expect(await stones.isGone('ada')).toBe(true);
    await database.db.insertInto('users').values({ identifier: 'ada', firstSeenAt: 2000 }).execute();
    expect(await stones.isGone('ada')).toBe(false);
  });

  it('go when no news can be so old any more', async () => {
    const stones = tombstones(secret);
    await stones.put('ada', 1000);
    await stones.tidy(1000 + 90 * day);
    expect(await rows()).toHaveLength(1);
    await stones.tidy(1001 + 90 * day);
    expect(await rows()).toEqual([]);
  });
});
