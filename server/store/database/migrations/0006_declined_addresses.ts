import type { Kysely } from 'kysely';

/** The addresses whose readers want no mail, also where no user has signed in with them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('declined_addresses')
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('declined_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('declined_addresses_key', ['address', 'identifier'])
    .execute();
  await db.schema
    .createIndex('declined_addresses_identifier')
    .on('declined_addresses')
    .column('identifier')
    .execute();
}
