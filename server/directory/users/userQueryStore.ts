import type { Selectable } from 'kysely';
import { type AccountState, stateTable } from '../../accounts/states.js';
import type { Db, DirectoryAccountsTable, UsersTable } from '../../store/database/schema.js';
import type { UserFilter, UserSort } from './userFilter.js';
import type { UserKey } from './userKey.js';
import { planOf, type UserPlan } from './userStreamStore.js';
import { isKeyOf, walk } from './userWalkStore.js';

/** An account as the directory knows it. Times are epoch milliseconds. */
export interface DirectoryAccount {
  readonly connectionName: string;
  readonly state: AccountState;
  readonly since: number;
  /** Since when it needs its user, or null. */
  readonly stuckSince: number | null;
  readonly authorizedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly tokenExpiresAt: number | null;
  /** How often in a row it expired within two weeks of being connected. */
  readonly expiredTimes: number;
  /** When the newest read that showed it began. */
  readonly seenAt: number;
}

/** A user with all their accounts. Times are epoch milliseconds. */
export interface DirectoryUser {
  readonly identifier: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly firstSeenAt: number | null;
  /** Null when they never signed in. */
  readonly lastSeenAt: number | null;
  readonly stuckSince: number | null;
  /** By the connection's name. */
  readonly accounts: ReadonlyMap<string, DirectoryAccount>;
}

/** Where a page begins: after a key, before one, or at the start. */
export interface PageStart {
  readonly after: UserKey | null;
  readonly before: UserKey | null;
}

export interface UserPageQuery {
  readonly filter: UserFilter;
  /** One of those that `sortsOf` gives for the filter. */
  readonly sort: UserSort;
  readonly start: PageStart;
  /** How many users a page has room for. */
  readonly size: number;
}

export interface UserPage {
  readonly users: readonly DirectoryUser[];
  /** Before and after which keys the pages next to it are; null where there is none. */
  readonly before: UserKey | null;
  readonly after: UserKey | null;
  /** There may be more users between this page and the next, since looking further at once would take too long. */
  readonly cutShort: boolean;
}

export interface AccountCount {
  readonly connectionName: string;
  readonly state: string;
  readonly accounts: number;
}

export interface UserCounts {
  readonly users: number;
  /** Those with an account that needs them. */
  readonly stuck: number;
}

const countedForMs = 60_000;

const isState = (state: string): state is AccountState => Object.hasOwn(stateTable, state);

/** No more than is shown: a page has hundreds of accounts, an export has all. */
const columnsOfUser = [
  'identifier',
  'displayName',
  'email',
  'firstSeenAt',
  'lastSeenAt',
  'stuckSince',
] as const satisfies (keyof UsersTable)[];
const columnsOfAccount = [
  'identifier',
  'connectionName',
  'state',
  'since',
  'stuckSince',
  'authorizedAt',
  'lastUsedAt',
  'tokenExpiresAt',
  'expiredTimes',
  'seenAt',
] as const satisfies (keyof DirectoryAccountsTable)[];

type AccountRow = Pick<Selectable<DirectoryAccountsTable>, (typeof columnsOfAccount)[number]>;

const toAccount = ({ identifier: _, state, ...row }: AccountRow): DirectoryAccount => ({
  ...row,
  state: isState(state) ? state : 'unknown',
});

/** What the directory knows of some users, in the order of their identifiers here. */
async function readUsers(db: Db, identifiers: readonly string[]): Promise<DirectoryUser[]> {
  if (identifiers.length === 0) return [];
  const [users, accounts] = await Promise.all([
    db.selectFrom('users').select(columnsOfUser).where('identifier', 'in', identifiers).execute(),
    db
      .selectFrom('directoryAccounts')
      .select(columnsOfAccount)
      .where('identifier', 'in', identifiers)
      .execute(),
  ]);
  const known = new Map(users.map((row) => [row.identifier, row]));
  const theirs = new Map(identifiers.map((identifier) => [identifier, new Map<string, DirectoryAccount>()]));
  for (const row of accounts) theirs.get(row.identifier)?.set(row.connectionName, toAccount(row));
  return [...theirs].map(([identifier, accountsOfUser]) => {
    const row = known.get(identifier);
    return {
      identifier,
      displayName: row?.displayName ?? null,
      email: row?.email ?? null,
      firstSeenAt: row?.firstSeenAt ?? null,
      lastSeenAt: row?.lastSeenAt ?? null,
      stuckSince: row?.stuckSince ?? null,
      accounts: accountsOfUser,
    };
  });
}

/** The page that a walk forwards makes. */
async function pageAfter(db: Db, plan: UserPlan, after: UserKey | null, size: number) {
  const { keys, stoppedAt } = await walk(db, plan, { from: after, backwards: false, limit: size + 1 });
  const shown = keys.slice(0, size);
  return {
    keys: shown,
    before: after === null ? null : (shown[0] ?? after),
    after: keys.length > size ? (shown.at(-1) ?? null) : stoppedAt,
    cutShort: stoppedAt !== null,
  };
}

/** The page that a walk backwards makes; at the start it is the first one, so that it is full. */
async function pageBefore(db: Db, plan: UserPlan, before: UserKey, size: number) {
  const { keys, stoppedAt } = await walk(db, plan, { from: before, backwards: true, limit: size + 1 });
  if (keys.length <= size && stoppedAt === null) return pageAfter(db, plan, null, size);
  const shown = keys.slice(0, size).reverse();
  return {
    keys: shown,
    before: keys.length > size ? (shown[0] ?? null) : stoppedAt,
    after: shown.at(-1) ?? before,
    cutShort: stoppedAt !== null,
  };
}

/** The directory as admins look at it: users by filter, each with all their accounts. */
export function createUserQueryStore(db: Db) {
  let counted = { users: 0, stuck: 0, at: Number.NEGATIVE_INFINITY };
  return {
    /** Whether a key is one of a filter and sort. */
    isKeyOf: (filter: UserFilter, sort: UserSort, key: UserKey): boolean =>
      isKeyOf(planOf(db, filter, sort, 0), key),

    /** One page of users. Only users who changed may move to another page. */
    async page({ filter, sort, start, size }: UserPageQuery): Promise<UserPage> {
      const plan = planOf(db, filter, sort, Date.now());
      const { keys, ...around } = await (start.before === null
        ? pageAfter(db, plan, start.after, size)
        : pageBefore(db, plan, start.before, size));
      const identifiers = keys.map(({ identifier }) => identifier);
      return { users: await readUsers(db, identifiers), ...around };
    },

    /** All users of a filter, page by page. Each page is read when it is asked for. */
    async *pages(filter: UserFilter, sort: UserSort, size: number): AsyncGenerator<readonly DirectoryUser[]> {
      const plan = planOf(db, filter, sort, Date.now());
      let after: UserKey | null = null;
      do {
        const page: Awaited<ReturnType<typeof pageAfter>> = await pageAfter(db, plan, after, size);
        const identifiers = page.keys.map(({ identifier }) => identifier);
        yield await readUsers(db, identifiers);
        after = page.after;
      } while (after !== null);
    },

    /** One user, or null when neither they nor an account of theirs is known. */
    async user(identifier: string): Promise<DirectoryUser | null> {
      const [user] = await readUsers(db, [identifier]);
      const isKnown = user !== undefined && (user.firstSeenAt !== null || user.accounts.size > 0);
      return isKnown ? user : null;
    },

    /** How many users the app knows, and how many of them are stuck, up to a minute ago. */
    async countUsers(): Promise<UserCounts> {
      if (Date.now() - counted.at < countedForMs) return counted;
      const all = db.selectFrom('users').select((user) => user.fn.countAll<number>().as('users'));
      const [users, stuck] = await Promise.all([
        all.executeTakeFirst(),
        all.where('stuckSince', 'is not', null).executeTakeFirst(),
      ]);
      counted = { users: Number(users?.users ?? 0), stuck: Number(stuck?.users ?? 0), at: Date.now() };
      return counted;
    },

    /** How many accounts of each connection are in which state. */
    countAccounts: (): Promise<AccountCount[]> =>
      db.selectFrom('directoryCounts').selectAll().where('accounts', '>', 0).execute(),
  };
}

export type UserQueryStore = ReturnType<typeof createUserQueryStore>;
