import { type Kysely, sql } from 'kysely';
import { keyText } from './0006_directory.js';

/** Connections whose accounts have to be connected anew, and which accounts are shown as expired for that alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('reconnect_requirements')
    .addColumn('connection_name', keyText(db), (column) => column.primaryKey())
    .addColumn('older_than', 'bigint', (column) => column.notNull())
    .addColumn('required_at', 'bigint', (column) => column.notNull())
    .addColumn('required_by', 'text', (column) => column.notNull())
    .addColumn('withdrawn_at', 'bigint')
    .addColumn('applied_at', 'bigint')
    .execute();
  await db.schema
    .alterTable('directory_accounts')
    .addColumn('reconnect_required', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex('directory_accounts_reconnect')
    .on('directory_accounts')
    .columns(['connection_name', 'identifier'])
    .where(sql<boolean>`reconnect_required = 1`)
    .execute();
}
