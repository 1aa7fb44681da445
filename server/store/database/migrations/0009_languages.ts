import type { Kysely } from 'kysely';

/** Which language each user reads, and which one another app asks for. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['language', 'last_language']) {
    await db.schema.alterTable('users').addColumn(column, 'text').execute();
  }
  await db.schema.alterTable('onboarding_sessions').addColumn('locale', 'text').execute();
}
