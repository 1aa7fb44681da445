import type { Kysely } from 'kysely';

/** Whether the account of a flow was expired when it began, since such a one turns active by a refresh alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('flows')
    .addColumn('account_expired_before', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
