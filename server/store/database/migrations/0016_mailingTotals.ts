import { type Kysely, sql } from 'kysely';

/** Mailings that ended have counted those they went through but for the last page. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    update mailings set gone_through = (
      select count(*) from mailing_results where mailing_results.mailing_id = mailings.id
    )
    where ended_at is not null
  `.execute(db);
}
