import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely';
import { termsOf } from '../../userTerms.js';

/**
 * Text that is compared byte by byte on both databases, so that pages by key and searches by prefix go through an
 * index in the same order whatever the locale of the server.
 */
export const keyText = (db: Kysely<unknown>): RawBuilder<unknown> =>
  db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : sql`text`;

/** Users that never signed in are known, too; a type can't be changed in place on SQLite. */
async function rebuildUsers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users_rebuilt')
    .addColumn('identifier', keyText(db), (column) => column.primaryKey())
    .addColumn('display_name', 'text')
    .addColumn('email', 'text')
    .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('mail_declined_at', 'bigint')
    .addColumn('stuck_since', 'bigint')
    .execute();
  await sql`
    insert into users_rebuilt (identifier, display_name, email, first_seen_at, last_seen_at, mail_declined_at)
    select identifier, display_name, email, first_seen_at, last_seen_at, mail_declined_at from users
  `.execute(db);
  await db.schema.dropTable('users').execute();
  await db.schema.alterTable('users_rebuilt').renameTo('users').execute();
  await db.schema.createIndex('users_stuck').on('users').columns(['stuck_since', 'identifier']).execute();
  await db.schema
    .createIndex('users_last_seen')
    .on('users')
    .columns(['last_seen_at', 'identifier'])
    .execute();
}

async function createSearch(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('user_terms')
    .addColumn('term', keyText(db), (column) => column.notNull())
    .addColumn('identifier', keyText(db), (column) => column.notNull())
    .addPrimaryKeyConstraint('user_terms_key', ['term', 'identifier'])
    .execute();
  await db.schema
    .createIndex('user_terms_identifier')
    .on('user_terms')
    .columns(['identifier', 'term'])
    .execute();
}

interface KnownUser {
  readonly identifier: string;
  readonly display_name: string | null;
  readonly email: string | null;
}

async function usersAfter(db: Kysely<unknown>, identifier: string): Promise<KnownUser[]> {
  const { rows } = await sql<KnownUser>`
    select identifier, display_name, email from users
    where identifier > ${identifier} order by identifier limit 500
  `.execute(db);
  return rows;
}

/** Those who are known already are found before they sign in again. */
async function fillSearch(db: Kysely<unknown>): Promise<void> {
  for (let users = await usersAfter(db, ''); users.length > 0; ) {
    const terms = users.flatMap(({ identifier, display_name, email }) =>
      termsOf(identifier, display_name, email).map((term) => sql`(${term}, ${identifier})`),
    );
    await sql`insert into user_terms (term, identifier) values ${sql.join(terms)}`.execute(db);
    users = await usersAfter(db, users.at(-1)?.identifier ?? '');
  }
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
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
    .addPrimaryKeyConstraint('directory_accounts_key', ['identifier', 'connection_name'])
    .execute();
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on('directory_accounts').columns(columns).execute();
  await index('directory_accounts_state', ['state', 'identifier']);
  await index('directory_accounts_connection', ['connection_name', 'state', 'identifier']);
  await index('directory_accounts_stuck', ['connection_name', 'stuck_since', 'identifier']);
  await index('directory_accounts_seen', ['connection_name', 'seen_at']);
}

async function createCounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('directory_counts')
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('accounts', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('directory_counts_key', ['connection_name', 'state'])
    .execute();
  await db.schema
    .createTable('daily_counts')
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('connection_name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('daily_counts_key', ['day', 'connection_name', 'kind'])
    .execute();
}

async function createSyncs(db: Kysely<unknown>): Promise<void> {
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
}

/** What admins see: users, a projection of all connected accounts, what is counted of them, and how fresh it is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await rebuildUsers(db);
  await createSearch(db);
  await fillSearch(db);
  await createAccounts(db);
  await createCounts(db);
  await createSyncs(db);
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on('audit_events').columns(columns).execute();
  await index('audit_events_type', ['type', 'at', 'id']);
  await index('audit_events_connection', ['connection_name', 'at', 'id']);
  await index('audit_events_reference', ['reference']);
}
