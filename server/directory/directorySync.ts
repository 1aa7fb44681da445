import type { ReadObserver } from '../accounts/list/accountReader.js';
import type { Logger } from '../http/logging.js';
import { inParallel } from '../kernel/inParallel.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { createJob, type Job } from '../store/job.js';
import type { Lease } from '../store/locks.js';
import { listConnection } from './connectionListing.js';
import type { DirectoryStore } from './directoryStore.js';
import { createSyncPace, type SyncPace } from './directorySyncPace.js';
import type { DirectorySyncStore, SyncedConnection, SyncRun } from './directorySyncStore.js';

export interface DirectorySyncDeps {
  readonly gateway: Pick<
    ScalekitGateway,
    'listConnections' | 'listConnectedAccounts' | 'listAccountsOfConnection'
  >;
  readonly store: DirectoryStore;
  readonly runs: DirectorySyncStore;
  /** Receives what a true read of a user showed. */
  readonly observe: ReadObserver;
  /** The holder of the lease syncs. */
  readonly lease: Lease;
  readonly logger: Logger;
}

export interface DirectorySyncOptions {
  /** How many calls at the same time. */
  readonly parallel: number;
  /** How long after a sync began the next one is due, in milliseconds, or null for never by itself. */
  readonly everyMs: number | null;
  /** How often the job looks for work, in milliseconds. */
  readonly lookEveryMs?: number;
  /** How often the lease is renewed, in milliseconds. */
  readonly renewLeaseMs?: number;
  /** The first pause while Scalekit does not answer, in milliseconds. */
  readonly retryMs?: number;
  /** How often the progress of a connection is written, in milliseconds. */
  readonly noteEveryMs?: number;
}

/** How long until the next try after a failure that waiting does not mend, in milliseconds. */
const afterFaultMs = 15 * 60_000;
const usersAtOnce = 200;
/** More connections than calls are under way, so that none waits while the last pages of one are written. */
const connectionsMore = 2;

/** Whether Scalekit says that there is no such connection. */
const isGone = (error: unknown): boolean =>
  error instanceof ScalekitError && (error.kind === 'not_found' || error.kind === 'invalid');

/** Everything that one run works with. */
interface RunContext {
  readonly run: SyncRun;
  readonly pace: SyncPace;
  readonly signal: AbortSignal;
}

/** Reads all accounts of all connections into the projection, on one instance at a time. */
export function createDirectorySync(
  { gateway, store, runs, observe, lease, logger }: DirectorySyncDeps,
  options: DirectorySyncOptions,
): Job {
  const { parallel, everyMs, lookEveryMs = 5000, renewLeaseMs = 1000 } = options;
  const { retryMs = 1000, noteEveryMs = 1000 } = options;
  async function isDue(): Promise<boolean> {
    if (everyMs === null) return false;
    const [newest, complete] = await Promise.all([runs.newest(), runs.newestComplete()]);
    const now = Date.now();
    if (newest?.fault && now - (newest.finishedAt ?? 0) < afterFaultMs) return false;
    return complete === null || now - complete.startedAt >= everyMs;
  }

  async function list(connection: SyncedConnection, { run, pace, signal }: RunContext): Promise<void> {
    const note = (progress: Partial<SyncedConnection>) => runs.note(run.id, connection.name, progress);
    const listing = { gateway, store, pace, signal, noteEveryMs, note };
    await listConnection(listing, connection).catch(async (error) => {
      if (!isGone(error)) throw error;
      await note({ listedAt: Date.now() });
    });
  }

  async function* unseenUsers({ name, startedAt }: SyncedConnection, since: number) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const users: string[] = await store.unseen(name, startedAt ?? since, after, usersAtOnce);
      yield* users;
      after = users.at(-1);
    }
  }

  /** Page tokens are offsets, so an account may exist that was on no page. Its user is read. */
  async function reread(connection: SyncedConnection, { run, pace, signal }: RunContext): Promise<void> {
    await inParallel(unseenUsers(connection, run.startedAt), parallel, async (identifier) => {
      const { accounts, readAt } = await pace.run(async () => {
        const began = Date.now();
        return { readAt: began, accounts: await gateway.listConnectedAccounts(identifier) };
      });
      signal.throwIfAborted();
      await observe(identifier, accounts, readAt);
    });
    await runs.note(run.id, connection.name, { finishedAt: Date.now() });
  }

  async function syncAll(context: RunContext): Promise<void> {
    const { run, pace } = context;
    const listed = await pace.run(() => gateway.listConnections());
    const names = listed.map(({ name }) => name);
    await runs.addConnections(run.id, names, null);
    // Connections that Scalekit no longer has. Users with an account there are read.
    const gone = (await runs.knownConnections()).filter((name) => !names.includes(name));
    await runs.addConnections(run.id, gone, Date.now());
    const toList = (await runs.connections(run.id)).filter(({ listedAt }) => listedAt === null);
    await inParallel(toList, parallel + connectionsMore, (connection) => list(connection, context));
    const toReread = (await runs.connections(run.id)).filter(({ finishedAt }) => finishedAt === null);
    for (const connection of toReread) await reread(connection, context);
  }

  async function performRun(run: SyncRun, signal: AbortSignal): Promise<void> {
    const context = { run, signal, pace: createSyncPace(signal, { parallel, retryMs }) };
    try {
      await syncAll(context);
      await runs.finish(run.id, null);
      await runs.tidy();
      logger.info({ sync: run.id }, 'the directory is up to date');
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ScalekitError)) throw error;
      await runs.finish(run.id, error.kind);
      logger.error({ sync: run.id, err: error }, 'the sync of the directory came to nothing');
    }
  }

  return createJob({
    name: 'directory sync',
    everyMs: lookEveryMs,
    lease,
    renewLeaseMs,
    isDue: async () => (await runs.unfinished()) !== null || (await isDue()),
    async perform(signal) {
      if ((await runs.unfinished()) === null) await runs.begin(null);
      const run = await runs.unfinished();
      if (run !== null) await performRun(run, signal);
    },
    logger,
  });
}
