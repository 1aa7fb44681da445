import { type Kysely, sql } from 'kysely';

/** The events that Scalekit told us of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('webhook_events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('webhook_id', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('occurred_at', 'text')
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('arrival', 'bigint', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text')
    .addColumn('identifier', 'text')
    .addColumn('account', 'text')
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .execute();
  await db.schema
    .createIndex('webhook_events_waiting')
    .on('webhook_events')
    .columns(['due_at', 'arrival'])
    .where(sql<boolean>`outcome is null`)
    .execute();
  await db.schema
    .createIndex('webhook_events_received_at')
    .on('webhook_events')
    .column('received_at')
    .execute();
  await db.schema
    .createIndex('webhook_events_account')
    .on('webhook_events')
    .columns(['account_id', 'occurred_at'])
    .execute();
}
