import type pg from 'pg';
import { DatabaseUnavailable } from './databaseUnavailable.js';
import { createClient } from './postgresPool.js';

/** A pooler that gives each transaction any connection gives one away between two transactions of the same client. */
const rounds = 3;

const perTransaction =
  'it is reached through a pooler that works per transaction, and this app needs what stays with a connection (LISTEN, ' +
  'advisory locks): use the pooler in session mode, or the address of the database itself';

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/**
 * Whether a connection stays with its client. While it does, nobody else gets it, and it is the same one later on. A
 * pooler per transaction hands the one that was just given back to the next who begins.
 */
async function staysWith(client: pg.Client, other: pg.Client): Promise<boolean> {
  const own = await pidOf(client);
  for (let round = 0; round < rounds; round += 1) {
    await other.query('begin');
    const theirs = await pidOf(other);
    const now = await pidOf(client);
    await other.query('commit');
    if (theirs === own || now !== own) return false;
  }
  return true;
}

/**
 * Makes sure that connections to PostgreSQL are kept apart from each other.
 * @throws DatabaseUnavailable when a pooler in between works per transaction, or per statement
 */
export async function checkPooler(databaseUrl: string): Promise<void> {
  const [client, other] = [createClient(databaseUrl), createClient(databaseUrl)];
  // One that is lost fails its query as well.
  for (const each of [client, other]) each.on('error', () => undefined);
  try {
    await Promise.all([client.connect(), other.connect()]);
    if (await staysWith(client, other)) return;
  } catch (error) {
    // PgBouncer, in its third mode.
    if (!/statement pooling/.test((error as Error).message)) throw error;
  } finally {
    await Promise.all([client, other].map((each) => each.end().catch(() => undefined)));
  }
  throw DatabaseUnavailable.at(databaseUrl, perTransaction);
}
