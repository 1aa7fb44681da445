import { type Kysely, sql } from 'kysely';

/** What each logout token meant, for sessions that are stored after it came. The tokens that are there were all taken. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['subject_hash', 'provider_session_hash']) {
    await db.schema.alterTable('logout_tokens').addColumn(column, 'text').execute();
    await db.schema
      .createIndex(`logout_tokens_${column}`)
      .on('logout_tokens')
      .column(column)
      .where(sql<boolean>`${sql.ref(column)} is not null`)
      .execute();
  }
  await db.schema.alterTable('logout_tokens').addColumn('issued_at', 'bigint').execute();
  await db.schema
    .alterTable('logout_tokens')
    .addColumn('taken', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
}
