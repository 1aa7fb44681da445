import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { connectionString } from '../../kernel/databaseUrl.js';
import { remainingMs } from '../../kernel/requestBudget.js';
import { clientClass } from './channelBinding.js';
import { asDatabaseFault } from './databaseFault.js';

/** The database's logger. pino's loggers fit. */
export interface StoreLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface PostgresLimits {
  /** Connections that one instance holds at most, not counting the one that listens for changes. */
  readonly connections?: number;
  /** For getting a connection, in milliseconds. */
  readonly connectMs?: number;
  /** For one statement at the server, in milliseconds; 0 for no limit. */
  readonly statementMs?: number;
  /** For the answer to arrive here, in milliseconds; 0 for no limit. More than `statementMs`. */
  readonly answerMs?: number;
}

const { INT8, NUMERIC } = pg.types.builtins;

/** pg returns bigint, count() and sum() as text, since they may exceed a number. Ours don't. */
const types = {
  getTypeParser(...[oid, format]: Parameters<typeof pg.types.getTypeParser>) {
    if (oid === INT8 || oid === NUMERIC) return Number;
    return pg.types.getTypeParser(oid, format);
  },
};

/**
 * The options of every connection to PostgreSQL. Parameters in the URL win over them. A request that waits for the
 * database in vain is answered within 10 s.
 */
export function connectionOptions(
  databaseUrl: string,
  { connectMs = 3_000, answerMs = 9_000 }: PostgresLimits = {},
): pg.PoolConfig {
  return {
    Client: clientClass(databaseUrl),
    connectionString: connectionString(databaseUrl),
    application_name: 'connect-accounts',
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
    keepAlive: true,
    types,
  };
}

/** A connection outside the pool, which is opened and ended by its user. */
export const createClient = (databaseUrl: string): pg.Client =>
  new (clientClass(databaseUrl))(connectionOptions(databaseUrl));

/**
 * What the server is to know of every connection. It is said once the connection is there: poolers (PgBouncer) refuse
 * one that begins with such a parameter. Parameters in the URL win here, too.
 * @param more further settings of the server by their names
 */
export function sessionSetup(
  databaseUrl: string,
  { statementMs = 8_000 }: PostgresLimits = {},
  more: Readonly<Record<string, string>> = {},
): (client: pg.ClientBase) => Promise<void> {
  const settings = {
    statement_timeout: String(statementMs),
    idle_in_transaction_session_timeout: '60000',
    ...more,
  };
  const { searchParams } = new URL(databaseUrl);
  const wanted = Object.entries(settings).filter(([name]) => !searchParams.has(name));
  const calls = wanted.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  return async (client) => {
    if (wanted.length > 0) await client.query(`select ${calls.join(', ')}`, wanted.flat());
  };
}

/**
 * A bounded pool. It logs lost connections and never throws them where nothing could catch them.
 * @throws nothing: connections are opened when they are needed
 */
export function createPool(databaseUrl: string, logger: StoreLogger, limits: PostgresLimits = {}): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions(databaseUrl, limits),
    max: limits.connections ?? 10,
    onConnect: sessionSetup(databaseUrl, limits),
  });
  pool.on('error', (err) => logger.warn({ err }, 'an idle connection to the database was lost'));
  // The pool does not listen to a connection that is checked out, and an error without a listener ends the process.
  // The holder of the connection learns of the error by its failing query.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** How long a request may still write its outcome after its budget is used up, in milliseconds. */
const leastAnswerMs = 1_000;

/** A statement that ends with the budget of its request. */
function withinRequest(query: pg.QueryConfig): pg.QueryConfig {
  const leftMs = remainingMs();
  if (leftMs === Number.POSITIVE_INFINITY) return query;
  return Object.assign(query, { query_timeout: Math.max(leastAnswerMs, Math.ceil(leftMs)) });
}

function lentClient(client: pg.PoolClient): PostgresPoolClient {
  let late = false;
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(withinRequest({ text, values: [...parameters] }));
    } catch (error) {
      late ||= (error as Error).message === 'Query read timeout';
      throw asDatabaseFault(error);
    }
  };
  // What is late is closed, and never lent again.
  return { query, release: () => client.release(late) } as unknown as PostgresPoolClient;
}

/**
 * The pool as Kysely uses it. A connection that did not answer in time may be dead, so it is closed and not reused.
 * A fault of the database itself rejects as a `DatabaseFault`.
 */
export function lendingPool(pool: pg.Pool): PostgresPool {
  // Kysely keeps something for each client that it ever got, so that it gets the same ones again.
  const lent = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    async connect() {
      const client = await pool.connect().catch((error) => {
        throw asDatabaseFault(error);
      });
      const known = lent.get(client) ?? lentClient(client);
      lent.set(client, known);
      return known;
    },
    // The rate limits share the pool, so its creator ends it.
    end: async () => undefined,
  };
}
