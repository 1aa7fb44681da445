import type { Database, DatabaseSettings } from './database.js';
import type { StoreLogger } from './postgresPool.js';
import { openSqliteDatabase } from './sqliteDatabase.js';

/**
 * Opens the database and brings its tables up to date. Safe when several processes start at once.
 * @throws DatabaseUnavailable when PostgreSQL can't be reached or used
 * @throws Error when the folder or the file of the embedded database can't be used, or a migration fails
 */
export async function openDatabase(
  { dataDir, databaseUrl }: DatabaseSettings,
  logger: StoreLogger,
): Promise<Database> {
  if (databaseUrl === null) return openSqliteDatabase(dataDir);
  // Elsewhere its driver would take its part of a start for nothing.
  const { openPostgresDatabase } = await import('./postgresDatabase.js');
  return openPostgresDatabase(databaseUrl, logger);
}
