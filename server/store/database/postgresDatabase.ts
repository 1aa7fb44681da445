import { PostgresDialect, sql } from 'kysely';
import type { Database } from './database.js';
import { DatabaseUnavailable } from './databaseUnavailable.js';
import { migrate } from './migrations.js';
import { checkPooler } from './poolerCheck.js';
import { createPostgresChangeEvents } from './postgresChangeEvents.js';
import { createPool, lendingPool, type PostgresLimits, type StoreLogger } from './postgresPool.js';
import { createPostgresPresence } from './presence.js';
import { type Db, openTables } from './schema.js';

const oldestVersion = 15;

async function checkServer(db: Db, databaseUrl: string): Promise<void> {
  const { rows } = await sql<{ version: number; encoding: string }>`
    select current_setting('server_version_num')::integer as version,
      current_setting('server_encoding') as encoding`.execute(db);
  const { version = 0, encoding = '' } = rows[0] ?? {};
  const major = Math.floor(version / 10_000);
  if (major < oldestVersion) {
    const reason = `its version is ${major}, and version ${oldestVersion} or newer is needed`;
    throw DatabaseUnavailable.at(databaseUrl, reason);
  }
  if (encoding !== 'UTF8') {
    throw DatabaseUnavailable.at(databaseUrl, `its encoding is ${encoding}, and UTF8 is needed`);
  }
}

/** Migrates on connections of its own, since a migration, and waiting for one, may take longer than a statement. */
async function prepare(databaseUrl: string, logger: StoreLogger): Promise<void> {
  const pool = createPool(databaseUrl, logger, { connections: 1, statementMs: 0, answerMs: 0 });
  const db = openTables(new PostgresDialect({ pool: lendingPool(pool) }));
  try {
    // First, since what is set for a connection would be set for others, too.
    await checkPooler(databaseUrl);
    await checkServer(db, databaseUrl);
    await migrate(db);
  } finally {
    await pool.end();
  }
}

/**
 * Opens a PostgreSQL database, and brings its tables up to date. Safe when several instances start at once.
 * @throws DatabaseUnavailable when it can't be reached or used
 */
export async function openPostgresDatabase(
  databaseUrl: string,
  logger: StoreLogger,
  limits: PostgresLimits = {},
): Promise<Database> {
  await prepare(databaseUrl, logger).catch((error) => {
    if (error instanceof DatabaseUnavailable) throw error;
    throw DatabaseUnavailable.of(databaseUrl, (error as Error).cause ?? error);
  });
  const pool = createPool(databaseUrl, logger, limits);
  const db = openTables(new PostgresDialect({ pool: lendingPool(pool) }));
  const presence = createPostgresPresence(db);
  const events = await createPostgresChangeEvents(databaseUrl, pool, logger, { onOpen: presence.announce });
  return {
    kind: 'postgres',
    db,
    events,
    pool,
    presence,
    async close() {
      await events.close();
      await db.destroy();
      await pool.end();
    },
  };
}
