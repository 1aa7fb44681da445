import type { Kysely } from 'kysely';

/** The other apps that may ask, and their keys. Lists are JSON. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('api_clients')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('return_urls', 'text', (column) => column.notNull())
    .addColumn('confirm_urls', 'text', (column) => column.notNull())
    .addColumn('refresh_urls', 'text', (column) => column.notNull())
    .addColumn('user_checks', 'text', (column) => column.notNull())
    .addColumn('may_give_address', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();

  await db.schema
    .createTable('api_client_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('api_client_keys_client')
    .on('api_client_keys')
    .columns(['client_id', 'created_at'])
    .execute();
}
