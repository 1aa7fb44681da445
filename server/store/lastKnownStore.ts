import type { Db } from './database/schema.js';

/** A value that was read of Scalekit, and when, in epoch milliseconds. */
export interface LastKnown<T> {
  readonly value: T;
  readonly asOf: number;
}

export interface LastKnownStore {
  read<T>(subject: string): Promise<LastKnown<T> | null>;
  write(subject: string, value: unknown, asOf: number): Promise<void>;
}

/** What was last read of Scalekit, kept for when it cannot be reached. It never decides what a user may do. */
export function createLastKnownStore(db: Db): LastKnownStore {
  return {
    async read<T>(subject: string) {
      const row = await db
        .selectFrom('last_known')
        .select(['value', 'as_of'])
        .where('subject', '=', subject)
        .executeTakeFirst();
      return row === undefined ? null : { value: JSON.parse(row.value) as T, asOf: row.as_of };
    },
    async write(subject, value, asOf) {
      const row = { value: JSON.stringify(value), as_of: asOf };
      await db
        .insertInto('last_known')
        .values({ subject, ...row })
        .onConflict((conflict) =>
          conflict.column('subject').doUpdateSet(row).where('last_known.as_of', '<=', asOf),
        )
        .execute();
    },
  };
}
