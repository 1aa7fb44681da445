import { lastKnownSubject } from '../accounts/accountReader.js';
import type { Approvals } from '../accounts/flowEnding.js';
import type { ToldAccount, ToldAccounts } from '../accounts/toldAccount.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { circumstancesOf, lightCircumstances } from './circumstancesStore.js';
import {
  type DirectoryChange,
  inBatches,
  touchRows,
  usersByConnection,
  writeChanges,
} from './directoryChanges.js';
import { type Circumstances, type DirectoryRow, differ, isActive, toRow } from './directoryRow.js';
import { inDirectoryTurn } from './directoryTurn.js';
import { createPageWriter } from './pageWriter.js';

/** Some accounts of one connection, as one read showed them. */
export interface SeenPage {
  readonly connectionName: string;
  readonly accounts: readonly ConnectedAccount[];
  readonly readAt: number;
}

/** Writes the projection of all accounts. Times are epoch milliseconds; those of a read are when it began. */
export interface DirectoryStore extends ToldAccounts, Approvals {
  /** Takes in all accounts of one user, as one true read showed them. Nothing is written while nothing changed. */
  observe(identifier: string, accounts: readonly ConnectedAccount[], readAt: number): Promise<void>;
  /** Takes in some accounts of a connection. What is known as of a later time stays. */
  observePage(connectionName: string, accounts: readonly ConnectedAccount[], readAt: number): Promise<void>;
  /**
   * Brings accounts of a connection in line with whether they have to be connected anew, so many at a time.
   * @param after the identifier up to which it was done, blank at the start
   * @returns where to go on, or null at the end
   */
  restate(connectionName: string, after: string): Promise<string | null>;
  /** Users of a connection who were not seen on it since, by the order of identifiers. */
  unseen(connectionName: string, since: number, after: string, limit: number): Promise<string[]>;
  /** How many accounts of a connection were seen since. */
  seenSince(connectionName: string, since: number): Promise<number>;
}

/** An unchanged account is noted as seen again after this long. */
const touchAfterMs = 60_000;
const restatedAtOnce = 500;

const toAccount = (row: DirectoryRow): ConnectedAccount => ({
  id: row.account_id,
  identifier: row.identifier,
  connectionName: row.connection_name,
  status: isActive(row) ? 'active' : (statusOfState[row.state] ?? 'unknown'),
  updatedAt: row.updated_at,
  lastUsedAt: row.last_used_at,
  tokenExpiresAt: row.token_expires_at,
});

const statusOfState: Readonly<Record<string, ConnectedAccount['status']>> = {
  active: 'active',
  expired: 'expired',
  pending: 'pending_auth',
  needs_verification: 'pending_verification',
  disconnected: 'disconnected',
};

/** What a reading of one user changes, and the unchanged rows that are due to be noted as seen again. */
function changesOf(
  rows: readonly DirectoryRow[],
  accounts: readonly ConnectedAccount[],
  circumstances: Circumstances,
  isComplete: boolean,
) {
  const { readAt } = circumstances;
  const before = new Map(rows.map((row) => [keyOf(row.identifier, row.connection_name), row]));
  const changes: DirectoryChange[] = [];
  const unchanged: DirectoryRow[] = [];
  for (const account of accounts) {
    const key = keyOf(account.identifier, account.connectionName);
    const row = before.get(key);
    before.delete(key);
    if (row !== undefined && row.seen_at > readAt) continue;
    const after = toRow(account, row, circumstances);
    if (row === undefined || differ(row, after)) changes.push({ before: row ?? null, after });
    else unchanged.push(row);
  }
  const gone = isComplete ? [...before.values()].filter(({ seen_at }) => seen_at < readAt) : [];
  return { changes: [...changes, ...gone.map((row) => ({ before: row, after: null }))], unchanged };
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
      const key = keyOf(account.identifier, connectionName);
      if ((newest.get(key)?.readAt ?? 0) <= readAt) newest.set(key, { account, readAt });
    }
  }
  return [...newest.values()];
}

function groupByRead(seen: readonly SeenAccount[]): Map<number, ConnectedAccount[]> {
  const groups = new Map<number, ConnectedAccount[]>();
  for (const { account, readAt } of seen) {
    const group = groups.get(readAt);
    if (group === undefined) groups.set(readAt, [account]);
    else group.push(account);
  }
  return groups;
}

const newsOfSeen = ({ account, readAt }: SeenAccount) => ({ identifier: account.identifier, asOf: readAt });

const keyOf = (identifier: string, connectionName: string) => `${connectionName}\0${identifier}`;

const nobodyErased: Pick<Tombstones, 'spared'> = { spared: async (items) => [...items] };

/** What is as of before the erasure of its user is left out; that is looked up in the same turn as it is written. */
export function createDirectoryStore(db: Db, { spared } = nobodyErased): DirectoryStore {
  const rowsOf = (from: Db, identifier: string) =>
    from.selectFrom('directory_accounts').selectAll().where('identifier', '=', identifier).execute();

  const rowsAmong = (from: Db, connectionName: string, identifiers: readonly string[]) =>
    from
      .selectFrom('directory_accounts')
      .selectAll()
      .where('connection_name', '=', connectionName)
      .where('identifier', 'in', identifiers)
      .execute();

  /** The rows of these accounts. */
  async function rowsOfAccounts(from: Db, accounts: readonly ConnectedAccount[]): Promise<DirectoryRow[]> {
    const rows: DirectoryRow[] = [];
    for (const [name, identifiers] of usersByConnection(accounts)) {
      for (const batch of inBatches(identifiers)) rows.push(...(await rowsAmong(from, name, batch)));
    }
    return rows;
  }

  /** The next accounts of a connection that are active at Scalekit, however they are shown. */
  async function activeRows(from: Db, connectionName: string, after: string): Promise<DirectoryRow[]> {
    const next = from
      .selectFrom('directory_accounts')
      .selectAll()
      .where('connection_name', '=', connectionName)
      .where('identifier', '>', after)
      .orderBy('identifier')
      .limit(restatedAtOnce);
    // Each by an index of its own.
    const shown = await next.where('state', '=', 'active').execute();
    const required = await next.where('reconnect_required', '=', 1).execute();
    return [...shown, ...required]
      .sort((one, other) => Buffer.compare(Buffer.from(one.identifier), Buffer.from(other.identifier)))
      .slice(0, restatedAtOnce);
  }

  async function isNews(identifier: string, accounts: readonly ConnectedAccount[], readAt: number) {
    const rows = await rowsOf(db, identifier);
    const light = await lightCircumstances(db, accounts, readAt);
    const { changes, unchanged } = changesOf(rows, accounts, light, true);
    return changes.length > 0 || unchanged.some(({ seen_at }) => readAt - seen_at > touchAfterMs);
  }

  /** Whether a user's accounts were read at that time or later. */
  async function wasReadSince(from: Db, identifier: string, at: number): Promise<boolean> {
    const row = await from
      .selectFrom('last_known')
      .select('as_of')
      .where('subject', '=', lastKnownSubject(identifier))
      .executeTakeFirst();
    return row !== undefined && row.as_of >= at;
  }

  /** The account as an event has it, or null when the event says nothing of the account that there is now. */
  async function toldAccount(from: Db, identifier: string, told: ToldAccount, row: DirectoryRow | undefined) {
    const { accountId: id, connectionName, status, occurredAt, lastUsedAt, tokenExpiresAt } = told;
    if (row !== undefined && row.seen_at >= occurredAt) return null;
    const base = row?.account_id === id ? toAccount(row) : null;
    if (base === null && (status === null || told.isDeleted)) return null;
    if (row === undefined && (await wasReadSince(from, identifier, occurredAt))) return null;
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

  async function changesOfTold(
    from: Db,
    identifier: string,
    accounts: readonly ToldAccount[],
  ): Promise<DirectoryChange[]> {
    const rows = await rowsOf(from, identifier);
    const changes: DirectoryChange[] = [];
    for (const told of accounts) {
      const row = rows.find(({ connection_name }) => connection_name === told.connectionName);
      const account = await toldAccount(from, identifier, told, row);
      if (account === null) continue;
      const circumstances = await circumstancesOf(from, [account], told.occurredAt);
      const after = told.isDeleted ? null : toRow(account, row, circumstances);
      changes.push({ before: row ?? null, after });
    }
    return changes;
  }

  const writePage = createPageWriter(async (pages) => {
    const once = newestOfPages(pages);
    if (once.length === 0) return;
    await inDirectoryTurn(db, async (transaction) => {
      const listed = await spared(once, newsOfSeen, transaction);
      if (listed.length === 0) return;
      const accounts = listed.map(({ account }) => account);
      const rows = await rowsOfAccounts(transaction, accounts);
      const circumstances = await circumstancesOf(transaction, accounts, 0);
      const parts = [...groupByRead(listed)].map(([readAt, seen]) => ({
        readAt,
        ...changesOf(rows, seen, { ...circumstances, readAt }, false),
      }));
      await writeChanges(
        transaction,
        parts.flatMap(({ changes }) => changes),
      );
      for (const { unchanged, readAt } of parts) await touchRows(transaction, unchanged, readAt);
    });
  });

  return {
    async observe(identifier, accounts, readAt) {
      if (!(await isNews(identifier, accounts, readAt))) return;
      await inDirectoryTurn(db, async (transaction) => {
        const news = { identifier, asOf: readAt };
        if ((await spared([news], (one) => one, transaction)).length === 0) return;
        const rows = await rowsOf(transaction, identifier);
        const circumstances = await circumstancesOf(transaction, accounts, readAt);
        const { changes, unchanged } = changesOf(rows, accounts, circumstances, true);
        await writeChanges(transaction, changes);
        const names = unchanged.map(({ connection_name }) => connection_name);
        if (names.length > 0) {
          await transaction
            .updateTable('directory_accounts')
            .set({ seen_at: readAt })
            .where('identifier', '=', identifier)
            .where('connection_name', 'in', names)
            .execute();
        }
      });
    },

    observePage: (connectionName, accounts, readAt) => writePage({ connectionName, accounts, readAt }),

    async told(identifier, accounts) {
      if ((await changesOfTold(db, identifier, accounts)).length === 0) return;
      await inDirectoryTurn(db, async (transaction) => {
        // Of two accounts that took each other's place the later one counts.
        const newsOf = ({ occurredAt }: ToldAccount) => ({ identifier, asOf: occurredAt });
        const news = await spared(accounts, newsOf, transaction);
        for (const told of news.toSorted((one, other) => one.occurredAt - other.occurredAt)) {
          await writeChanges(transaction, await changesOfTold(transaction, identifier, [told]));
        }
      });
    },

    async approved(identifier, connectionName, at) {
      await inDirectoryTurn(db, async (transaction) => {
        const [row] = await rowsAmong(transaction, connectionName, [identifier]);
        if (row === undefined) return;
        const since = row.state === 'active' ? row.since : at;
        const now = { state: 'active', since, stuck_since: null, reconnect_required: 0 } as const;
        const seen = { authorized_at: at, seen_at: Math.max(row.seen_at, at) };
        await writeChanges(transaction, [{ before: row, after: { ...row, ...now, ...seen } }]);
      });
    },

    restate(connectionName, after) {
      return inDirectoryTurn(db, async (transaction) => {
        const rows = await activeRows(transaction, connectionName, after);
        const circumstances = await circumstancesOf(transaction, rows.map(toAccount), Date.now());
        const changes = rows.map((row) => {
          const restated = toRow(toAccount(row), row, circumstances);
          return { before: row, after: { ...restated, seen_at: row.seen_at } };
        });
        await writeChanges(
          transaction,
          changes.filter((change) => differ(change.before, change.after)),
        );
        return rows.length < restatedAtOnce ? null : (rows.at(-1)?.identifier ?? null);
      });
    },

    async unseen(connectionName, since, after, limit) {
      const rows = await db
        .selectFrom('directory_accounts')
        .select('identifier')
        .where('connection_name', '=', connectionName)
        .where('seen_at', '<', since)
        .where('identifier', '>', after)
        .orderBy('identifier')
        .limit(limit)
        .execute();
      return rows.map(({ identifier }) => identifier);
    },

    async seenSince(connectionName, since) {
      const row = await db
        .selectFrom('directory_accounts')
        .select((table) => table.fn.countAll<number>().as('count'))
        .where('connection_name', '=', connectionName)
        .where('seen_at', '>=', since)
        .executeTakeFirstOrThrow();
      return row.count;
    },
  };
}
