import type { Kysely } from 'kysely';

/** The logo of an API client, apart from the client itself, which is read with every request of its own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('client_logos')
    .addColumn('client_id', 'text', (column) => column.primaryKey())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('width', 'integer', (column) => column.notNull())
    .addColumn('height', 'integer', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('client_logos_hash').on('client_logos').column('hash').execute();
}
