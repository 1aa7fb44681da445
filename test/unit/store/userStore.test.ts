import { createUserStore } from '../../../server/store/userStore.js';
import { termOf, termsOf } from '../../../server/store/userTerms.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

const ada = 'ada@example.com';

describe('what a user is found by', () => {
  it('is the identifier, the name from each word on, and the address, in one form', () => {
    expect(termsOf('Ada@Example.com', ' Ada  King Lovelace ', 'ada@example.com')).toEqual([
      'ada@example.com',
      'ada king lovelace',
      'king lovelace',
      'lovelace',
    ]);
    expect(termOf('ＡＤＡ ﬁne\u00a0Name')).toBe('ada fine name');
    expect(termOf('E\u0301milie')).toBe(termOf('émilie'));
  });

  it('is short enough for an index, and never blank', () => {
    expect(termsOf('u1', '\0 ', '')).toEqual(['u1']);
    const terms = termsOf('u1', 'word '.repeat(500), null);
    expect(terms.length).toBeLessThan(12);
    expect(Math.max(...terms.map((term) => term.length))).toBeLessThanOrEqual(200);
  });
});

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  it('finds a user by what the latest sign-in told, and by nothing older', async () => {
    const users = createUserStore(database.db);
    await users.seen(ada, 'Ada King', 'ada@old.example');
    await users.seen(ada, 'Ada Lovelace', 'ada@new.example');
    const terms = await database.db.selectFrom('userTerms').selectAll().orderBy('term').execute();
    expect(terms.map(({ term }) => term)).toEqual(['ada lovelace', ada, 'ada@new.example', 'lovelace']);
    expect(new Set(terms.map(({ identifier }) => identifier))).toEqual(new Set([ada]));
  });

  it('takes sign-ins of one user at the same time', async () => {
    const users = createUserStore(database.db);
    await Promise.all(Array.from({ length: 5 }, () => users.seen(ada, 'Ada', null)));
    const rows = await database.db.selectFrom('users').selectAll().execute();
    expect(rows).toMatchObject([{ identifier: ada, displayName: 'Ada' }]);
  });
});
