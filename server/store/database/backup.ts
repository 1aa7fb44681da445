import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { fileFaultOf } from '../../kernel/fileFaults.js';
import { copyDatabase, firstTableWithRows, TargetNotEmpty } from './copyDatabase.js';
import type { DatabaseSettings } from './database.js';
import { openAsItIs } from './databaseInspection.js';
import { areFromBefore, doneMigrations, migrate, migrationNames } from './migrations.js';
import { openDatabase } from './openDatabase.js';
import type { StoreLogger } from './postgresPool.js';
import { asStored, type Db, openTables } from './schema.js';
import { openSqliteDatabase, sqliteFileIn } from './sqliteDatabase.js';
import { openSqlite, openUnchanging, sqliteDialect } from './sqliteDriver.js';

/**
 * A backup is a SQLite file with the tables of the database that it was made of, whichever kind that has: so it can be
 * restored into either. Its tables are those of the version that made it.
 */

/** Thrown when no backup can be made or restored, for a reason that the caller can mend. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

const openFile = (file: string): Db => openTables(sqliteDialect(openSqlite(file)));

/** The migrations of a database. @throws BackupRefused when this version can't read its tables */
async function levelOf(db: Db, what: string): Promise<string> {
  const done = await doneMigrations(db);
  if (areFromBefore(done))
    throw new BackupRefused(
      `${what} was made by a build before version 0.1.0, whose tables no version takes over.`,
    );
  if ([...done].some((name) => !migrationNames.includes(name)))
    throw new BackupRefused(`${what} has tables of a newer version of this app. Use that version.`);
  const last = migrationNames.findLast((name) => done.has(name));
  if (last === undefined) throw new BackupRefused(`${what} has no tables of this app.`);
  return last;
}

/** Writes to the disk what the system still holds back. */
async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** File systems without hard links, such as those of some network drives. */
const withoutLinks: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Gives a finished file its name, unless another file has it. */
async function publish(partial: string, file: string): Promise<void> {
  try {
    // Unlike a renaming, this fails when the name is taken, also by a file that came a moment ago.
    await link(partial, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!withoutLinks.includes(code) || existsSync(file)) throw error;
    await rename(partial, file);
  }
  await rm(partial, { force: true });
  await sync(path.dirname(file));
}

const alreadyThere = (file: string) => new BackupRefused(`${file} is there already. Choose another name.`);

/** Makes the file of a backup under another name, and gives it its own once it is whole and on the disk. */
async function writing(file: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = path.join(
    path.dirname(file),
    `.${path.basename(file)}-${randomUUID().slice(0, 8)}.partial`,
  );
  try {
    // SQLite takes an empty file for a new one, and leaves its mode.
    await (await open(partial, 'wx', 0o600)).close();
    await write(partial);
    await sync(partial);
    await publish(partial, file);
  } catch (error) {
    for (const end of ['', '-wal', '-shm', '-journal']) await rm(partial + end, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(file);
    const reason = fileFaultOf(error);
    if (reason === null || error instanceof BackupRefused) throw error;
    throw new BackupRefused(`${file} could not be written: ${reason}.`);
  }
}

/** Copies the tables of PostgreSQL, as of one moment, into a new SQLite file. */
async function copyInto(file: string, from: Db, level: string): Promise<void> {
  const db = openFile(file);
  try {
    await migrate(db, level);
    await copyDatabase({ kind: 'postgres', db: from }, { kind: 'sqlite', db });
    // So that everything is in the one file.
    await sql`pragma journal_mode = delete`.execute(db);
  } finally {
    await db.destroy();
  }
}

/**
 * Writes all that the database holds into a file, as of one moment; the app may run meanwhile. The database stays as it
 * is: its tables are not brought up to date.
 * @returns the size of the file, in bytes
 * @throws BackupRefused; then there is no file
 */
export async function backUp(settings: DatabaseSettings, file: string): Promise<number> {
  if (existsSync(file)) throw alreadyThere(file);
  const source = await openAsItIs(settings);
  if (source === null) throw new BackupRefused(`There is no database in ${settings.dataDir}.`);
  try {
    const level = await levelOf(source.db, 'The database');
    await writing(file, async (partial) => {
      if (source.kind === 'sqlite') await sql`vacuum into ${partial}`.execute(source.db);
      else await copyInto(partial, source.db, level);
    });
  } finally {
    await source.close();
  }
  return (await stat(file)).size;
}

/** A backup with the newest tables, to be read. */
interface ReadableBackup {
  readonly db: Db;
  close(): Promise<void>;
}

/** Brings a copy of a backup up to date: the file itself stays as it is. */
async function openUpdated(file: string): Promise<ReadableBackup> {
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-restore-'));
  try {
    await copyFile(file, sqliteFileIn(folder));
    const { db, close } = await openSqliteDatabase(folder);
    return {
      db,
      async close() {
        await close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function openBackup(file: string): Promise<ReadableBackup> {
  const db = openTables(sqliteDialect(openUnchanging(file)));
  try {
    const { rows } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(asStored(db));
    if (rows[0]?.quick_check !== 'ok') throw new BackupRefused(`${file} is damaged.`);
    if ((await levelOf(db, file)) === migrationNames.at(-1)) return { db, close: () => db.destroy() };
  } catch (error) {
    await db.destroy();
    throw error;
  }
  await db.destroy();
  return openUpdated(file);
}

/** @throws BackupRefused when the database has rows: looked at as it is, so that it stays so when it is refused */
async function requireEmpty(settings: DatabaseSettings): Promise<void> {
  const target = await openAsItIs(settings);
  if (target === null) return;
  try {
    const table = await firstTableWithRows(target.db);
    if (table === null) return;
    throw new BackupRefused(
      `The database is not empty: its table ${table} has rows. Restore into a new one: another DATA_DIR, or another ` +
        'database in DATABASE_URL.',
    );
  } finally {
    await target.close();
  }
}

/**
 * Brings a backup into a database that is empty: all of it or nothing. A backup of an older version is brought up to
 * date on the way; its file stays as it is.
 * @returns how many rows of each table there were
 * @throws BackupRefused when that can't be done; the database is as it was then
 */
export async function restore(
  file: string,
  settings: DatabaseSettings,
  logger: StoreLogger,
): Promise<ReadonlyMap<string, number>> {
  const readable = await open(file, 'r').catch((error) => {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BackupRefused(missing ? `There is no file ${file}.` : `${file} can’t be read.`);
  });
  await readable.close();
  const backup = await openBackup(file).catch((error) => {
    const reason = fileFaultOf(error);
    if (reason === null || error instanceof BackupRefused) throw error;
    throw new BackupRefused(`${file} is no backup: ${reason}.`);
  });
  try {
    await requireEmpty(settings);
    const target = await openDatabase(settings, logger);
    try {
      return await copyDatabase({ kind: 'unchanging', db: backup.db }, target);
    } catch (error) {
      throw error instanceof TargetNotEmpty ? new BackupRefused(error.message) : error;
    } finally {
      await target.close();
    }
  } finally {
    await backup.close();
  }
}
