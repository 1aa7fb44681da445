import { type Kysely, PostgresAdapter, sql } from 'kysely';

/** Where other apps are told of changes, what they are told, and what they were told last of each account. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const keyText = db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable('client_webhooks')
    .addColumn('client_id', 'text', (column) => column.primaryKey())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('old_secret', 'text')
    .addColumn('old_until', 'bigint')
    .addColumn('set_at', 'bigint', (column) => column.notNull())
    .addColumn('failing_since', 'bigint')
    .addColumn('off_at', 'bigint')
    .execute();
  await db.schema
    .createTable('client_deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('identifier', keyText)
    .addColumn('connection_name', 'text')
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('payload', 'text')
    .addColumn('by_scope', 'integer', (column) => column.notNull())
    .addColumn('purged_when_delivered', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_try_at', 'bigint', (column) => column.notNull())
    .addColumn('given_up_at', 'bigint', (column) => column.notNull())
    .addColumn('sent_again_at', 'bigint')
    .addColumn('delivered_at', 'bigint')
    .addColumn('failed_at', 'bigint')
    .addColumn('last_error', 'text')
    .execute();
  // Almost every delivery has ended.
  await db.schema
    .createIndex('client_deliveries_waiting')
    .on('client_deliveries')
    .columns(['client_id', 'next_try_at'])
    .where(sql<boolean>`delivered_at is null and failed_at is null`)
    .execute();
  await db.schema
    .createIndex('client_deliveries_identifier')
    .on('client_deliveries')
    .columns(['identifier', 'sequence'])
    .execute();
  await db.schema
    .createIndex('client_deliveries_client_id_created_at')
    .on('client_deliveries')
    .columns(['client_id', 'created_at', 'id'])
    .execute();
  await db.schema.alterTable('directory_accounts').addColumn('clients_told', 'text').execute();
  // What was so before anybody could be told is no news.
  await sql`update directory_accounts set clients_told = 'active' where state = 'active'`.execute(db);
  await sql`update directory_accounts set clients_told = 'needs_user' where state = 'expired'`.execute(db);
}
