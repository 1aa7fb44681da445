import { type Migration, Migrator, sql } from 'kysely';
import { up as makeTables } from './migrations/0001_initial.js';
import { up as meetRealScalekit } from './migrations/0002_real_scalekit.js';
import { up as knowWhoItWas } from './migrations/0004_identities.js';
import { up as watchSignIns } from './migrations/0005_sign_in_watches.js';
import { up as declineAddresses } from './migrations/0006_declined_addresses.js';
import { up as rememberLogouts } from './migrations/0007_remembered_logouts.js';
import { up as keepLogos } from './migrations/0008_client_logos.js';
import { up as speakLanguages } from './migrations/0009_languages.js';
import { up as keepMetadata } from './migrations/0010_metadata.js';
import { up as tellClients } from './migrations/0011_client_webhooks.js';
import { up as startLinksAnew } from './migrations/0012_onboarding_links.js';
import type { Db } from './schema.js';

const migrations: Readonly<Record<string, Migration>> = {
  '0001_initial': { up: makeTables },
  '0002_real_scalekit': { up: meetRealScalekit },
  '0004_identities': { up: knowWhoItWas },
  '0005_sign_in_watches': { up: watchSignIns },
  '0006_declined_addresses': { up: declineAddresses },
  '0007_remembered_logouts': { up: rememberLogouts },
  '0008_client_logos': { up: keepLogos },
  '0009_languages': { up: speakLanguages },
  '0010_metadata': { up: keepMetadata },
  '0011_client_webhooks': { up: tellClients },
  '0012_onboarding_links': { up: startLinksAnew },
};

/** What this version of the app knows, in order. */
export const migrationNames: readonly string[] = Object.keys(migrations);

/** The first migration of builds before version 0.1.0. */
const fromBefore = '0001_connectFlow';

/** Whether tables were made by a build before version 0.1.0, which no version takes over. */
export const areFromBefore = (names: Iterable<string>): boolean => [...names].includes(fromBefore);

/** The migrations that were done, by their names. */
export async function doneMigrations(db: Db): Promise<Set<string>> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return new Set();
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

/** How the tables of a database differ from those of this version. */
export interface TablesFound {
  /** The migrations of this version that were not done. */
  readonly missing: readonly string[];
  /** Those that were done, and that this version does not know. */
  readonly unknown: readonly string[];
  /** Whether they were made by a build before version 0.1.0. */
  readonly areFromBefore: boolean;
}

export async function findTables(db: Db): Promise<TablesFound> {
  const done = await doneMigrations(db);
  return {
    areFromBefore: areFromBefore(done),
    missing: migrationNames.filter((name) => !done.has(name)),
    unknown: [...done].filter((name) => !migrationNames.includes(name)),
  };
}

const failed = (cause: unknown) => new Error('the database could not be migrated', { cause });

/**
 * Brings the tables up to date. On PostgreSQL the Migrator takes an advisory lock, and waits for it.
 * @param upTo the last migration to do, for tables as an older version has them; all of them when left out
 * @throws Error when a migration fails, or when the tables are from before version 0.1.0: those stay as they are
 */
export async function migrate(db: Db, upTo?: string): Promise<void> {
  if (areFromBefore(await doneMigrations(db))) {
    throw failed(
      new Error(
        'its tables were made by a build before version 0.1.0, which this version can’t take over; nothing in it was changed. Begin with an empty one',
      ),
    );
  }
  const migrator = new Migrator({
    db: db.withoutPlugins(),
    provider: { getMigrations: async () => migrations },
  });
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo));
  if (error) throw failed(error);
}
