import { existsSync } from 'node:fs';
import { PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Database, DatabaseSettings } from './database.js';
import { DatabaseUnavailable } from './databaseUnavailable.js';
import { findTables, type TablesFound } from './migrations.js';
import { checkPooler } from './poolerCheck.js';
import { connectionOptions, sessionSetup } from './postgresPool.js';
import { type Db, openTables } from './schema.js';
import { sqliteFileIn } from './sqliteDatabase.js';
import { openSqlite, sqliteDialect } from './sqliteDriver.js';

/** A database that is looked at as it is: nothing is migrated, and nothing can be written. */
export interface DatabaseInspection {
  readonly kind: 'sqlite' | 'postgres';
  /** As it says so itself. */
  version(): Promise<string>;
  tables(): Promise<TablesFound>;
  /** When the newest webhook came, in epoch milliseconds, or null. */
  lastWebhookAt(): Promise<number | null>;
  /** Up to when Scalekit's event log was read, in epoch milliseconds, or null. */
  eventLogReadUntil(): Promise<number | null>;
  close(): Promise<void>;
}

/** What whoever opens a database as it is does with it. */
type Purpose = 'reading' | 'writing';

function openPostgres(databaseUrl: string, purpose: Purpose): Db {
  const options = {
    ...connectionOptions(databaseUrl),
    max: 1,
    onConnect: sessionSetup(
      databaseUrl,
      {},
      purpose === 'reading' ? { default_transaction_read_only: 'on' } : {},
    ),
  };
  const pool = new pg.Pool(options);
  pool.on('error', () => undefined);
  return openTables(new PostgresDialect({ pool }));
}

function openSqliteFile(dataDir: string): Db | null {
  const file = sqliteFileIn(dataDir);
  // Opening would make it.
  return existsSync(file) ? openTables(sqliteDialect(openSqlite(file))) : null;
}

/**
 * Opens a database without bringing its tables up to date.
 * @returns null when there is no embedded database yet
 * @throws DatabaseUnavailable when it can't be reached or used
 */
export async function openAsItIs(
  { dataDir, databaseUrl }: DatabaseSettings,
  purpose: Purpose = 'reading',
): Promise<(Pick<Database, 'kind' | 'db'> & { close(): Promise<void> }) | null> {
  const kind = databaseUrl === null ? 'sqlite' : 'postgres';
  let opened: Db | null = null;
  try {
    const db = databaseUrl === null ? openSqliteFile(dataDir) : openPostgres(databaseUrl, purpose);
    if (db === null) return null;
    opened = db;
    if (databaseUrl !== null) await checkPooler(databaseUrl);
    await sql`select 1`.execute(db);
    return { kind, db, close: () => db.destroy() };
  } catch (error) {
    await opened?.destroy();
    if (error instanceof DatabaseUnavailable) throw error;
    throw databaseUrl === null
      ? DatabaseUnavailable.ofFolder(dataDir, error)
      : DatabaseUnavailable.of(databaseUrl, error);
  }
}

/**
 * @returns null when there is no embedded database yet
 * @throws DatabaseUnavailable when PostgreSQL can't be reached
 */
export async function inspectDatabase(settings: DatabaseSettings): Promise<DatabaseInspection | null> {
  const opened = await openAsItIs(settings);
  if (opened === null) return null;
  const { kind, db, close } = opened;
  if (kind === 'sqlite') await sql`pragma query_only = on`.execute(db);
  const ask = async (): Promise<string> => {
    const query =
      kind === 'sqlite'
        ? sql<{ version: string }>`select sqlite_version() as version`
        : sql<{ version: string }>`select current_setting('server_version') as version`;
    return (await query.execute(db)).rows[0]?.version ?? '';
  };
  return {
    kind,
    version: ask,
    tables: () => findTables(db),
    async lastWebhookAt() {
      const newest = db
        .selectFrom('webhookEvents')
        .select((row) => row.fn.max('receivedAt').as('at'))
        .where('source', '=', 'webhook');
      return (await newest.executeTakeFirst())?.at ?? null;
    },
    async eventLogReadUntil() {
      const row = await db.selectFrom('eventLogMarks').select('readUntil').executeTakeFirst();
      return row?.readUntil ?? null;
    },
    close,
  };
}
