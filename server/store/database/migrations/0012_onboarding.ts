import type { Kysely } from 'kysely';

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('onboarding_sessions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('display_name', 'text')
    .addColumn('connections', 'text', (column) => column.notNull())
    .addColumn('return_url', 'text', (column) => column.notNull())
    .addColumn('confirm_url', 'text')
    .addColumn('refresh_url', 'text')
    .addColumn('state', 'text')
    .addColumn('user_check', 'text', (column) => column.notNull())
    .addColumn('start_token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('cookie_hash', 'text', (column) => column.unique())
    .addColumn('confirm_nonce_hash', 'text')
    .addColumn('continue_code_hash', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('confirmed_at', 'bigint')
    .addColumn('checked_at', 'bigint')
    .addColumn('skipped', 'text', (column) => column.notNull())
    .addColumn('outcomes', 'text')
    .addColumn('ended_at', 'bigint')
    .execute();
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on('onboarding_sessions').columns(columns).execute();
  await index('onboarding_sessions_identifier', ['identifier']);
  await index('onboarding_sessions_status_expires_at', ['status', 'expires_at']);
  await index('onboarding_sessions_ended_at', ['ended_at']);
}

async function createIdempotencyKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('request_hash', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_key', ['client_id', 'key'])
    .execute();
  await db.schema
    .createIndex('idempotency_keys_expires_at')
    .on('idempotency_keys')
    .column('expires_at')
    .execute();
}

/** Onboarding sessions that other apps made, what they were answered, and the keys that results are signed with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createSessions(db);
  await createIdempotencyKeys(db);
  await db.schema
    .createTable('signing_keys')
    .addColumn('generation', 'integer', (column) => column.primaryKey())
    .addColumn('kid', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('sealed_private_key', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('used_from', 'bigint', (column) => column.notNull())
    .execute();
}
