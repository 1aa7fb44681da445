import type { Approvals } from '../accounts/flow/flowEnding.js';
import type { ToldAccounts } from '../accounts/toldAccount.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { circumstancesOf, lightCircumstances } from './circumstancesStore.js';
import { changesOf, touchAfterMs, touchRows, writeChanges } from './directoryChanges.js';
import { createPageStore } from './directoryPageStore.js';
import { type DirectoryRow, differ, toAccount, toRow } from './directoryRow.js';
import { rowsOfUser, rowsOfUsers } from './directoryRowStore.js';
import { createToldAccounts } from './directoryToldStore.js';
import { inDirectoryTurn } from './directoryTurn.js';

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

const restatedAtOnce = 500;

const nobodyErased: Pick<Tombstones, 'spared'> = { spared: async (items) => [...items] };

/** What is as of before the erasure of its user is left out; that is looked up in the same turn as it is written. */
export function createDirectoryStore(db: Db, { spared } = nobodyErased): DirectoryStore {
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
    const rows = await rowsOfUser(db, identifier);
    const light = await lightCircumstances(db, accounts, readAt);
    const { changes, unchanged } = changesOf(rows, accounts, light, true);
    return changes.length > 0 || unchanged.some(({ seen_at }) => readAt - seen_at > touchAfterMs);
  }

  const writePage = createPageStore(db, spared);

  return {
    async observe(identifier, accounts, readAt) {
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

    observePage: (connectionName, accounts, readAt) => writePage({ connectionName, accounts, readAt }),
    ...createToldAccounts(db, spared),

    async approved(identifier, connectionName, at) {
      await inDirectoryTurn(db, async (transaction) => {
        const [row] = await rowsOfUsers(transaction, connectionName, [identifier]);
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
