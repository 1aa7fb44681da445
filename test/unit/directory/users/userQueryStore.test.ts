import { accountStates } from '../../../../server/accounts/states.js';
import {
  everyone,
  latestStuck,
  type StuckSpan,
  sortFor,
  sortsOf,
  type UserFilter,
  type UserSort,
} from '../../../../server/directory/users/userFilter.js';
import type { UserKey } from '../../../../server/directory/users/userKey.js';
import {
  createUserQueryStore,
  type DirectoryAccount,
  type DirectoryUser,
  type UserQueryStore,
} from '../../../../server/directory/users/userQueryStore.js';
import { termOf, termsOf } from '../../../../server/store/userTerms.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { connectionNames, oddUsers, seedDirectory } from '../../../support/seedDirectory.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';

const connections = connectionNames(5);
const [tool = ''] = connections;
const hourMs = 3_600_000;

const filters: [string, Partial<UserFilter>][] = [
  ['everybody', {}],
  ['a search', { q: 'Ada' }],
  ['a search for a later word of a name', { q: 'love' }],
  ['a search that nobody fits', { q: 'nobody at all' }],
  ['a connection', { connection: tool }],
  ...accountStates.map((state): [string, Partial<UserFilter>] => [`the state ${state}`, { state }]),
  ...accountStates.map((state): [string, Partial<UserFilter>] => [
    `the state ${state} of a connection`,
    { state, connection: tool },
  ]),
  ['those stuck for long', { stuck: '7d' }],
  ['those stuck at all on a connection', { stuck: 'any', connection: tool }],
  ['those stuck for long on a connection', { stuck: '1d', connection: tool }],
  ['those stuck for long in a state', { stuck: '1d', state: 'expired' }],
  ['those stuck for long in a state of a connection', { stuck: '1h', state: 'pending', connection: tool }],
  ['a search, a connection and a state', { q: 'a', connection: tool, state: 'active' }],
  ['a search and a span', { q: 'a', stuck: '30d' }],
  ['a search for those not connected', { q: 'a', connection: tool, state: 'not_connected' }],
  ['a connection that is not there', { connection: 'gone' }],
];

function fitsAccount({ connection, state, stuck }: UserFilter, account: DirectoryAccount): boolean {
  if (connection !== null && account.connectionName !== connection) return false;
  if (state !== null && state !== 'not_connected' && account.state !== state) return false;
  if (stuck === null || state === 'not_connected') return true;
  return account.stuckSince !== null && account.stuckSince <= latestStuck(stuck, Date.now());
}

/** What a filter means, told without a database. */
function fits(filter: UserFilter, user: DirectoryUser): boolean {
  const { q, connection, state, stuck } = filter;
  const terms = termsOf(user.identifier, user.displayName, user.email);
  if (q !== null && !terms.some((term) => term.startsWith(termOf(q)))) return false;
  if (connection === null && state === null && stuck === null) return true;
  return (
    [...user.accounts.values()].some((account) => fitsAccount(filter, account)) !==
    (state === 'not_connected')
  );
}

const bytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

describe.each(databaseKinds)('users by filter, on %s', (kind) => {
  let database: TempDatabase;
  let store: UserQueryStore;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    store = createUserQueryStore(database.db);
  });

  afterEach(() => database.close());

  const page = (
    filter: Partial<UserFilter>,
    start: { after?: UserKey; before?: UserKey } = {},
    size = 50,
  ) => {
    const whole = { ...everyone, ...filter };
    const sort = sortFor(whole, null);
    return store.page({ filter: whole, sort, start: { after: null, before: null, ...start }, size });
  };

  async function allOf(filter: UserFilter, sort: UserSort, size = 40): Promise<DirectoryUser[]> {
    const all: DirectoryUser[] = [];
    for await (const users of store.pages(filter, sort, size)) all.push(...users);
    return all;
  }

  const idsOf = (users: readonly DirectoryUser[]) => users.map(({ identifier }) => identifier);

  async function addUser(identifier: string, changes: Record<string, number | string | null> = {}) {
    const row = { identifier, displayName: null, email: null, firstSeenAt: 1, lastSeenAt: null };
    await database.db
      .insertInto('users')
      .values({ ...row, mailDeclinedAt: null, stuckSince: null, ...changes })
      .execute();
    const terms = termsOf(identifier, (changes.displayName as string | undefined) ?? null, null);
    await database.db
      .insertInto('userTerms')
      .values(terms.map((term) => ({ term, identifier })))
      .execute();
  }

  it('gives those whom a filter means, each once, in every combination', async () => {
    await seedDirectory(database.db, { users: 300, connections, accountsPerUser: 3 });
    await addUser('without-any@example.com');
    const users = await allOf(everyone, 'identifier');
    expect(users).toHaveLength(301);
    expect(idsOf(users)).toEqual(idsOf(users).sort(bytes));
    for (const [name, narrowed] of filters) {
      const filter = { ...everyone, ...narrowed };
      const found = idsOf(await allOf(filter, sortFor(filter, null), 7));
      const meant = idsOf(users.filter((user) => fits(filter, user)));
      expect({ name, found: [...found].sort(bytes) }).toEqual({ name, found: meant });
    }
  });

  it('orders by what is asked for, and leaves nobody out who has no such time', async () => {
    await addUser('b', { lastSeenAt: 10, stuckSince: 7 });
    await addUser('a', { lastSeenAt: 10, stuckSince: 7 });
    await addUser('c', { lastSeenAt: 30 });
    await addUser('d', { stuckSince: 3 });
    await addUser('e');
    expect(idsOf(await allOf(everyone, 'last_seen', 2))).toEqual(['c', 'b', 'a', 'e', 'd']);
    expect(idsOf(await allOf(everyone, 'stuck', 2))).toEqual(['d', 'a', 'b', 'c', 'e']);
    expect(idsOf(await allOf(everyone, 'identifier', 2))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('goes back over the same pages that it went forth, in every order', async () => {
    await seedDirectory(database.db, { users: 60, connections, accountsPerUser: 3 });
    for (const sort of sortsOf(everyone)) {
      const query = { filter: everyone, sort, size: 13 };
      const forth = [await store.page({ ...query, start: { after: null, before: null } })];
      for (let last = forth.at(-1); last?.after; last = forth.at(-1)) {
        forth.push(await store.page({ ...query, start: { after: last.after, before: null } }));
      }
      expect(forth.map(({ users }) => users.length)).toEqual([13, 13, 13, 13, 8]);
      expect(forth[0]?.before).toBeNull();
      let back = forth.at(-1);
      for (const same of forth.slice(0, -1).reverse()) {
        back = await store.page({ ...query, start: { after: null, before: back?.before ?? null } });
        expect(idsOf(back.users)).toEqual(idsOf(same.users));
      }
    }
  });

  it('skips nobody and shows nobody twice while others come, go and change', async () => {
    for (const name of ['b', 'd', 'f', 'h', 'j']) await addUser(name);
    const first = await page({}, {}, 2);
    expect(idsOf(first.users)).toEqual(['b', 'd']);
    await addUser('a');
    await addUser('e');
    await database.db.deleteFrom('users').where('identifier', 'in', ['d', 'f']).execute();
    const second = await page({}, { after: first.after as UserKey }, 2);
    expect(idsOf(second.users)).toEqual(['e', 'h']);
    const back = await page({}, { before: second.before as UserKey }, 2);
    expect(idsOf(back.users)).toEqual(['a', 'b']);
    await database.db.deleteFrom('users').execute();
    const gone = await page({}, { after: second.after as UserKey }, 2);
    expect(gone.users).toEqual([]);
    expect(gone.before).toEqual(second.after);
  });

  it('finds by the beginning of what is searched, whatever it is made of', async () => {
    await seedDirectory(database.db, { users: oddUsers.length, connections, accountsPerUser: 1 });
    await addUser('100%_sure', { displayName: 'Zoë Ångström' });
    await addUser('100 sure');
    const found = async (q: string) => idsOf((await page({ q })).users);
    expect(await found('=CMD')).toEqual(['=cmd()']);
    expect(await found('100%')).toEqual(['100%_sure']);
    expect(await found('100_')).toEqual([]);
    expect(await found('zoë åNG')).toEqual(['100%_sure']);
    expect(await found('ångs')).toEqual(['100%_sure']);
    expect(await found('👩')).toEqual(['👩‍🚀']);
    expect(await found('דנה')).toEqual(['עברית@example.com']);
    expect(await found('לוי')).toEqual(['עברית@example.com']);
    expect(await found("' or 1=1 --")).toEqual([]);
    expect(await found('comma, "quote')).toEqual(['+1 555 0100']);
  });

  it('stops after some thousands that do not fit, and goes on from there in both directions', async () => {
    const names = Array.from({ length: 9000 }, (_, index) => `user-${String(index).padStart(5, '0')}`);
    const rows = names.map((identifier) => ({ identifier, firstSeenAt: 1 }));
    for (let from = 0; from < rows.length; from += 1000) {
      await database.db
        .insertInto('users')
        .values(rows.slice(from, from + 1000))
        .execute();
      const accounts = names
        .slice(from, from + 1000)
        .filter((name) => name !== 'user-08500' && name !== 'user-00001');
      await database.db
        .insertInto('directoryAccounts')
        .values(
          accounts.map((identifier) => ({
            identifier,
            connectionName: tool,
            accountId: identifier,
            state: 'active',
            since: 1,
            seenAt: 1,
          })),
        )
        .execute();
    }
    const filter = { connection: tool, state: 'not_connected' } as const;
    const first = await page(filter);
    expect(idsOf(first.users)).toEqual(['user-00001']);
    expect(first.cutShort).toBe(true);
    const second = await page(filter, { after: first.after as UserKey });
    expect(idsOf(second.users)).toEqual(['user-08500']);
    expect(second).toMatchObject({ cutShort: false, after: null });
    const back = await page(filter, { before: second.before as UserKey });
    expect(back).toMatchObject({ users: [], cutShort: true, after: second.before });
    expect(idsOf(await allOf({ ...everyone, ...filter }, 'identifier'))).toEqual([
      'user-00001',
      'user-08500',
    ]);
  });

  it('gives each user with all their accounts, whatever the filter', async () => {
    const now = Date.now();
    await seedDirectory(database.db, { users: 30, connections, accountsPerUser: 4, now });
    const { users } = await page({ connection: tool, state: 'active' });
    expect(users.length).toBeGreaterThan(3);
    for (const user of users) expect(user.accounts.size).toBe(4);
    const [account] = users[0]?.accounts.values() ?? [];
    expect(account).toMatchObject({ since: expect.any(Number), seenAt: now });
  });

  it('knows one user, one of whom only an account is known, and nobody else', async () => {
    await addUser('ada', { displayName: 'Ada', email: 'ada@example.com', lastSeenAt: 5 });
    const account = {
      connectionName: tool,
      accountId: 'x',
      state: 'of-a-later-version',
      since: 1,
      seenAt: 2,
    };
    await database.db
      .insertInto('directoryAccounts')
      .values({ identifier: 'bob', ...account })
      .execute();
    expect(await store.user('ada')).toMatchObject({
      displayName: 'Ada',
      email: 'ada@example.com',
      lastSeenAt: 5,
    });
    const bob = await store.user('bob');
    expect(bob).toMatchObject({ firstSeenAt: null });
    expect(bob?.accounts.get(tool)?.state).toBe('unknown');
    expect(await store.user('Ada')).toBeNull();
  });

  it('takes no key of another order', async () => {
    const byName = { stream: 0, place: null, identifier: 'a' };
    const byTime = { stream: 0, place: hourMs, identifier: 'a' };
    const stuck = { ...everyone, stuck: '1h' as StuckSpan };
    expect(store.isKeyOf(everyone, 'identifier', byName)).toBe(true);
    expect(store.isKeyOf(everyone, 'identifier', byTime)).toBe(false);
    expect(store.isKeyOf(everyone, 'last_seen', byTime)).toBe(true);
    expect(store.isKeyOf(everyone, 'last_seen', { ...byName, stream: 1 })).toBe(true);
    expect(store.isKeyOf(everyone, 'last_seen', byName)).toBe(false);
    expect(store.isKeyOf(stuck, 'stuck', { ...byTime, place: 'text' })).toBe(false);
    expect(store.isKeyOf(stuck, 'stuck', { ...byTime, stream: 7 })).toBe(false);
    expect(store.isKeyOf(stuck, 'stuck', { ...byTime, stream: -1 })).toBe(false);
  });
});
