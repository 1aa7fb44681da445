import type { Db } from '../store/database.js';

/**
 * Runs `work` in a transaction, one writer of the projection after the other, on every instance: they change the
 * same counts, and what they change follows from what they found. A row of its own is locked until the end.
 */
export function inDirectoryTurn<T>(db: Db, work: (transaction: Db) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('locks')
      .values({ name: 'directory', holder: '', expires_at: 0 })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ holder: '' }))
      .execute();
    return work(transaction);
  });
}
