import { sql } from 'kysely';
import { connectionsOf } from '../../server/sandbox/seed.js';
import type { Database } from '../../server/store/database/database.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { findPostgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgresServer.js';
import { seedDailyCounts, seedDirectory } from '../support/seedDirectory.js';
import { BenchUser } from './benchUser.js';
import { collectable } from './memory.js';
import { builtApp, noLimits, type ServerProcess, startServer, withFolder } from './processes.js';
import { startRemoteSandbox } from './remoteSandbox.js';

export const userCount = 100_000;
export const accountsPerUser = 6;
export const connectionCount = 20;

export const connectionNames = connectionsOf({ accounts: 0, connections: connectionCount }).map(
  ({ name }) => name,
);

/** The built app on a directory of that size, with somebody signed in who may look at all of it. */
export interface SeededApp {
  readonly app: ServerProcess;
  readonly admin: BenchUser;
  /** The same database, opened once more. */
  readonly database: Database;
  readonly folder: string;
  readonly databaseUrl: string | null;
}

const silent = { info: () => undefined, warn: () => undefined };

async function withDatabase<T>(
  folder: string,
  databaseUrl: string | null,
  work: (seeded: SeededApp) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ dataDir: folder, databaseUrl }, silent);
  const sandbox = await startRemoteSandbox({ accounts: 0, connections: connectionCount });
  try {
    await seedDirectory(database.db, { users: userCount, connections: connectionNames, accountsPerUser });
    await seedDailyCounts(database.db, connectionNames);
    // As autovacuum does it within a minute, and a database that nobody fills in one go has it done all along.
    if (database.kind === 'postgres') await sql`vacuum analyze`.execute(database.db);
    const env = { ...sandbox.env, ...noLimits, DATA_DIR: folder, DIRECTORY_SYNC_HOURS: '0' };
    const ofDatabase = databaseUrl === null ? {} : { DATABASE_URL: databaseUrl };
    const app = await startServer(builtApp, folder, { ...env, ...ofDatabase }, collectable);
    try {
      const admin = await new BenchUser(app.url, 'katherine@example.com').signIn();
      return await work({ app, admin, database, folder, databaseUrl });
    } finally {
      await app.stop();
    }
  } finally {
    await sandbox.stop();
    await database.close();
  }
}

/** Runs `work` on a filled directory in each kind of database, one after the other. */
export async function onEachDatabase<T>(work: (seeded: SeededApp) => Promise<T[]>): Promise<T[]> {
  const onSqlite = await withFolder((folder) => withDatabase(folder, null, work));
  const postgres = await startPostgres(await findPostgres());
  try {
    return [...onSqlite, ...(await withFolder((folder) => withDatabase(folder, postgres.url, work)))];
  } finally {
    await postgres.close();
  }
}
