import type { Kysely } from 'kysely';

/** What one sign-in told, for the operator who waits for it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sign_in_watches')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('identifier', 'text')
    .addColumn('report', 'text')
    .execute();
}
