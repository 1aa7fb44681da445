import type { Kysely } from 'kysely';

/** Which flow each auth request first came back with, and the approval that a flow has still to be verified with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('flows').addColumn('approval', 'text').execute();
  await db.schema
    .createTable('auth_requests')
    .addColumn('request_hash', 'text', (column) => column.primaryKey())
    .addColumn('flow_id', 'text')
    .addColumn('arrived_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('auth_requests_arrived_at').on('auth_requests').column('arrived_at').execute();
}
