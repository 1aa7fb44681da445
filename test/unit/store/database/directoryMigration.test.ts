import { describe, expect, it } from '@jest/globals';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import pg from 'pg';
import * as connectFlow from '../../../../server/store/database/migrations/0001_connectFlow.js';
import * as signIn from '../../../../server/store/database/migrations/0003_signIn.js';
import * as outbox from '../../../../server/store/database/migrations/0005_outbox.js';
import * as directory from '../../../../server/store/database/migrations/0006_directory.js';
import * as stuckCounts from '../../../../server/store/database/migrations/0015_stuckCounts.js';
import { openSqlite } from '../../../../server/store/database/sqliteDriver.js';
import { createPostgresDatabase } from '../../../support/postgresDatabase.js';
import { databaseKinds } from '../../tempDatabase.js';

/** A database without a table, while `work` runs. */
async function withEmpty(kind: (typeof databaseKinds)[number], work: (db: Kysely<unknown>) => Promise<void>) {
  const postgres = kind === 'postgres' ? await createPostgresDatabase() : null;
  const dialect =
    postgres === null
      ? new SqliteDialect({ database: openSqlite(':memory:') })
      : new PostgresDialect({ pool: new pg.Pool({ connectionString: postgres.url }) });
  const db = new Kysely<unknown>({ dialect });
  try {
    await work(db);
  } finally {
    await db.destroy();
    await postgres?.drop();
  }
}

describe.each(databaseKinds)('the tables of the directory on %s', (kind) => {
  it('keep the users that were known before, and find all of them', () =>
    withEmpty(kind, async (db) => {
      await connectFlow.up(db);
      await signIn.up(db);
      await outbox.up(db);
      const identifiers = Array.from({ length: 1203 }, (_, number) => `user-${number}`);
      for (const identifier of identifiers) {
        await sql`insert into users (identifier, display_name, email, first_seen_at, last_seen_at)
          values (${identifier}, ${'Ada Lovelace'}, ${null}, 1, 2)`.execute(db);
      }
      await directory.up(db);
      const { rows: users } = await sql`select identifier from users`.execute(db);
      expect(users).toHaveLength(1203);
      const { rows: found } = await sql`select identifier from user_terms where term = 'lovelace'`.execute(
        db,
      );
      expect(found).toHaveLength(1203);
      const { rows: terms } = await sql<{ term: string }>`
        select term from user_terms where identifier = 'user-7' order by term
      `.execute(db);
      expect(terms.map(({ term }) => term)).toEqual(['ada lovelace', 'lovelace', 'user-7']);
    }));

  it('count those who are stuck already, once they are counted apart', () =>
    withEmpty(kind, async (db) => {
      await connectFlow.up(db);
      await signIn.up(db);
      await outbox.up(db);
      await directory.up(db);
      for (const [user, state, stuckSince] of [
        ['ada', 'expired', 5],
        ['bob', 'pending', null],
        ['eve', 'pending', 6],
      ] as const) {
        await sql`insert into directory_accounts
          (identifier, connection_name, account_id, state, since, stuck_since, seen_at)
          values (${user}, 'gmail', ${user}, ${state}, 1, ${stuckSince}, 1)`.execute(db);
      }
      await sql`insert into directory_counts (connection_name, state, accounts)
        values ('gmail', 'expired', 1), ('gmail', 'pending', 2), ('exa', 'expired', 0)`.execute(db);
      await stuckCounts.up(db);
      const { rows } = await sql`select connection_name as name, state, accounts, stuck from directory_counts
        order by connection_name, state`.execute(db);
      expect(rows).toEqual([
        { name: 'exa', state: 'expired', accounts: 0, stuck: 0 },
        { name: 'gmail', state: 'expired', accounts: 1, stuck: 1 },
        { name: 'gmail', state: 'pending', accounts: 2, stuck: 1 },
      ]);
    }));
});
