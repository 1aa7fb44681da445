import { type Kysely, sql } from 'kysely';

/** Of the accounts that are counted, those that are stuck. What is there already is counted once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('directory_counts')
    .addColumn('stuck', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`
    update directory_counts set stuck = (
      select count(*) from directory_accounts as a
      where a.connection_name = directory_counts.connection_name
        and a.state = directory_counts.state and a.stuck_since is not null
    )
  `.execute(db);
}
