import { lastKnownSubject } from '../accounts/list/accountReader.js';
import type { ToldAccount, ToldAccounts } from '../accounts/toldAccount.js';
import { groupBy } from '../kernel/groupBy.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';
import { createGroupWriter } from '../store/groupWriter.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import {
  accountKey,
  changesOf,
  circumstancesOf,
  type DirectoryChange,
  inBatches,
  inDirectoryTurn,
  lightCircumstances,
  rowsOfUser,
  rowsOfUsers,
  touchAfterMs,
  touchRows,
  usersByConnection,
  writeChanges,
} from './directoryChanges.js';
import { areAlike, type DirectoryRow, differ, toAccount, toRow } from './directoryRow.js';

/** Some accounts of one connection, as one read showed them. */
interface SeenPage {
  readonly connectionName: string;
  readonly accounts: readonly ConnectedAccount[];
  readonly readAt: number;
}

interface SeenAccount {
  readonly account: ConnectedAccount;
  readonly readAt: number;
}

/** Rows shift while pages are read, so that an account may come twice, even within a page. The later read counts. */
function newestOfPages(pages: readonly SeenPage[]): SeenAccount[] {
  const newest = new Map<string, SeenAccount>();
  for (const { connectionName, accounts, readAt } of pages) {
    for (const account of accounts) {
      const key = accountKey(account.identifier, connectionName);
      if ((newest.get(key)?.readAt ?? 0) <= readAt) newest.set(key, { account, readAt });
    }
  }
  return [...newest.values()];
}

const newsOfSeen = ({ account, readAt }: SeenAccount) => ({ identifier: account.identifier, asOf: readAt });

async function rowsOfAccounts(
  from: Db,
  accounts: readonly Pick<ConnectedAccount, 'identifier' | 'connectionName'>[],
): Promise<DirectoryRow[]> {
  const rows: DirectoryRow[] = [];
  for (const [name, identifiers] of usersByConnection(accounts)) {
    for (const batch of inBatches(identifiers)) rows.push(...(await rowsOfUsers(from, name, batch)));
  }
  return rows;
}

async function writePages(db: Db, spared: Tombstones['spared'], pages: readonly SeenPage[]): Promise<void> {
  const listed = await spared(newestOfPages(pages), newsOfSeen, db);
  if (listed.length === 0) return;
  const accounts = listed.map(({ account }) => account);
  const rows = await rowsOfAccounts(db, accounts);
  const circumstances = await circumstancesOf(db, accounts, 0);
  const parts = [...groupBy(listed, ({ readAt }) => readAt)].map(([readAt, seen]) => ({
    readAt,
    ...changesOf(
      rows,
      seen.map(({ account }) => account),
      { ...circumstances, readAt },
      false,
    ),
  }));
  await writeChanges(
    db,
    parts.flatMap(({ changes }) => changes),
  );
  for (const { unchanged, readAt } of parts) await touchRows(db, unchanged, readAt);
}

/** Writes pages of connections. Pages that wait at the same time are written together. @returns takes a page */
function createPageWriter(db: Db, spared: Tombstones['spared']): (page: SeenPage) => Promise<void> {
  const write = (pages: readonly SeenPage[]) =>
    inDirectoryTurn(db, (transaction) => writePages(transaction, spared, pages));
  return createGroupWriter(write, { atOnce: 4, longestPauseMs: 20 });
}

interface UserNews extends ToldAccount {
  readonly identifier: string;
}

/** When the accounts of users were last read, by identifier. Users of whom nothing is known are left out. */
async function lastReads(from: Db, identifiers: Iterable<string>): Promise<ReadonlyMap<string, number>> {
  const owners = new Map([...identifiers].map((identifier) => [lastKnownSubject(identifier), identifier]));
  const rows =
    owners.size === 0
      ? []
      : await from
          .selectFrom('lastKnown')
          .select(['subject', 'asOf'])
          .where('subject', 'in', [...owners.keys()])
          .execute();
  return new Map(rows.map(({ subject, asOf }) => [owners.get(subject) ?? '', asOf]));
}

/**
 * Whether what is known is as of later. Several events of one account within a millisecond are told in their order,
 * of which a time in milliseconds says nothing.
 */
const isKnownBetter = (row: DirectoryRow, { accountId, occurredAt }: ToldAccount): boolean =>
  row.accountId === accountId ? row.seenAt > occurredAt : row.seenAt >= occurredAt;

/**
 * The account as an event describes it, or null when the event is not about the present account.
 * @param readAt when the user's accounts were last read
 */
function toldAccount(told: UserNews, row: DirectoryRow | undefined, readAt: number) {
  const { accountId: id, identifier, connectionName, status, occurredAt, lastUsedAt, tokenExpiresAt } = told;
  if (row !== undefined && isKnownBetter(row, told)) return null;
  const base = row?.accountId === id ? toAccount(row) : null;
  if (base === null && (status === null || told.isDeleted)) return null;
  if (row === undefined && readAt >= occurredAt) return null;
  return {
    id,
    identifier,
    connectionName,
    status: status ?? base?.status ?? 'unknown',
    updatedAt: Math.max(base?.updatedAt ?? 0, occurredAt),
    lastUsedAt: lastUsedAt ?? base?.lastUsedAt ?? null,
    tokenExpiresAt: tokenExpiresAt ?? base?.tokenExpiresAt ?? null,
  } satisfies ConnectedAccount;
}

/** What news changes. Of one account there is to be one piece of news at most. */
async function changesOfTold(
  from: Db,
  news: readonly UserNews[],
  circumstancesIn: typeof circumstancesOf,
): Promise<DirectoryChange[]> {
  const keyOf = (one: UserNews | DirectoryRow) => accountKey(one.identifier, one.connectionName);
  const rows = new Map((await rowsOfAccounts(from, news)).map((row) => [keyOf(row), row]));
  const unseen = news.filter((told) => !rows.has(keyOf(told)));
  const reads = await lastReads(from, new Set(unseen.map(({ identifier }) => identifier)));
  const told = news.flatMap((one) => {
    const row = rows.get(keyOf(one));
    const account = toldAccount(one, row, reads.get(one.identifier) ?? 0);
    return account === null ? [] : [{ told: one, row, account }];
  });
  const accounts = told.map(({ account }) => account);
  const circumstances = await circumstancesIn(from, accounts, 0);
  return told.map(({ told: { isDeleted, occurredAt }, row, account }) => ({
    before: row ?? null,
    after: isDeleted ? null : toRow(account, row, { ...circumstances, readAt: occurredAt }),
  }));
}

/** A change that only says that an account was used or refreshed is written at most once a minute. */
const isWorthWriting = ({ before, after }: DirectoryChange): boolean =>
  before === null ||
  after === null ||
  !areAlike(before, after) ||
  after.seenAt - before.seenAt > touchAfterMs;

const newsOf = ({ identifier, occurredAt }: UserNews) => ({ identifier, asOf: occurredAt });

const ofUser = (identifier: string, accounts: readonly ToldAccount[]): UserNews[] =>
  accounts.map((told) => ({ ...told, identifier }));

/**
 * News in the order in which it happened, in parts that have one piece of each account at most: when one account replaced another, the later
 * one counts.
 */
function wavesOf(news: readonly UserNews[]): UserNews[][] {
  const waves: UserNews[][] = [];
  const pieces = new Map<string, number>();
  for (const told of news.toSorted((one, other) => one.occurredAt - other.occurredAt)) {
    const key = accountKey(told.identifier, told.connectionName);
    const earlier = pieces.get(key) ?? 0;
    pieces.set(key, earlier + 1);
    const wave = waves[earlier];
    if (wave === undefined) waves.push([told]);
    else wave.push(told);
  }
  return waves;
}

/** Takes over what events say of accounts. News that arrives at the same time is written together. */
function createToldAccounts(db: Db, spared: Tombstones['spared']): ToldAccounts {
  const write = createGroupWriter(
    (groups: readonly (readonly UserNews[])[]) =>
      inDirectoryTurn(db, async (transaction) => {
        const news = await spared(groups.flat(), newsOf, transaction);
        for (const wave of wavesOf(news)) {
          await writeChanges(transaction, await changesOfTold(transaction, wave, circumstancesOf));
        }
      }),
    { atOnce: 50, longestPauseMs: 0 },
  );

  return {
    async withNews(told) {
      const news = [...told].flatMap(([identifier, accounts]) => ofUser(identifier, accounts));
      const worthWriting = (await changesOfTold(db, news, lightCircumstances)).filter(isWorthWriting);
      return new Set(worthWriting.flatMap(({ before, after }) => (before ?? after)?.identifier ?? []));
    },
    told: (identifier, accounts) => write(ofUser(identifier, accounts)),
  };
}

const restatedAtOnce = 500;

const nobodyErased: Pick<Tombstones, 'spared'> = { spared: async (items) => [...items] };

/**
 * Writes the projection of all accounts. Times are epoch milliseconds; the time of a read is when it began. News that is
 * older than its user's erasure is left out, which is looked up in the same turn as the write.
 */
export function createDirectoryStore(db: Db, { spared } = nobodyErased) {
  /** The next accounts of a connection that are active at Scalekit, whatever state is shown. */
  async function activeRows(from: Db, connectionName: string, after: string): Promise<DirectoryRow[]> {
    const next = from
      .selectFrom('directoryAccounts')
      .selectAll()
      .where('connectionName', '=', connectionName)
      .where('identifier', '>', after)
      .orderBy('identifier')
      .limit(restatedAtOnce);
    // Two queries, since each can use its index.
    const shown = await next.where('state', '=', 'active').execute();
    const required = await next.where('reconnectRequired', '=', 1).execute();
    return [...shown, ...required]
      .sort((one, other) => Buffer.compare(Buffer.from(one.identifier), Buffer.from(other.identifier)))
      .slice(0, restatedAtOnce);
  }

  async function isNews(identifier: string, accounts: readonly ConnectedAccount[], readAt: number) {
    const rows = await rowsOfUser(db, identifier);
    const light = await lightCircumstances(db, accounts, readAt);
    const { changes, unchanged } = changesOf(rows, accounts, light, true);
    return changes.length > 0 || unchanged.some(({ seenAt }) => readAt - seenAt > touchAfterMs);
  }

  const writePage = createPageWriter(db, spared);

  return {
    /** Takes in all accounts of one user, as one true read showed them. Nothing is written while nothing changed. */
    async observe(identifier: string, accounts: readonly ConnectedAccount[], readAt: number): Promise<void> {
      if (!(await isNews(identifier, accounts, readAt))) return;
      await inDirectoryTurn(db, async (transaction) => {
        const news = { identifier, asOf: readAt };
        if ((await spared([news], (one) => one, transaction)).length === 0) return;
        const rows = await rowsOfUser(transaction, identifier);
        const circumstances = await circumstancesOf(transaction, accounts, readAt);
        const { changes, unchanged } = changesOf(rows, accounts, circumstances, true);
        await writeChanges(transaction, changes);
        await touchRows(transaction, unchanged, readAt);
      });
    },

    /** Takes in some accounts of a connection. Rows that are newer stay. */
    observePage: (
      connectionName: string,
      accounts: readonly ConnectedAccount[],
      readAt: number,
    ): Promise<void> => writePage({ connectionName, accounts, readAt }),
    ...createToldAccounts(db, spared),

    /** An account was approved through this app. @param at epoch milliseconds */
    async approved(identifier: string, connectionName: string, at: number): Promise<void> {
      await inDirectoryTurn(db, async (transaction) => {
        const [row] = await rowsOfUsers(transaction, connectionName, [identifier]);
        if (row === undefined) return;
        const since = row.state === 'active' ? row.since : at;
        const now = {
          state: 'active',
          since,
          stuckSince: null,
          reconnectRequired: 0,
          clientsTold: 'active',
        } as const;
        const seen = { authorizedAt: at, seenAt: Math.max(row.seenAt, at) };
        await writeChanges(transaction, [{ before: row, after: { ...row, ...now, ...seen } }]);
      });
    },

    /**
     * Brings accounts of a connection in line with whether they have to be connected anew, so many at a time.
     * @param after the identifier up to which it was done, blank at the start
     * @returns where to go on, or null at the end
     */
    restate(connectionName: string, after: string): Promise<string | null> {
      return inDirectoryTurn(db, async (transaction) => {
        const rows = await activeRows(transaction, connectionName, after);
        const circumstances = await circumstancesOf(transaction, rows.map(toAccount), Date.now());
        const changes = rows.map((row) => {
          const restated = toRow(toAccount(row), row, circumstances);
          return { before: row, after: { ...restated, seenAt: row.seenAt } };
        });
        await writeChanges(
          transaction,
          changes.filter((change) => differ(change.before, change.after)),
        );
        return rows.length < restatedAtOnce ? null : (rows.at(-1)?.identifier ?? null);
      });
    },

    /** Users of a connection who were not seen on it since, by the order of identifiers. */
    async unseen(connectionName: string, since: number, after: string, limit: number): Promise<string[]> {
      const rows = await db
        .selectFrom('directoryAccounts')
        .select('identifier')
        .where('connectionName', '=', connectionName)
        .where('seenAt', '<', since)
        .where('identifier', '>', after)
        .orderBy('identifier')
        .limit(limit)
        .execute();
      return rows.map(({ identifier }) => identifier);
    },

    /** How many accounts of a connection were seen since. */
    async seenSince(connectionName: string, since: number): Promise<number> {
      const row = await db
        .selectFrom('directoryAccounts')
        .select((table) => table.fn.countAll<number>().as('count'))
        .where('connectionName', '=', connectionName)
        .where('seenAt', '>=', since)
        .executeTakeFirstOrThrow();
      return row.count;
    },
  };
}

export type DirectoryStore = ReturnType<typeof createDirectoryStore>;
