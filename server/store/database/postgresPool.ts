import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { remainingMs } from '../../kernel/requestBudget.js';
import { asDatabaseFault } from './databaseFault.js';

/** What the database has to tell; pino's loggers fit. */
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

/** bigint, count() and sum() come as text, since they may exceed what a number holds. Ours don't. */
const types = {
  getTypeParser(...[oid, format]: Parameters<typeof pg.types.getTypeParser>) {
    if (oid === INT8 || oid === NUMERIC) return Number;
    return pg.types.getTypeParser(oid, format);
  },
};

/**
 * How every connection to PostgreSQL is opened; what the URL itself says goes first. A request that waits in vain
 * is answered within 10 s.
 */
export function connectionOptions(
  databaseUrl: string,
  { connectMs = 3_000, statementMs = 8_000, answerMs = 9_000 }: PostgresLimits = {},
): pg.ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: 'connect-accounts',
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    types,
  };
}

/**
 * A bounded pool. Losing connections is told to the logger and never thrown where nothing could catch it.
 * @throws nothing: connections are opened when they are needed
 */
export function createPool(databaseUrl: string, logger: StoreLogger, limits: PostgresLimits = {}): pg.Pool {
  const pool = new pg.Pool({ ...connectionOptions(databaseUrl, limits), max: limits.connections ?? 10 });
  pool.on('error', (err) => logger.warn({ err }, 'an idle connection to the database was lost'));
  // While a connection is lent out the pool does not listen, and an error without a listener ends the process.
  // Whoever has it learns of it by the query that fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** What a request may have done to write down what became of it, even when it has used its time up, in milliseconds. */
const leastAnswerMs = 1_000;

/** A statement that a request waits for no longer than it has time itself. */
function withinRequest(query: pg.QueryConfig): pg.QueryConfig {
  const leftMs = remainingMs();
  if (leftMs === Number.POSITIVE_INFINITY) return query;
  return Object.assign(query, { query_timeout: Math.max(leastAnswerMs, Math.ceil(leftMs)) });
}

/**
 * The pool as Kysely borrows from it. A connection whose answer did not come in time may have nobody at its other
 * end any more, so it is closed rather than lent again. What is the database's own fault rejects as a `DatabaseFault`.
 */
export function lendingPool(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect().catch((error) => {
        throw asDatabaseFault(error);
      });
      let late = false;
      const query = async (text: string, parameters: readonly unknown[]) => {
        try {
          return await client.query(withinRequest({ text, values: [...parameters] }));
        } catch (error) {
          late ||= (error as Error).message === 'Query read timeout';
          throw asDatabaseFault(error);
        }
      };
      return { query, release: () => client.release(late) } as unknown as PostgresPoolClient;
    },
    // The pool is shared with the rate limits, so who made it ends it.
    end: async () => undefined,
  };
}
