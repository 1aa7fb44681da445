import type { AccountReader } from '../accounts/list/accountReader.js';
import type { DirectorySettings } from '../config/config.js';
import type { Logger } from '../http/logging.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';
import { allJobs } from '../store/job.js';
import type { Locks } from '../store/locks.js';
import { createDirectoryFollower } from './directoryFollower.js';
import type { DirectoryStore } from './directoryStore.js';
import { createDirectorySync } from './directorySync.js';
import { createDirectorySyncStore, type SyncedConnection } from './directorySyncStore.js';

/** How fresh the projection is. Times are epoch milliseconds. */
export interface Freshness {
  /** When the newest full sync that came to its end began: what is shown is at least as new as this; or null. */
  readonly asOf: number | null;
  readonly finishedAt: number | null;
  /** Whether a full sync goes on. */
  readonly running: boolean;
  /** How many accounts the sync that goes on has read, or the last one had read. */
  readonly accounts: number;
  /** How many there are to read, as far as is known yet. */
  readonly total: number | null;
  /** Why the newest sync came to nothing, as a kind of `ScalekitError`, or null. */
  readonly fault: string | null;
}

export interface SyncProgress extends Freshness {
  readonly startedAt: number | null;
  readonly connections: readonly SyncedConnection[];
}

export interface DirectoryDeps {
  readonly db: Db;
  readonly locks: Pick<Locks, 'lease'>;
  readonly gateway: ScalekitGateway;
  readonly store: DirectoryStore;
  readonly reader: AccountReader;
  readonly logger: Logger;
  readonly settings: DirectorySettings;
}

const sum = (values: readonly number[]) => values.reduce((one, other) => one + other, 0);

/** The projection of all accounts: what writes it, and what keeps it fresh. It has to be started and stopped. */
export function createDirectory(deps: DirectoryDeps) {
  const { db, gateway, store, reader, logger, settings } = deps;
  const runs = createDirectorySyncStore(db);
  const lease = deps.locks.lease('directory-sync');
  const sync = createDirectorySync({ gateway, store, runs, observe: reader.tell, lease, logger }, settings);
  const follower = createDirectoryFollower({ read: reader.read, logger });
  reader.subscribe({
    async read(...seen) {
      await store.observe(...seen);
      await follower.observed(...seen);
    },
    // What Scalekit changed comes with what it changed.
    async changed(identifier) {
      follower.changed(identifier);
    },
  });

  /** How many there are to read; on connections that have not said so yet, as many as were read before. */
  async function totalOf(connections: readonly SyncedConnection[], readBefore: boolean) {
    const begun = connections.flatMap(({ total }) => (total === null ? [] : [total]));
    const others = connections
      .filter(({ total, listedAt }) => total === null && listedAt === null)
      .map(({ name }) => name);
    if (begun.length === 0 || (others.length > 0 && !readBefore)) return null;
    return sum(begun) + (await runs.countKnown(others));
  }

  async function progress(): Promise<SyncProgress> {
    const [newest, complete] = await Promise.all([runs.newest(), runs.newestComplete()]);
    const connections = newest === null ? [] : await runs.connections(newest.id);
    return {
      asOf: complete?.startedAt ?? null,
      finishedAt: complete?.finishedAt ?? null,
      running: newest !== null && newest.finishedAt === null,
      accounts: sum(connections.map(({ accounts }) => accounts)),
      total: await totalOf(connections, complete !== null),
      fault: newest?.fault ?? null,
      startedAt: newest?.startedAt ?? null,
      connections,
    };
  }

  return {
    sync,
    progress,
    async freshness(): Promise<Freshness> {
      const { startedAt: _, connections: __, ...fresh } = await progress();
      return fresh;
    },
    /** Asks for a full sync. @param requestedBy a principal's key, or null for the app @returns whether none was going on */
    async requestSync(requestedBy: string | null): Promise<boolean> {
      const begun = await runs.begin(requestedBy);
      sync.wake();
      return begun;
    },
    ...allJobs([follower.job, sync]),
  };
}

export type Directory = ReturnType<typeof createDirectory>;
