import { type Kysely, sql } from 'kysely';
import type { Pool } from 'pg';
import type { ChangeEvents } from './changeEvents.js';
import { openPostgresDatabase } from './postgresDatabase.js';
import type { StoreLogger } from './postgresPool.js';
import type { Presence } from './presence.js';
import type { Tables } from './schema.js';
import { openSqliteDatabase } from './sqliteDatabase.js';

export type Db = Kysely<Tables>;

/** An open database, and what comes with its kind. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  readonly db: Db;
  /** Changes, told to every instance that shares the database. */
  readonly events: ChangeEvents;
  /** PostgreSQL's connections, for parts that speak to it by themselves; null on SQLite. */
  readonly pool: Pool | null;
  /** Which of the processes on this database live. */
  readonly presence: Presence;
  /** Ends every connection, and the change events. */
  close(): Promise<void>;
}

/** As the configuration has it. */
export interface DatabaseSettings {
  /** The folder of the embedded database. */
  readonly dataDir: string;
  /** The PostgreSQL database that is used in its place, or null. */
  readonly databaseUrl: string | null;
}

/**
 * Opens the database and brings its tables up to date. Safe when several processes start at once.
 * @throws DatabaseUnavailable when PostgreSQL can't be reached or used
 * @throws Error when the folder or the file of the embedded database can't be used, or a migration fails
 */
export function openDatabase(
  { dataDir, databaseUrl }: DatabaseSettings,
  logger: StoreLogger,
): Promise<Database> {
  return databaseUrl === null ? openSqliteDatabase(dataDir) : openPostgresDatabase(databaseUrl, logger);
}

/** Resolves when the database answers. */
export async function pingDatabase(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}
