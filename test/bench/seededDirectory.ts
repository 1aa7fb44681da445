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
import { type RemoteSandbox, startRemoteSandbox } from './remoteSandbox.js';

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

interface Place {
  readonly folder: string;
  readonly databaseUrl: string | null;
  readonly sandbox: RemoteSandbox;
}

/** The app on a database that is filled before the app starts. */
async function withApp<T>(
  { folder, databaseUrl, sandbox }: Place,
  fill: (database: Database) => Promise<void>,
  work: (seeded: SeededApp) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ dataDir: folder, databaseUrl }, silent);
  try {
    await fill(database);
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
    await database.close();
  }
}

async function fill(database: Database): Promise<void> {
  await seedDirectory(database.db, { users: userCount, connections: connectionNames, accountsPerUser });
  await seedDailyCounts(database.db, connectionNames);
  // As autovacuum does it within a minute, and a database that nobody fills in one go has it done all along.
  if (database.kind === 'postgres') await sql`vacuum analyze`.execute(database.db);
}

async function withSandbox<T>(accounts: number, work: (sandbox: RemoteSandbox) => Promise<T>): Promise<T> {
  const sandbox = await startRemoteSandbox({ accounts, connections: connectionCount });
  try {
    return await work(sandbox);
  } finally {
    await sandbox.stop();
  }
}

async function onPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const postgres = await startPostgres(await findPostgres());
  try {
    return await work(postgres.url);
  } finally {
    await postgres.close();
  }
}

/** Runs `work` on a filled directory in each kind of database, one after the other. */
export async function onEachDatabase<T>(work: (seeded: SeededApp) => Promise<T[]>): Promise<T[]> {
  const on = (databaseUrl: string | null) =>
    withSandbox(0, (sandbox) =>
      withFolder((folder) => withApp({ folder, databaseUrl, sandbox }, fill, work)),
    );
  return [...(await on(null)), ...(await onPostgres(on))];
}

/** Runs `work` on an empty directory in PostgreSQL, and a Scalekit with so many accounts. */
export const onSyncedPostgres = <T>(accounts: number, work: (empty: SeededApp) => Promise<T>): Promise<T> =>
  onPostgres((databaseUrl) =>
    withSandbox(accounts, (sandbox) =>
      withFolder((folder) => withApp({ folder, databaseUrl, sandbox }, async () => undefined, work)),
    ),
  );
