import type { Kysely } from 'kysely';

/** Who was erased, under a keyed hash, so that late news brings nothing back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tombstones')
    .addColumn('identifier_hash', 'text', (column) => column.primaryKey())
    .addColumn('erased_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('tombstones_erased_at').on('tombstones').column('erased_at').execute();
}
