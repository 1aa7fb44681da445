import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely';
import { withMigrationLock } from './migrationLock.js';
import * as connectFlow from './migrations/0001_connectFlow.js';
import * as signIn from './migrations/0003_signIn.js';
import type { Tables } from './schema.js';
import { openSqlite } from './sqliteDriver.js';

export type Db = Kysely<Tables>;

const migrations = { '0001_connectFlow': connectFlow, '0003_signIn': signIn };

async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw new Error('the database could not be migrated', { cause: error });
}

/**
 * Opens the embedded database in `dataDir`, which is made when it is missing, and brings its tables up to date.
 * Safe when two processes start at once.
 * @throws Error when the folder or the file cannot be used, or a migration fails
 */
export async function openDatabase(dataDir: string): Promise<Db> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return withMigrationLock(path.join(dataDir, 'migration.lock'), async () => {
    const database = openSqlite(path.join(dataDir, 'connect.db'));
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    try {
      await migrate(db);
      return db;
    } catch (error) {
      await db.destroy();
      throw error;
    }
  });
}

/** Resolves when the database answers. */
export async function pingDatabase(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}
