import type { Database, DatabaseSettings } from './database.js';
import { openPostgresDatabase } from './postgresDatabase.js';
import type { StoreLogger } from './postgresPool.js';
import { openSqliteDatabase } from './sqliteDatabase.js';

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
