import type { Kysely } from 'kysely';

/**
 * Whose a session is and since when, tries to sign in at a provider, and the address that a sign-in verified.
 * A session from before has no known age and counts as ended.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('identifier', 'text').execute();
  await db.schema
    .alterTable('sessions')
    .addColumn('created_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.createIndex('sessions_identifier').on('sessions').column('identifier').execute();

  await db.schema.alterTable('users').addColumn('email', 'text').execute();

  await db.schema
    .createTable('sign_in_tries')
    .addColumn('state_hash', 'text', (column) => column.primaryKey())
    .addColumn('session_hash', 'text', (column) => column.notNull())
    .addColumn('nonce', 'text', (column) => column.notNull())
    .addColumn('code_verifier', 'text', (column) => column.notNull())
    .addColumn('return_to', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('sign_in_tries_session')
    .on('sign_in_tries')
    .columns(['session_hash', 'created_at'])
    .execute();
  await db.schema.createIndex('sign_in_tries_expires_at').on('sign_in_tries').column('expires_at').execute();
}
