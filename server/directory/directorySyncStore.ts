import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Db, DirectorySyncConnectionsTable, DirectorySyncsTable } from '../store/database/schema.js';
import { inBatches, inDirectoryTurn } from './directoryChanges.js';

/** A full sync. Times are epoch milliseconds. */
export interface SyncRun {
  readonly id: string;
  /** The key of the principal who asked for it, or null when it began by itself. */
  readonly requestedBy: string | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Why it came to nothing, as a kind of `ScalekitError`. */
  readonly fault: string | null;
}

/** How far a sync is with one connection. Times are epoch milliseconds. */
export interface SyncedConnection {
  readonly name: string;
  readonly startedAt: number | null;
  /** The page to go on with, or null for the first. */
  readonly pageToken: string | null;
  readonly accounts: number;
  readonly total: number | null;
  /** When every page was read. */
  readonly listedAt: number | null;
  /** When the accounts that were on no page were looked at, too. */
  readonly finishedAt: number | null;
}

const runsKept = 20;

const toRun = (row: Selectable<DirectorySyncsTable>): SyncRun => ({
  id: row.id,
  requestedBy: row.requested_by,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  fault: row.fault,
});

const toConnection = (row: Selectable<DirectorySyncConnectionsTable>): SyncedConnection => ({
  name: row.connection_name,
  startedAt: row.started_at,
  pageToken: row.page_token,
  accounts: row.accounts,
  total: row.total,
  listedAt: row.listed_at,
  finishedAt: row.finished_at,
});

/** Absent fields stay as they are. */
const toColumns = (progress: Partial<SyncedConnection>): Partial<DirectorySyncConnectionsTable> => {
  const { startedAt, pageToken, accounts, total, listedAt, finishedAt } = progress;
  const columns = {
    started_at: startedAt,
    page_token: pageToken,
    accounts,
    total,
    listed_at: listedAt,
    finished_at: finishedAt,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
};

/** The full syncs, so that another instance can go on where one stopped. */
export function createDirectorySyncStore(db: Db) {
  const runs = db.selectFrom('directory_syncs').selectAll();

  async function first(query: typeof runs): Promise<SyncRun | null> {
    const row = await query.limit(1).executeTakeFirst();
    return row === undefined ? null : toRun(row);
  }

  return {
    /** The sync that has not ended, or null. */
    unfinished: (): Promise<SyncRun | null> =>
      first(runs.where('finished_at', 'is', null).orderBy('started_at')),
    /** The one that began last, or null. */
    newest: (): Promise<SyncRun | null> => first(runs.orderBy('started_at', 'desc')),
    /** The one that began last of those that came to their end, or null. */
    newestComplete: (): Promise<SyncRun | null> =>
      first(
        runs.where('finished_at', 'is not', null).where('fault', 'is', null).orderBy('started_at', 'desc'),
      ),

    /** Begins a sync unless one has not ended yet. @returns whether it did */
    begin: (requestedBy: string | null): Promise<boolean> =>
      inDirectoryTurn(db, async (transaction) => {
        const running = await transaction
          .selectFrom('directory_syncs')
          .select('id')
          .where('finished_at', 'is', null)
          .limit(1)
          .executeTakeFirst();
        if (running !== undefined) return false;
        const row = { id: randomUUID(), requested_by: requestedBy, started_at: Date.now() };
        await transaction.insertInto('directory_syncs').values(row).execute();
        return true;
      }),

    /** The connections that have accounts in the projection. */
    async knownConnections(): Promise<string[]> {
      const rows = await db
        .selectFrom('directory_counts')
        .select('connection_name')
        .distinct()
        .where('accounts', '>', 0)
        .execute();
      return rows.map(({ connection_name }) => connection_name);
    },

    /** How many accounts the projection has on some connections. */
    async countKnown(names: readonly string[]): Promise<number> {
      if (names.length === 0) return 0;
      const row = await db
        .selectFrom('directory_counts')
        .select((table) => table.fn.sum<number | null>('accounts').as('accounts'))
        .where('connection_name', 'in', names)
        .executeTakeFirstOrThrow();
      return Number(row.accounts ?? 0);
    },

    /** Adds connections that the sync does not know yet. */
    async addConnections(runId: string, names: readonly string[], listedAt: number | null): Promise<void> {
      const rows = names.map((name) => ({
        sync_id: runId,
        connection_name: name,
        accounts: 0,
        listed_at: listedAt,
      }));
      for (const batch of inBatches(rows)) {
        await db
          .insertInto('directory_sync_connections')
          .values(batch)
          .onConflict((conflict) => conflict.columns(['sync_id', 'connection_name']).doNothing())
          .execute();
      }
    },

    async connections(runId: string): Promise<SyncedConnection[]> {
      const rows = await db
        .selectFrom('directory_sync_connections')
        .selectAll()
        .where('sync_id', '=', runId)
        .orderBy('connection_name')
        .execute();
      return rows.map(toConnection);
    },

    async note(
      runId: string,
      name: string,
      progress: Partial<Omit<SyncedConnection, 'name'>>,
    ): Promise<void> {
      await db
        .updateTable('directory_sync_connections')
        .set(toColumns(progress))
        .where('sync_id', '=', runId)
        .where('connection_name', '=', name)
        .execute();
    },

    async finish(runId: string, fault: string | null): Promise<void> {
      await db
        .updateTable('directory_syncs')
        .set({ finished_at: Date.now(), fault })
        .where('id', '=', runId)
        .execute();
    },

    /** Forgets all but the newest ended syncs. */
    async tidy(): Promise<void> {
      const old = await runs
        .where('finished_at', 'is not', null)
        .orderBy('started_at', 'desc')
        .offset(runsKept)
        .limit(100)
        .execute();
      if (old.length === 0) return;
      const ids = old.map(({ id }) => id);
      await db.deleteFrom('directory_sync_connections').where('sync_id', 'in', ids).execute();
      await db.deleteFrom('directory_syncs').where('id', 'in', ids).execute();
    },
  };
}

export type DirectorySyncStore = ReturnType<typeof createDirectorySyncStore>;
