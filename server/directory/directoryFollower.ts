import type { ReadObserver } from '../accounts/list/accountReader.js';
import type { Logger } from '../http/logging.js';
import { inParallel } from '../kernel/inParallel.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { createJob } from '../store/job.js';

export interface DirectoryFollowerOptions {
  /** How long to wait for a read that somebody asks for anyway, in milliseconds. */
  readonly waitMs?: number;
  /** How long until a user is read again when that was not possible, in milliseconds. */
  readonly retryMs?: number;
  readonly lookEveryMs?: number;
}

const atOnce = 2;
/** Further users are left to the next full sync. */
const mostUsers = 10_000;

interface Waiting {
  readonly changedAt: number;
  readonly dueAt: number;
}

/**
 * Makes the projection follow the changes that this app makes at Scalekit.
 * @param read makes a true read, which tells the projection
 */
export function createDirectoryFollower(
  { read, logger }: { read(identifier: string): Promise<unknown>; readonly logger: Logger },
  { waitMs = 2000, retryMs = 30_000, lookEveryMs = 1000 }: DirectoryFollowerOptions = {},
) {
  const waiting = new Map<string, Waiting>();

  async function readUser(identifier: string): Promise<void> {
    const seen = waiting.get(identifier);
    if (seen === undefined) return;
    try {
      await read(identifier);
      if (waiting.get(identifier) === seen) waiting.delete(identifier);
    } catch (error) {
      if (waiting.get(identifier) === seen) waiting.set(identifier, { ...seen, dueAt: Date.now() + retryMs });
      if (!(error instanceof ScalekitError)) {
        logger.error({ err: error }, 'the directory could not follow a change');
      }
    }
  }

  async function readDue(): Promise<void> {
    const now = Date.now();
    const due = [...waiting].filter(([, { dueAt }]) => dueAt <= now).map(([identifier]) => identifier);
    await inParallel(due, atOnce, readUser);
  }

  const job = createJob({
    name: 'directory follower',
    everyMs: lookEveryMs,
    isDue: async () => waiting.size > 0,
    perform: readDue,
    logger,
  });

  return {
    /** Reads the users whose time has come. */
    job,
    /** The user's accounts changed. When no read happens soon, the follower makes one. */
    changed(identifier: string): void {
      if (waiting.size >= mostUsers && !waiting.has(identifier)) return;
      const now = Date.now();
      waiting.set(identifier, { changedAt: now, dueAt: now + waitMs });
    },
    /** A true read that began at `readAt` showed all of the user's accounts. */
    observed: (async (identifier, _accounts, readAt) => {
      if (readAt > (waiting.get(identifier)?.changedAt ?? Infinity)) waiting.delete(identifier);
    }) satisfies ReadObserver,
  };
}
