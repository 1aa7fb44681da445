import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from './database.js';

/** Thrown when a lock stays taken for as long as the caller can wait. */
export class LockTimeout extends Error {
  override readonly name = 'LockTimeout';
}

export interface Locks {
  /**
   * Runs `work` while no other caller, on any instance, runs work under the same name.
   * @param name what comes before its first colon says its kind, and alone gets into logs
   * @throws LockTimeout when the lock is not free in time; `work` then did not start
   */
  withLock<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** A job that one instance at a time leads, for as long as it says so again before its lease ends. */
export interface Lease {
  /** Takes the lead, or keeps it. @returns whether this holder leads */
  hold(): Promise<boolean>;
  /** Lets others lead at once. */
  release(): Promise<void>;
}

const retryMs = 25;

/** @param leaseMs how long the lead lasts after it was held last */
export function createLease(db: Db, name: string, leaseMs: number): Lease {
  const holder = randomUUID();
  return {
    async hold() {
      const now = Date.now();
      const row = { name, holder, expires_at: now + leaseMs };
      const held = await db
        .insertInto('locks')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet(row)
            .where((is) => is.or([is('locks.expires_at', '<', now), is('locks.holder', '=', holder)])),
        )
        .returning('holder')
        .executeTakeFirst();
      return held !== undefined;
    },
    async release() {
      await db.deleteFrom('locks').where('name', '=', name).where('holder', '=', holder).execute();
    },
  };
}

/**
 * Locks as lease rows, since instances share nothing but the database.
 * @param leaseMs after this long a holder counts as dead; no work under a lock may take longer
 * @param waitMs how long a caller waits for a lock
 */
export function createLocks(db: Db, { leaseMs = 30_000, waitMs = 10_000 } = {}): Locks {
  async function take(name: string, holder: string): Promise<boolean> {
    const now = Date.now();
    const row = { name, holder, expires_at: now + leaseMs };
    const taken = await db
      .insertInto('locks')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row).where('locks.expires_at', '<', now))
      .returning('holder')
      .executeTakeFirst();
    return taken !== undefined;
  }

  return {
    async withLock(name, work) {
      const holder = randomUUID();
      const deadline = Date.now() + waitMs;
      while (!(await take(name, holder))) {
        if (Date.now() > deadline) {
          throw new LockTimeout(`the lock ${name.split(':', 1)[0]} was not free within ${waitMs} ms`);
        }
        await pause(retryMs);
      }
      try {
        return await work();
      } finally {
        await db.deleteFrom('locks').where('name', '=', name).where('holder', '=', holder).execute();
      }
    },
  };
}
