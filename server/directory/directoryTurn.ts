import { PostgresAdapter, sql } from 'kysely';
import type { Db } from '../store/database/schema.js';

const name = 'directory';

/** Waits in a queue. Of those who wait for a row, any may be next, and one may be passed over until it gives up. */
const queue = (transaction: Db) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(transaction);

/** The embedded database has one writer at a time: whoever has written first. */
const writeFirst = (transaction: Db) =>
  transaction
    .insertInto('locks')
    .values({ name, holder: '', expires_at: 0 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ holder: '' }))
    .execute();

/**
 * Runs `work` in a transaction, one writer of the projection after the other, on every instance, in the order in
 * which they ask: they change the same counts, and what they change follows from what they found.
 */
export function inDirectoryTurn<T>(db: Db, work: (transaction: Db) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    const queues = transaction.getExecutor().adapter instanceof PostgresAdapter;
    await (queues ? queue(transaction) : writeFirst(transaction));
    return work(transaction);
  });
}
