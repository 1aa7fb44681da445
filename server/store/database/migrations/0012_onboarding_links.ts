import type { Kysely } from 'kysely';

/** Until when the link of an onboarding starts it anew. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('onboarding_sessions').addColumn('restart_until', 'bigint').execute();
}
