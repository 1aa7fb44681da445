import { type Kysely, sql } from 'kysely';

/**
 * Events that Scalekit's log tells, besides its webhooks, and how far the log was read; when the browser of a flow left
 * for the provider, and what the provider said; which accounts expire again and again; as whom accounts are connected.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('webhook_events')
    .addColumn('source', 'text', (column) => column.notNull().defaultTo('webhook'))
    .execute();
  await db.schema.alterTable('webhook_events').addColumn('occurrence', 'text').execute();
  await db.schema
    .createIndex('webhook_events_occurrence')
    .on('webhook_events')
    .column('occurrence')
    .unique()
    .execute();
  await db.schema
    .createTable('event_log_marks')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('read_until', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('account_identities')
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('id_hash', 'text')
    .addColumn('name_before', 'text')
    .addColumn('hash_before', 'text')
    .addColumn('changed_at', 'bigint')
    .addColumn('due_at', 'bigint')
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('account_identities_key', ['identifier', 'connection_name'])
    .execute();
  await db.schema
    .createIndex('account_identities_due')
    .on('account_identities')
    .column('due_at')
    .where(sql<boolean>`due_at is not null`)
    .execute();
  await db.schema
    .createIndex('account_identities_same')
    .on('account_identities')
    .columns(['id_hash', 'identifier'])
    .execute();
  await db.schema.alterTable('flows').addColumn('left_at', 'bigint').execute();
  await db.schema.alterTable('flows').addColumn('provider_error', 'text').execute();
  await db.schema.alterTable('flows').addColumn('reported', 'text').execute();
  await db.schema
    .createIndex('flows_provider_error')
    .on('flows')
    .columns(['created_at'])
    .where(sql<boolean>`provider_error is not null`)
    .execute();
  await db.schema
    .alterTable('directory_accounts')
    .addColumn('expired_times', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex('directory_accounts_unsteady')
    .on('directory_accounts')
    .column('connection_name')
    .where(sql<boolean>`expired_times >= 3`)
    .execute();
}
