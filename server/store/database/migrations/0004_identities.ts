import { type Kysely, sql } from 'kysely';

/**
 * Whom the OpenID provider means by an identifier, the sessions that it can end, identifiers that were given up, and
 * what was decided once for the installation.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('provider_subjects')
    .addColumn('identifier', 'text', (column) => column.primaryKey())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('other_issuer', 'text')
    .addColumn('other_subject', 'text')
    .addColumn('other_at', 'bigint')
    .execute();
  await db.schema
    .createTable('retired_identifiers')
    .addColumn('identifier', 'text', (column) => column.primaryKey())
    .addColumn('renamed_to', 'text', (column) => column.notNull())
    .addColumn('retired_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('retired_identifiers_renamed_to')
    .on('retired_identifiers')
    .column('renamed_to')
    .execute();
  await db.schema
    .createTable('installation')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('logout_tokens')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('logout_tokens_expires_at').on('logout_tokens').column('expires_at').execute();
  for (const column of ['subject_hash', 'provider_session_hash']) {
    await db.schema.alterTable('sessions').addColumn(column, 'text').execute();
    await db.schema
      .createIndex(`sessions_${column}`)
      .on('sessions')
      .column(column)
      .where(sql<boolean>`${sql.ref(column)} is not null`)
      .execute();
  }
}
