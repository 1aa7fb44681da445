import path from 'node:path';
import { createLocalChangeEvents } from './changeEvents.js';
import type { Database } from './database.js';
import { DatabaseUnavailable } from './databaseUnavailable.js';
import { makeWritableFolder } from './dataFolder.js';
import { withMigrationLock } from './migrationLock.js';
import { migrate } from './migrations.js';
import { createSqlitePresence, type SqlitePresence } from './presence.js';
import { type Db, openTables } from './schema.js';
import { openSqlite, sqliteDialect } from './sqliteDriver.js';

/** The database's file in its folder. */
export const sqliteFileIn = (dataDir: string) => path.join(dataDir, 'connect.db');

async function openMigrated(dataDir: string): Promise<Db> {
  const db = openTables(sqliteDialect(openSqlite(sqliteFileIn(dataDir))));
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function open(dataDir: string): Promise<{ db: Db; presence: SqlitePresence }> {
  makeWritableFolder(dataDir);
  return withMigrationLock(path.join(dataDir, 'migration.lock'), async () => {
    const presence = createSqlitePresence(dataDir);
    try {
      return { db: await openMigrated(dataDir), presence };
    } catch (error) {
      presence.close();
      throw error;
    }
  });
}

/**
 * Opens the embedded database in `dataDir`, which is made when it is missing, and brings its tables up to date.
 * Safe when two processes start at once.
 * @throws DatabaseUnavailable when the folder or the file can't be used
 */
export async function openSqliteDatabase(dataDir: string): Promise<Database> {
  const { db, presence } = await open(dataDir).catch((error) => {
    throw DatabaseUnavailable.ofFolder(dataDir, error);
  });
  const events = createLocalChangeEvents();
  return {
    kind: 'sqlite',
    db,
    events,
    pool: null,
    presence,
    async close() {
      await events.close();
      await db.destroy();
      presence.close();
    },
  };
}
