import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of one test file's own. */
export interface PostgresDatabase {
  readonly url: string;
  /** Runs a statement as a user who may do everything, on a connection of its own. */
  run(sql: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Deletes the database and cuts who is still connected. */
  drop(): Promise<void>;
}

async function runAt(url: string, sql: string, parameters: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}

/**
 * Makes an empty database.
 * @param serverUrl the server; the one that the whole test run shares when left out
 */
export async function createPostgresDatabase(
  serverUrl = process.env.TEST_DATABASE_URL,
): Promise<PostgresDatabase> {
  if (!serverUrl)
    throw new Error('no PostgreSQL was started: test/support/jestSetup.ts did not see the need');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runAt(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    run: (sql, parameters) => runAt(url.href, sql, parameters),
    drop: async () => void (await runAt(serverUrl, `drop database ${name} with (force)`)),
  };
}
