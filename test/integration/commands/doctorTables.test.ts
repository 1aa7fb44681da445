import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { watchSignIn } from '../../../server/commands/doctor/signInWatchCheck.js';
import { type Config, readConfig } from '../../../server/config/config.js';
import { openAsItIs } from '../../../server/store/database/databaseInspection.js';
import { doneMigrations, migrationNames } from '../../../server/store/database/migrations.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import type { Db } from '../../../server/store/database/schema.js';
import { sqliteFileIn } from '../../../server/store/database/sqliteDatabase.js';
import { newDataFolder } from '../../support/dataFolder.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { databaseKinds, silent } from '../../unit/tempDatabase.js';

describe.each(databaseKinds)('the doctor that would wait for a sign-in, on %s,', (kind) => {
  let postgres: PostgresDatabase | null = null;
  let folder: string;
  let config: Config;

  beforeEach(async () => {
    postgres = kind === 'postgres' ? await createPostgresDatabase() : null;
    folder = await newDataFolder();
    config = readConfig({
      DATA_DIR: path.join(folder, 'data'),
      DATABASE_URL: postgres?.url ?? '',
      AUTH_MODE: 'oidc',
      OIDC_ISSUER_URL: 'http://localhost:9',
      OIDC_CLIENT_ID: 'connect',
    });
  });

  afterEach(async () => {
    await postgres?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function watch(): Promise<string[]> {
    const findings = await watchSignIn(config, { waitMs: 30, say: () => undefined });
    return findings.map(({ level, text }) => `${level} ${text}`);
  }

  async function inDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const database = await openAsItIs(config);
    if (database === null) throw new Error('there is no database');
    try {
      return await work(database.db);
    } finally {
      await database.close();
    }
  }

  /** The database as another version of the app has it, by what that noted of itself. */
  async function asOfVersion(note: (db: Db) => Promise<unknown>): Promise<string[]> {
    const database = await openDatabase(config, silent);
    await note(database.db);
    await database.close();
    return inDatabase(async (db) => [...(await doneMigrations(db))].sort());
  }

  it.each([
    [
      'lacks',
      (db: Db) => sql`delete from kysely_migration where name = ${migrationNames.at(-1)}`.execute(db),
      migrationNames.at(-1),
    ],
    [
      'has',
      (db: Db) =>
        sql`insert into kysely_migration (name, timestamp) values ('9999_later', '2030')`.execute(db),
      '9999_later',
    ],
  ])(
    'leaves tables of another version as they are, where the database %s something',
    async (_, note, name) => {
      const before = await asOfVersion(note);
      const told = await watch();
      expect(told).toEqual([
        expect.stringMatching(/^fail the tables are those of an? (older|newer) version/),
      ]);
      expect(told[0]).toContain(`(${name})`);
      expect(await inDatabase(async (db) => [...(await doneMigrations(db))].sort())).toEqual(before);
    },
  );

  it('makes no tables, and no file', async () => {
    expect(await watch()).toEqual([expect.stringMatching(/^fail .*start the app first$/)]);
    if (kind === 'sqlite') expect(existsSync(sqliteFileIn(config.dataDir))).toBe(false);
    else expect(await inDatabase(doneMigrations)).toEqual(new Set());
  });

  it('says in words that the database can’t be used', async () => {
    await mkdir(config.dataDir);
    await writeFile(sqliteFileIn(config.dataDir), 'this is no database');
    if (kind === 'postgres') config = { ...config, databaseUrl: 'postgres://a@127.0.0.1:9/b' };
    expect(await watch()).toEqual([expect.stringMatching(/^fail (DATA_DIR names|DATABASE_URL leads to) /)]);
  });
});
