import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';

const retryMs = 25;

function tryLock(file: string): Database.Database | null {
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return null;
    throw error;
  }
}

/**
 * Runs `work` while no other process or caller holds the lock of the same file. Kysely's Migrator takes no
 * lock on SQLite. The lock is an exclusive transaction on a file of its own, so the operating system frees it
 * when a process dies.
 * @throws Error when the lock is not free within `waitMs`
 */
export async function withMigrationLock<T>(
  file: string,
  work: () => Promise<T>,
  waitMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + waitMs;
  let lock = tryLock(file);
  while (lock === null) {
    if (Date.now() > deadline) throw new Error(`another process has been migrating for over ${waitMs} ms`);
    await pause(retryMs);
    lock = tryLock(file);
  }
  try {
    return await work();
  } finally {
    lock.exec('ROLLBACK');
    lock.close();
  }
}
