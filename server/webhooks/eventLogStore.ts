import type { Db } from '../store/database/schema.js';

/** There is one environment of Scalekit's, and so one log. */
const name = 'scalekit';

/** Up to when Scalekit's event log was read, in epoch milliseconds. */
export function createEventLogStore(db: Db) {
  return {
    /** Null before the first start. */
    async readUntil(): Promise<number | null> {
      const row = await db
        .selectFrom('eventLogMarks')
        .select('readUntil')
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.readUntil ?? null;
    },

    /** Moves the mark, but never back. */
    async moveTo(readUntil: number): Promise<void> {
      await db
        .insertInto('eventLogMarks')
        .values({ name, readUntil })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ readUntil }).where('eventLogMarks.readUntil', '<', readUntil),
        )
        .execute();
    },
  };
}

export type EventLogStore = ReturnType<typeof createEventLogStore>;
