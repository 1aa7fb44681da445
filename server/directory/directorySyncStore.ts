import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Db, DirectorySyncConnectionsTable } from '../store/database/schema.js';
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

const toConnection = ({
  connectionName: name,
  ...row
}: Selectable<DirectorySyncConnectionsTable>): SyncedConnection => ({ name, ...row });

/** The full syncs, so that another instance can go on where one stopped. */
export function createDirectorySyncStore(db: Db) {
  const runs = db.selectFrom('directorySyncs').selectAll();

  async function first(query: typeof runs): Promise<SyncRun | null> {
    const row = await query.limit(1).executeTakeFirst();
    return row ?? null;
  }

  return {
    /** The sync that has not ended, or null. */
    unfinished: (): Promise<SyncRun | null> =>
      first(runs.where('finishedAt', 'is', null).orderBy('startedAt')),
    /** The one that began last, or null. */
    newest: (): Promise<SyncRun | null> => first(runs.orderBy('startedAt', 'desc')),
    /** The one that began last of those that came to their end, or null. */
    newestComplete: (): Promise<SyncRun | null> =>
      first(runs.where('finishedAt', 'is not', null).where('fault', 'is', null).orderBy('startedAt', 'desc')),

    /** Begins a sync unless one has not ended yet. @returns whether it did */
    begin: (requestedBy: string | null): Promise<boolean> =>
      inDirectoryTurn(db, async (transaction) => {
        const running = await transaction
          .selectFrom('directorySyncs')
          .select('id')
          .where('finishedAt', 'is', null)
          .limit(1)
          .executeTakeFirst();
        if (running !== undefined) return false;
        const row = { id: randomUUID(), requestedBy, startedAt: Date.now() };
        await transaction.insertInto('directorySyncs').values(row).execute();
        return true;
      }),

    /** The connections that have accounts in the projection. */
    async knownConnections(): Promise<string[]> {
      const rows = await db
        .selectFrom('directoryCounts')
        .select('connectionName')
        .distinct()
        .where('accounts', '>', 0)
        .execute();
      return rows.map(({ connectionName }) => connectionName);
    },

    /** How many accounts the projection has on some connections. */
    async countKnown(names: readonly string[]): Promise<number> {
      if (names.length === 0) return 0;
      const row = await db
        .selectFrom('directoryCounts')
        .select((table) => table.fn.sum<number | null>('accounts').as('accounts'))
        .where('connectionName', 'in', names)
        .executeTakeFirstOrThrow();
      return Number(row.accounts ?? 0);
    },

    /** Adds connections that the sync does not know yet. */
    async addConnections(runId: string, names: readonly string[], listedAt: number | null): Promise<void> {
      const rows = names.map((name) => ({
        syncId: runId,
        connectionName: name,
        accounts: 0,
        listedAt,
      }));
      for (const batch of inBatches(rows)) {
        await db
          .insertInto('directorySyncConnections')
          .values(batch)
          .onConflict((conflict) => conflict.columns(['syncId', 'connectionName']).doNothing())
          .execute();
      }
    },

    async connections(runId: string): Promise<SyncedConnection[]> {
      const rows = await db
        .selectFrom('directorySyncConnections')
        .selectAll()
        .where('syncId', '=', runId)
        .orderBy('connectionName')
        .execute();
      return rows.map(toConnection);
    },

    /** Absent fields stay as they are. */
    async note(
      runId: string,
      name: string,
      progress: Partial<Omit<SyncedConnection, 'name'>>,
    ): Promise<void> {
      await db
        .updateTable('directorySyncConnections')
        .set(progress)
        .where('syncId', '=', runId)
        .where('connectionName', '=', name)
        .execute();
    },

    async finish(runId: string, fault: string | null): Promise<void> {
      await db
        .updateTable('directorySyncs')
        .set({ finishedAt: Date.now(), fault })
        .where('id', '=', runId)
        .execute();
    },

    /** Forgets all but the newest ended syncs. */
    async tidy(): Promise<void> {
      const old = await runs
        .where('finishedAt', 'is not', null)
        .orderBy('startedAt', 'desc')
        .offset(runsKept)
        .limit(100)
        .execute();
      if (old.length === 0) return;
      const ids = old.map(({ id }) => id);
      await db.deleteFrom('directorySyncConnections').where('syncId', 'in', ids).execute();
      await db.deleteFrom('directorySyncs').where('id', 'in', ids).execute();
    },
  };
}

export type DirectorySyncStore = ReturnType<typeof createDirectorySyncStore>;
