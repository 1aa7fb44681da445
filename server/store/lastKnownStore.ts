import type { Db } from './database/schema.js';

/** What was last read of Scalekit, kept for when it cannot be reached. It never decides what a user may do. */
export function createLastKnownStore(db: Db) {
  return {
    /** The value, and when it was read, in epoch milliseconds; null when there is none. */
    async read<T>(subject: string): Promise<{ readonly value: T; readonly asOf: number } | null> {
      const row = await db
        .selectFrom('lastKnown')
        .select(['value', 'asOf'])
        .where('subject', '=', subject)
        .executeTakeFirst();
      return row === undefined ? null : { value: JSON.parse(row.value) as T, asOf: row.asOf };
    },
    async write(subject: string, value: unknown, asOf: number): Promise<void> {
      const row = { value: JSON.stringify(value), asOf };
      await db
        .insertInto('lastKnown')
        .values({ subject, ...row })
        .onConflict((conflict) =>
          conflict.column('subject').doUpdateSet(row).where('lastKnown.asOf', '<=', asOf),
        )
        .execute();
    },
  };
}

export type LastKnownStore = ReturnType<typeof createLastKnownStore>;
