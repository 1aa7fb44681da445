import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { sqliteFileIn } from '../../server/store/database/sqliteDatabase.js';

const emptyFolder = () => mkdtemp(path.join(tmpdir(), 'connect-accounts-'));

/** A folder with an embedded database that has its tables and no row, to be copied by every test. */
export async function makeTemplate(): Promise<string> {
  const dataDir = await emptyFolder();
  const silent = { info: () => undefined, warn: () => undefined };
  const database = await openDatabase({ dataDir, databaseUrl: null }, silent);
  // Into the one file that is copied: the library lets go of the others only when its memory is collected.
  await sql`pragma wal_checkpoint(truncate)`.execute(database.db);
  await database.close();
  return dataDir;
}

/** A new folder for an embedded database: a copy of the test run's template, since making tables takes ten times as long. */
export async function newDataFolder(): Promise<string> {
  const folder = await emptyFolder();
  const template = process.env.TEST_DATA_TEMPLATE;
  if (template !== undefined) await copyFile(sqliteFileIn(template), sqliteFileIn(folder));
  return folder;
}
