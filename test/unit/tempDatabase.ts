import { rm } from 'node:fs/promises';
import type { Database, DatabaseSettings } from '../../server/store/database/database.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import type { StoreLogger } from '../../server/store/database/postgresPool.js';
import { newDataFolder } from '../support/dataFolder.js';
import { expect } from '../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../support/postgresDatabase.js';

/** Every database that the stores run on, for `describe.each`. */
export const databaseKinds = ['sqlite', 'postgres'] as const;

export interface TempDatabase extends Database {
  readonly dataDir: string;
  /** Opens the same database once more, as another instance does; whoever calls closes it. */
  openAgain(): Promise<Database>;
}

export const silent: StoreLogger = { info: () => undefined, warn: () => undefined };

interface OfTestFile {
  readonly testFile: string | undefined;
  readonly made: Promise<PostgresDatabase>;
}

let postgres: OfTestFile | null = null;

/** The PostgreSQL database of this test file, made when it is first asked for; that of the file before goes. */
export async function postgresOfThisFile(): Promise<PostgresDatabase> {
  const testFile = expect.getState().testPath;
  const before = postgres;
  if (before !== null && before.testFile === testFile) return before.made;
  const made = createPostgresDatabase();
  postgres = { testFile, made };
  await (await before?.made)?.drop();
  return made;
}

/** Truncates the tables that have a row: a test writes to few of them, and each that is truncated costs a millisecond. */
const emptyTables = `do $$
  declare
    name text;
    has_rows boolean;
  begin
    for name in select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%' loop
      execute format('select exists (select from %I)', name) into has_rows;
      if has_rows then
        execute format('truncate %I cascade', name);
      end if;
    end loop;
  end
$$`;

async function emptyPostgres(): Promise<void> {
  await (await postgresOfThisFile()).run(emptyTables);
}

/** A real database without a row in it, which goes when it is closed. */
export async function openTempDatabase(kind: Database['kind'] = 'sqlite'): Promise<TempDatabase> {
  const dataDir = await newDataFolder();
  const databaseUrl = kind === 'postgres' ? (await postgresOfThisFile()).url : null;
  if (kind === 'postgres') await emptyPostgres();
  const settings: DatabaseSettings = { dataDir, databaseUrl };
  const database = await openDatabase(settings, silent);
  return {
    ...database,
    dataDir,
    openAgain: () => openDatabase(settings, silent),
    async close() {
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
