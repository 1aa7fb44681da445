import type { Db } from './database/schema.js';

/** Whether an identifier was given up for another one, and accounts at Scalekit still go by it. */
export async function isRetired(db: Db, identifier: string): Promise<boolean> {
  const row = await db
    .selectFrom('retiredIdentifiers')
    .select('identifier')
    .where('identifier', '=', identifier)
    .executeTakeFirst();
  return row !== undefined;
}
