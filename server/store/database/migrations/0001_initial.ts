import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely';

/**
 * Text that is compared byte by byte on both databases, so that pages by key and searches by prefix go through an
 * index in the same order whatever the locale of the server.
 */
const keyText = (db: Kysely<unknown>): RawBuilder<unknown> =>
  db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : sql`text`;

interface IndexOptions {
  readonly isUnique?: boolean;
  /** The rows that a partial index holds. */
  readonly where?: RawBuilder<boolean>;
}

async function index(
  db: Kysely<unknown>,
  name: string,
  table: string,
  columns: readonly string[],
  { isUnique = false, where }: IndexOptions = {},
): Promise<void> {
  let building = db.schema
    .createIndex(name)
    .on(table)
    .columns([...columns]);
  if (isUnique) building = building.unique();
  await (where === undefined ? building : building.where(where)).execute();
}

/** Who is asking: sessions, users and what they are found by, tries to sign in, API clients. */
async function createIdentity(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id_hash', 'text', (column) => column.primaryKey())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('identifier', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await index(db, 'sessions_expires_at', 'sessions', ['expires_at']);
  await index(db, 'sessions_identifier', 'sessions', ['identifier']);

  await db.schema
    .createTable('users')
    .addColumn('identifier', keyText(db), (column) => column.primaryKey())
    .addColumn('display_name', 'text')
    .addColumn('email', 'text')
    .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('mail_declined_at', 'bigint')
    .addColumn('stuck_since', 'bigint')
    .execute();
  await index(db, 'users_last_seen', 'users', ['last_seen_at', 'identifier']);
  await index(db, 'users_stuck', 'users', ['stuck_since', 'identifier']);

  await db.schema
    .createTable('user_terms')
    .addColumn('term', keyText(db), (column) => column.notNull())
    .addColumn('identifier', keyText(db), (column) => column.notNull())
    .addPrimaryKeyConstraint('user_terms_key', ['term', 'identifier'])
    .execute();
  await index(db, 'user_terms_identifier', 'user_terms', ['identifier', 'term']);

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
  await index(db, 'sign_in_tries_expires_at', 'sign_in_tries', ['expires_at']);
  await index(db, 'sign_in_tries_session', 'sign_in_tries', ['session_hash', 'created_at']);

  await db.schema
    .createTable('api_clients')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('return_urls', 'text', (column) => column.notNull())
    .addColumn('confirm_urls', 'text', (column) => column.notNull())
    .addColumn('refresh_urls', 'text', (column) => column.notNull())
    .addColumn('user_checks', 'text', (column) => column.notNull())
    .addColumn('may_give_address', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();

  await db.schema
    .createTable('api_client_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute();
  await index(db, 'api_client_keys_client', 'api_client_keys', ['client_id', 'created_at']);
}

/** Tries to connect, what they came back with, and what was last known of accounts. */
async function createFlows(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('flows')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('state_hash', 'text', (column) => column.notNull().unique())
    .addColumn('session_hash', 'text', (column) => column.notNull())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('return_to', 'text')
    .addColumn('returns', 'integer', (column) => column.notNull())
    .addColumn('account_id_before', 'text')
    .addColumn('account_updated_before', 'bigint')
    .addColumn('account_active_before', 'integer', (column) => column.notNull())
    .addColumn('account_created', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('failure', 'text')
    .addColumn('reference', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('link_expires_at', 'bigint')
    .addColumn('verify_started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('verified_at', 'bigint')
    .addColumn('account_expired_before', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('approval', 'text')
    .execute();
  await index(db, 'flows_identifier_connection', 'flows', ['identifier', 'connection_name', 'created_at']);
  await index(db, 'flows_status_expires_at', 'flows', ['status', 'expires_at']);

  await db.schema
    .createTable('auth_requests')
    .addColumn('request_hash', 'text', (column) => column.primaryKey())
    .addColumn('flow_id', 'text')
    .addColumn('arrived_at', 'bigint', (column) => column.notNull())
    .execute();
  await index(db, 'auth_requests_arrived_at', 'auth_requests', ['arrived_at']);

  await db.schema
    .createTable('last_known')
    .addColumn('subject', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('as_of', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('active_accounts')
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('active_accounts_key', ['identifier', 'connection_name'])
    .execute();
}

/** What is written down and counted. */
async function createRecords(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('actor', 'text')
    .addColumn('identifier', 'text')
    .addColumn('connection_name', 'text')
    .addColumn('reference', 'text')
    .addColumn('address', 'text')
    .addColumn('detail', 'text')
    .execute();
  await index(db, 'audit_events_actor', 'audit_events', ['actor', 'at', 'id']);
  await index(db, 'audit_events_at', 'audit_events', ['at', 'id']);
  await index(db, 'audit_events_connection', 'audit_events', ['connection_name', 'at', 'id']);
  await index(db, 'audit_events_connection_type', 'audit_events', ['connection_name', 'type', 'at', 'id']);
  await index(db, 'audit_events_identifier', 'audit_events', ['identifier', 'at']);
  await index(db, 'audit_events_reference', 'audit_events', ['reference']);
  await index(db, 'audit_events_type', 'audit_events', ['type', 'at', 'id']);

  await db.schema
    .createTable('daily_counts')
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('daily_counts_key', ['day', 'connection_name', 'kind'])
    .execute();
}

/** The projection of all accounts, how fresh it is, and what has to be connected anew. */
async function createDirectory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('directory_accounts')
    .addColumn('identifier', keyText(db), (column) => column.notNull())
    .addColumn('connection_name', keyText(db), (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('state', keyText(db), (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('stuck_since', 'bigint')
    .addColumn('authorized_at', 'bigint')
    .addColumn('updated_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .addColumn('token_expires_at', 'bigint')
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('reconnect_required', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('directory_accounts_key', ['identifier', 'connection_name'])
    .execute();
  await index(db, 'directory_accounts_connection', 'directory_accounts', [
    'connection_name',
    'state',
    'identifier',
  ]);
  await index(db, 'directory_accounts_reconnect', 'directory_accounts', ['connection_name', 'identifier'], {
    where: sql<boolean>`reconnect_required = 1`,
  });
  await index(db, 'directory_accounts_seen', 'directory_accounts', ['connection_name', 'seen_at']);
  await index(db, 'directory_accounts_state', 'directory_accounts', ['state', 'identifier']);
  await index(db, 'directory_accounts_stuck', 'directory_accounts', [
    'connection_name',
    'stuck_since',
    'identifier',
  ]);

  await db.schema
    .createTable('directory_counts')
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('accounts', 'integer', (column) => column.notNull())
    .addColumn('stuck', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('directory_counts_key', ['connection_name', 'state'])
    .execute();

  await db.schema
    .createTable('directory_syncs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('requested_by', 'text')
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('fault', 'text')
    .execute();

  await db.schema
    .createTable('directory_sync_connections')
    .addColumn('sync_id', 'text', (column) => column.notNull())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('page_token', 'text')
    .addColumn('accounts', 'integer', (column) => column.notNull())
    .addColumn('total', 'integer')
    .addColumn('listed_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addPrimaryKeyConstraint('directory_sync_connections_key', ['sync_id', 'connection_name'])
    .execute();

  await db.schema
    .createTable('reconnect_requirements')
    .addColumn('connection_name', keyText(db), (column) => column.primaryKey())
    .addColumn('older_than', 'bigint', (column) => column.notNull())
    .addColumn('required_at', 'bigint', (column) => column.notNull())
    .addColumn('required_by', 'text', (column) => column.notNull())
    .addColumn('withdrawn_at', 'bigint')
    .addColumn('applied_at', 'bigint')
    .execute();
}

/** What Scalekit tells, and what users are told. */
async function createNews(db: Kysely<unknown>): Promise<void> {
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
  await index(db, 'webhook_events_account', 'webhook_events', ['account_id', 'occurred_at']);
  await index(db, 'webhook_events_received_at', 'webhook_events', ['received_at']);
  await index(db, 'webhook_events_waiting', 'webhook_events', ['due_at', 'arrival'], {
    where: sql<boolean>`outcome is null`,
  });

  await db.schema
    .createTable('outbox')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('to_address', 'text', (column) => column.notNull())
    .addColumn('incident', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('send_after', 'bigint', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('next_try_at', 'bigint', (column) => column.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('withdrawn_at', 'bigint')
    .addColumn('failed_at', 'bigint')
    .addColumn('last_error', 'text')
    .addColumn('requested_by', 'text')
    .addColumn('request_key', 'text')
    .addColumn('address_given', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await index(db, 'outbox_created_at', 'outbox', ['created_at']);
  await index(db, 'outbox_failed_created_at', 'outbox', ['created_at', 'id'], {
    where: sql<boolean>`failed_at is not null`,
  });
  await index(db, 'outbox_identifier', 'outbox', ['identifier', 'created_at']);
  await index(db, 'outbox_request_key', 'outbox', ['request_key'], { isUnique: true });
  await index(db, 'outbox_sent_created_at', 'outbox', ['created_at', 'id'], {
    where: sql<boolean>`sent_at is not null`,
  });
  await index(db, 'outbox_waiting', 'outbox', ['next_try_at'], {
    where: sql<boolean>`sent_at is null and withdrawn_at is null and failed_at is null`,
  });
  await index(db, 'outbox_waiting_created_at', 'outbox', ['created_at', 'id'], {
    where: sql<boolean>`sent_at is null and withdrawn_at is null and failed_at is null`,
  });
  await index(db, 'outbox_withdrawn_created_at', 'outbox', ['created_at', 'id'], {
    where: sql<boolean>`withdrawn_at is not null`,
  });

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
  await index(db, 'mailings_created_at', 'mailings', ['created_at', 'id']);

  await db.schema
    .createTable('mailing_results')
    .addColumn('mailing_id', 'text', (column) => column.notNull())
    .addColumn('identifier', keyText(db), (column) => column.notNull())
    .addColumn('outcome', keyText(db), (column) => column.notNull())
    .addPrimaryKeyConstraint('mailing_results_key', ['mailing_id', 'identifier'])
    .execute();
  await index(db, 'mailing_results_outcome', 'mailing_results', ['mailing_id', 'outcome', 'identifier']);
}

/** The onboardings of other apps. */
async function createOnboardings(db: Kysely<unknown>): Promise<void> {
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
  await index(db, 'onboarding_sessions_ended_at', 'onboarding_sessions', ['ended_at']);
  await index(db, 'onboarding_sessions_identifier', 'onboarding_sessions', ['identifier']);
  await index(db, 'onboarding_sessions_status_expires_at', 'onboarding_sessions', ['status', 'expires_at']);

  await db.schema
    .createTable('idempotency_keys')
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('request_hash', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_key', ['client_id', 'key'])
    .execute();
  await index(db, 'idempotency_keys_expires_at', 'idempotency_keys', ['expires_at']);

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

/** What instances share, and which users were erased. */
async function createHousehold(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('locks')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('rate_limits')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('points', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('expire', 'bigint')
    .execute();

  await db.schema
    .createTable('tombstones')
    .addColumn('identifier_hash', 'text', (column) => column.primaryKey())
    .addColumn('erased_at', 'bigint', (column) => column.notNull())
    .execute();
  await index(db, 'tombstones_erased_at', 'tombstones', ['erased_at']);
}

/** All tables. What a column means is said with its type, in `schema.ts`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIdentity(db);
  await createFlows(db);
  await createRecords(db);
  await createDirectory(db);
  await createNews(db);
  await createOnboardings(db);
  await createHousehold(db);
}
