import type pg from 'pg';
import { DatabaseUnavailable } from './databaseUnavailable.js';
import { createClient } from './postgresPool.js';

/** More than one, since others who use the pooler at the same time make it a matter of chance what a round shows. */
const rounds = 6;

const perTransaction =
  'it is reached through a pooler that works per transaction, and this app needs what stays with a connection (LISTEN, ' +
  'advisory locks): use the pooler in session mode, or the address of the database itself';

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/**
 * Whether each client keeps one connection all the time, and the other never gets it. A pooler per transaction gives the
 * next who asks the connection that was given back last, which shows when the other client asks; or first, which shows when
 * the same one asks again.
 */
async function stay(client: pg.Client, other: pg.Client): Promise<boolean> {
  const [own, theirs] = [await pidOf(client), await pidOf(other)];
  if (own === theirs) return false;
  for (let round = 0; round < rounds; round += 1) {
    for (const each of [client, client, other, other]) {
      if ((await pidOf(each)) !== (each === client ? own : theirs)) return false;
    }
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
    if (await stay(client, other)) return;
  } finally {
    await Promise.all([client, other].map((each) => each.end().catch(() => undefined)));
  }
  throw DatabaseUnavailable.at(databaseUrl, perTransaction);
}
