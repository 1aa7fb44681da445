import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PostgresAdapter, type RawBuilder, sql } from 'kysely';
import { remainingMs } from '../kernel/requestBudget.js';
import type { StoreLogger } from './database/postgresPool.js';
import type { Presence } from './database/presence.js';
import type { Db } from './database/schema.js';

/** Thrown when a lock stays taken for as long as the caller can wait. */
export class LockTimeout extends Error {
  override readonly name = 'LockTimeout';
}

/** The lease of a job: one instance at a time holds it, until it releases it, dies, or can't renew it for `leaseMs`. */
export interface Lease {
  /** Takes the lead, or keeps it. @returns whether this holder leads */
  hold(): Promise<boolean>;
  /** Lets others lead at once. */
  release(): Promise<void>;
}

export interface LocksDeps {
  readonly db: Db;
  readonly presence: Presence;
  readonly logger: StoreLogger;
}

export interface LocksOptions {
  /** A lease that was not renewed for this long is lost, in milliseconds. The death of a holder is mostly noticed sooner. */
  readonly leaseMs?: number;
  /** How often a holder renews its lease, in milliseconds: several times within `doubtMs` of `presence.ts`. */
  readonly renewLockMs?: number;
  /** How long a caller waits for a lock, in milliseconds: less than a request may take. */
  readonly waitMs?: number;
}

export type Locks = ReturnType<typeof createLocks>;

const firstRetryMs = 25;
const longestRetryMs = 200;
/** Between two tries to give a lock back while the database does not answer. */
const giveBackMs = 1_000;

/** The time in epoch milliseconds by one clock for all instances: the server's, or this machine's on SQLite. */
const databaseNow = (db: Db): RawBuilder<number> =>
  db.getExecutor().adapter instanceof PostgresAdapter
    ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<number>`${Date.now()}`;

/** How long a lock that ran out is kept, in milliseconds. */
const forgottenAfterMs = 60_000;

/** What a lock is about, for the log: its whole name may tell of whom. */
const kindOf = (name: string) => name.split(':', 1)[0];

/**
 * Locks as rows, since instances share nothing but the database. A holder renews its lease for as long as it works,
 * however long that is. Another takes the lock over when the lease has run out, or earlier, when the holder's
 * instance is gone: it shows no sign of life, and has not renewed the lease for as long as that may be in doubt.
 */
export function createLocks(
  { db, presence, logger }: LocksDeps,
  { leaseMs = 30_000, renewLockMs = 500, waitMs = 4_000 }: LocksOptions = {},
) {
  const newHolder = () => `${presence.instance}/${randomUUID()}`;

  /** Takes what is free, or has run out, or is this holder's already. */
  async function take(name: string, holder: string): Promise<boolean> {
    const now = databaseNow(db);
    const row = { name, holder, expiresAt: sql<number>`${now} + ${leaseMs}` };
    const taken = await db
      .insertInto('locks')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(row)
          .where((is) => is.or([is('locks.expiresAt', '<', now), is('locks.holder', '=', holder)])),
      )
      .returning('holder')
      .executeTakeFirst();
    return taken !== undefined;
  }

  async function isHolderGone(holder: string): Promise<boolean> {
    const [instance, id] = holder.split('/');
    return Boolean(instance) && id !== undefined && presence.isGone(String(instance));
  }

  /** Takes the lock over when the instance of its holder is gone. */
  async function inherit(name: string, holder: string): Promise<boolean> {
    const found = await db.selectFrom('locks').selectAll().where('name', '=', name).executeTakeFirst();
    if (found === undefined || !(await isHolderGone(found.holder))) return false;
    if (presence.doubtMs > 0) {
      await pause(presence.doubtMs);
      if (!(await isHolderGone(found.holder))) return false;
    }
    const taken = await db
      .updateTable('locks')
      .set({ holder, expiresAt: sql<number>`${databaseNow(db)} + ${leaseMs}` })
      .where('name', '=', name)
      .where('holder', '=', found.holder)
      // A lease that was renewed meanwhile has a holder that lives.
      .where('expiresAt', '=', found.expiresAt)
      .returning('holder')
      .executeTakeFirst();
    if (taken === undefined) return false;
    logger.info({ lock: kindOf(name) }, 'a lock was taken over from an instance that is gone');
    return true;
  }

  async function renew(name: string, holder: string): Promise<boolean> {
    const renewed = await db
      .updateTable('locks')
      .set({ expiresAt: sql<number>`${databaseNow(db)} + ${leaseMs}` })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .returning('holder')
      .executeTakeFirst();
    return renewed !== undefined;
  }

  /** Renews a lease again and again. @returns how to end that */
  function keep(name: string, holder: string): () => void {
    let renewing = false;
    const timer = setInterval(() => {
      if (renewing) return;
      renewing = true;
      renew(name, holder)
        .then((held) => {
          if (held || !keeping) return;
          end();
          logger.warn({ lock: kindOf(name) }, 'a lock was lost while its work went on');
        })
        // The database does not answer. While the lease lasts, others take over only from the dead.
        .catch(() => undefined)
        .finally(() => {
          renewing = false;
        });
    }, renewLockMs).unref();
    let keeping = true;
    const end = () => {
      keeping = false;
      clearInterval(timer);
    };
    return end;
  }

  const deleteRow = (name: string, holder: string) =>
    db.deleteFrom('locks').where('name', '=', name).where('holder', '=', holder).execute();

  /** Gives a lock back, later if need be: what was done under it is done, whether or not the database answers now. */
  async function giveBack(name: string, holder: string): Promise<void> {
    const again = async () => {
      for (const until = performance.now() + leaseMs; performance.now() < until; ) {
        await pause(giveBackMs, undefined, { ref: false });
        const given = await deleteRow(name, holder).then(
          () => true,
          () => false,
        );
        if (given) return;
      }
    };
    await deleteRow(name, holder).catch(() => void again());
  }

  async function waitFor(name: string, holder: string, atMostMs: number): Promise<void> {
    const deadline = performance.now() + Math.min(atMostMs, remainingMs());
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(longestRetryMs, retryMs * 2)) {
      if ((await take(name, holder)) || (await inherit(name, holder))) return;
      if (performance.now() > deadline) {
        throw new LockTimeout(`the lock ${kindOf(name)} was not free within ${atMostMs} ms`);
      }
      await pause(retryMs);
    }
  }

  return {
    /**
     * Runs `work` while no other caller, on any instance, runs work under the same name.
     * @param name what comes before its first colon says its kind, and alone gets into logs
     * @param atMostMs how long it waits for the lock
     * @throws LockTimeout when the lock is not free in time; `work` then did not start
     */
    async withLock<T>(name: string, work: () => Promise<T>, atMostMs = waitMs): Promise<T> {
      const holder = newHolder();
      await waitFor(name, holder, atMostMs);
      const endKeeping = keep(name, holder);
      try {
        return await work();
      } finally {
        endKeeping();
        await giveBack(name, holder);
      }
    },

    /** Forgets locks whose holders are long gone: their names may tell of whom they were about. */
    async tidy(): Promise<void> {
      await db
        .deleteFrom('locks')
        .where('expiresAt', '<', sql<number>`${databaseNow(db)} - ${forgottenAfterMs}`)
        .execute();
    },

    /** The lead of a job, for one instance at a time. */
    lease(name: string): Lease {
      const holder = newHolder();
      let endKeeping = () => {};
      let releases = 0;
      return {
        async hold() {
          const releasesBefore = releases;
          const held = (await take(name, holder)) || (await inherit(name, holder));
          endKeeping();
          if (!held) return false;
          // Given up while it was being taken.
          if (releases !== releasesBefore) {
            await giveBack(name, holder);
            return false;
          }
          endKeeping = keep(name, holder);
          return true;
        },
        async release() {
          releases += 1;
          endKeeping();
          await giveBack(name, holder);
        },
      };
    },
  };
}
