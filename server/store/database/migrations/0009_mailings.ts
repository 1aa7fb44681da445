import type { Kysely } from 'kysely';
import { keyText } from './0006_directory.js';

/** Mail that somebody asked for: who, under which key, and to which address; and mailings, which ask for many. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('outbox').addColumn('requested_by', 'text').execute();
  await db.schema.alterTable('outbox').addColumn('request_key', 'text').execute();
  await db.schema
    .alterTable('outbox')
    .addColumn('address_given', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.createIndex('outbox_request_key').unique().on('outbox').column('request_key').execute();

  await db.schema
    .createTable('mailings')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('filter', 'text', (column) => column.notNull())
    .addColumn('users', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('gone_through', 'integer', (column) => column.notNull())
    .addColumn('place', 'text')
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('stopped_by', 'text')
    .execute();
  await db.schema.createIndex('mailings_created_at').on('mailings').columns(['created_at', 'id']).execute();

  await db.schema
    .createTable('mailing_results')
    .addColumn('mailing_id', 'text', (column) => column.notNull())
    .addColumn('identifier', keyText(db), (column) => column.notNull())
    .addColumn('outcome', keyText(db), (column) => column.notNull())
    .addPrimaryKeyConstraint('mailing_results_key', ['mailing_id', 'identifier'])
    .execute();
  await db.schema
    .createIndex('mailing_results_outcome')
    .on('mailing_results')
    .columns(['mailing_id', 'outcome', 'identifier'])
    .execute();
}
