import type { Kysely } from 'kysely';

/** What other apps keep with their onboardings, and the list of these. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('onboarding_sessions')
    .addColumn('metadata', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute();
  await db.schema
    .createIndex('onboarding_sessions_client_id_created_at')
    .on('onboarding_sessions')
    .columns(['client_id', 'created_at', 'id'])
    .execute();
}
