import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PostgresDialect, SqliteDialect, sql } from 'kysely';
import { createAuditTrail } from '../../../../server/store/auditTrail.js';
import { backUp, restore } from '../../../../server/store/database/backup.js';
import { copiedTables } from '../../../../server/store/database/copyDatabase.js';
import type { DatabaseSettings } from '../../../../server/store/database/database.js';
import { migrate, migrationNames } from '../../../../server/store/database/migrations.js';
import { openDatabase } from '../../../../server/store/database/openDatabase.js';
import { createPool, lendingPool } from '../../../../server/store/database/postgresPool.js';
import { type Db, openTables } from '../../../../server/store/database/schema.js';
import { sqliteFileIn } from '../../../../server/store/database/sqliteDatabase.js';
import { openSqlite } from '../../../../server/store/database/sqliteDriver.js';
import { createUserStore } from '../../../../server/store/userStore.js';
import { runCommand } from '../../../support/command.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../../support/postgresDatabase.js';
import { databaseKinds, silent } from '../../tempDatabase.js';
import { addRows, storedRows } from './storedRows.js';

let folder: string;
let file: string;
const postgres: PostgresDatabase[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  file = path.join(folder, 'backup.db');
});

afterEach(async () => {
  for (const database of postgres.splice(0)) await database.drop();
  await rm(folder, { recursive: true, force: true });
});

let count = 0;

/** A database that has nothing, not even tables. */
async function newDatabase(kind: (typeof databaseKinds)[number]): Promise<DatabaseSettings> {
  count += 1;
  const dataDir = path.join(folder, `data-${count}`);
  if (kind === 'sqlite') return { dataDir, databaseUrl: null };
  const database = await createPostgresDatabase();
  postgres.push(database);
  return { dataDir, databaseUrl: database.url };
}

/** Does something with a database that is open, as with one of the app. */
async function on<T>(settings: DatabaseSettings, work: (db: Db) => Promise<T>): Promise<T> {
  const database = await openDatabase(settings, silent);
  try {
    return await work(database.db);
  } finally {
    await database.close();
  }
}

/** Does something with a SQLite file. */
async function onFile<T>(name: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openTables(new SqliteDialect({ database: openSqlite(name) }));
  try {
    return await work(db);
  } finally {
    await sql`pragma journal_mode = delete`.execute(db);
    await db.destroy();
  }
}

const seen = (db: Db) => createUserStore(db).seen("o'brien 🦊", 'Ada "the first"');
const users = (db: Db) => db.selectFrom('users').selectAll().execute();
const allRows = async (db: Db) => {
  const rows: Record<string, unknown> = {};
  for (const table of copiedTables) rows[table] = await storedRows(db, table);
  return rows;
};

const pairs = databaseKinds.flatMap((from) => databaseKinds.map((to) => [from, to] as const));

describe.each(pairs)('a backup of %s, restored into %s,', (from, to) => {
  it('has more than a thousand rows of every table as they were', async () => {
    const [source, target] = [await newDatabase(from), await newDatabase(to)];
    await on(source, async (db) => {
      for (const table of copiedTables) await addRows(db, table, 1001);
    });
    const before = await on(source, allRows);
    expect(await backUp(source, file)).toBe((await stat(file)).size);
    const counts = await restore(file, target, silent);
    expect([...counts]).toEqual(copiedTables.map((table) => [table, 1001]));
    expect(await on(target, allRows)).toEqual(before);
    expect(await on(source, allRows)).toEqual(before);
  });
});

describe.each(databaseKinds)('a backup of %s', (kind) => {
  let settings: DatabaseSettings;

  beforeEach(async () => {
    settings = await newDatabase(kind);
  });

  it('is one file that nobody else may read, with nothing beside it', async () => {
    await on(settings, seen);
    await backUp(settings, file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => !name.startsWith('data-'))).toEqual(['backup.db']);
    expect((await readFile(file)).subarray(0, 15).toString()).toBe('SQLite format 3');
  });

  it('never takes the place of a file', async () => {
    await on(settings, seen);
    await writeFile(file, 'precious');
    await expect(backUp(settings, file)).rejects.toThrow(`${file} is there already. Choose another name.`);
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  it('shows one moment of a database that is written meanwhile', async () => {
    await on(settings, async (db) => {
      for (const table of copiedTables) await addRows(db, table, 1001);
      const other = await openDatabase(settings, silent);
      let over = false;
      const writing = (async () => {
        for (let index = 0; !over; index += 1) {
          await other.db.transaction().execute(async (transaction) => {
            await transaction
              .insertInto('users')
              .values({ identifier: `new ${index}`, firstSeenAt: 1 })
              .execute();
            await transaction
              .insertInto('auditEvents')
              .values({ id: `new ${index}`, at: 1, type: 'flow.started' })
              .execute();
          });
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      await backUp(settings, file);
      over = true;
      await writing;
      await other.close();
    });
    await onFile(file, async (db) => {
      const added = await db
        .selectFrom('users')
        .select('identifier')
        .where('identifier', 'like', 'new %')
        .execute();
      const events = await db.selectFrom('auditEvents').select('id').where('id', 'like', 'new %').execute();
      expect(events.map(({ id }) => id).sort()).toEqual(added.map(({ identifier }) => identifier).sort());
    });
  });

  it('of an older version keeps its tables, and the database as it is; the newest version restores it', async () => {
    const { databaseUrl, dataDir } = settings;
    const asThen = async (db: Db) => {
      await migrate(db, '0001_initial');
      await db.insertInto('users').values({ identifier: 'ada', firstSeenAt: 7 }).execute();
    };
    if (databaseUrl === null) {
      await mkdir(dataDir);
      await onFile(sqliteFileIn(dataDir), asThen);
    } else {
      const pool = createPool(databaseUrl, silent);
      const db = openTables(new PostgresDialect({ pool: lendingPool(pool) }));
      await asThen(db);
      await db.destroy();
      await pool.end();
    }
    await backUp(settings, file);
    const names = await onFile(file, (db) =>
      sql<{ name: string }>`select name from kysely_migration`.execute(db),
    );
    expect(names.rows).toEqual([{ name: '0001_initial' }]);
    const content = await readFile(file);
    for (const to of databaseKinds) {
      const target = await newDatabase(to);
      await restore(file, target, silent);
      expect(await on(target, users)).toMatchObject([{ identifier: 'ada', firstSeenAt: 7 }]);
    }
    expect((await readFile(file)).equals(content)).toBe(true);
  });

  it('is none of a database without tables, or with tables of a newer version, and leaves no file', async () => {
    await expect(backUp(settings, file)).rejects.toThrow(
      kind === 'sqlite' ? 'There is no database in' : 'The database has no tables of this app.',
    );
    await on(settings, (db) =>
      sql`insert into kysely_migration (name, timestamp) values ('9999_future', '2030')`.execute(db),
    );
    await expect(backUp(settings, file)).rejects.toThrow(
      'tables of a newer version of this app. Use that version.',
    );
    expect((await readdir(folder)).filter((name) => !name.startsWith('data-'))).toEqual([]);
  });

  it('is told in words where it can’t be written', async () => {
    await on(settings, seen);
    for (const [name, reason] of [
      [path.join(folder, 'nowhere', 'backup.db'), 'there is no such folder'],
      ['/proc/backup.db', /there is no such folder|may not write/],
    ] as const) {
      await expect(backUp(settings, name)).rejects.toThrow(reason);
    }
  });

  it('is restored into no database that has rows, which stays as it is', async () => {
    await on(settings, seen);
    await backUp(settings, file);
    await expect(restore(file, settings, silent)).rejects.toThrow(
      'The database is not empty: its table users has rows. Restore into a new one',
    );
    expect(await on(settings, users)).toHaveLength(1);
  });

  it('is restored as a whole or not at all', async () => {
    await on(settings, seen);
    await backUp(settings, file);
    await onFile(file, (db) => sql`alter table users add column other text`.execute(db));
    const target = await newDatabase(kind);
    await expect(restore(file, target, silent)).rejects.toThrow();
    expect(await on(target, (db) => db.selectFrom('userTerms').selectAll().execute())).toEqual([]);
    await onFile(file, (db) => sql`alter table users drop column other`.execute(db));
    await restore(file, target, silent);
    expect(await on(target, users)).toHaveLength(1);
  });

  it('of a newer version is refused with words, and no database is made', async () => {
    await on(settings, seen);
    await backUp(settings, file);
    await onFile(file, (db) =>
      sql`insert into kysely_migration (name, timestamp) values ('9999_future', '2030')`.execute(db),
    );
    const target = await newDatabase('sqlite');
    await expect(restore(file, target, silent)).rejects.toThrow(
      `${file} has tables of a newer version of this app. Use that version.`,
    );
    await expect(stat(target.dataDir)).rejects.toThrow();
  });
});

describe('what is no backup', () => {
  it.each([
    [
      'a file of something else',
      (name: string) => writeFile(name, 'no database'.repeat(500)),
      /is no backup/,
    ],
    ['an empty file', (name: string) => writeFile(name, ''), /has no tables of this app/],
    [
      'another database',
      (name: string) => onFile(name, (db) => sql`create table a (b text)`.execute(db)),
      /has no tables/,
    ],
    ['nothing', async () => undefined, /^There is no file/],
    [
      'a backup that was cut off',
      async (name: string) => {
        const source = await newDatabase('sqlite');
        await on(source, async (db) => addRows(db, 'users', 1000));
        await backUp(source, name);
        await truncate(name, 40_960);
      },
      /is no backup|is damaged/,
    ],
  ])('is told so in words: %s', async (_, make, words) => {
    await make(file);
    const target = await newDatabase('sqlite');
    await expect(restore(file, target, silent)).rejects.toThrow(words);
    await expect(stat(target.dataDir)).rejects.toThrow();
  });
});

describe('the commands', () => {
  it('take a backup of a running app’s kind of database, and bring it back into a new one', async () => {
    const [source, target] = [await newDatabase('sqlite'), await newDatabase('postgres')];
    await on(source, async (db) => {
      await seen(db);
      await createAuditTrail(db, silent).record({ type: 'flow.started', actor: null });
    });
    const env = (settings: DatabaseSettings) => ({
      DATA_DIR: settings.dataDir,
      DATABASE_URL: settings.databaseUrl ?? '',
    });
    const saved = await runCommand(['backup', file], env(source));
    expect(saved).toEqual({ failed: false, told: expect.stringMatching(/^Saved in .*: [\d,]+ bytes\.\n$/) });
    // A backup is read where nothing can be written.
    await chmod(file, 0o400);
    const restored = await runCommand(['restore', file], env(target));
    expect(restored).toEqual({
      failed: false,
      told: expect.stringMatching(/^users +1\n[\s\S]*Restored\. Start/),
    });
    expect(await on(target, users)).toMatchObject([{ identifier: "o'brien 🦊" }]);
    const again = await runCommand(['restore', file], env(target));
    expect(again).toEqual({ failed: true, told: expect.stringMatching(/^The database is not empty: .*\n$/) });
    const twice = await runCommand(['backup', file], env(source));
    expect(twice).toEqual({ failed: true, told: `${file} is there already. Choose another name.\n` });
  });

  it('know every migration, so that no backup of this version seems to be of a newer one', async () => {
    const source = await newDatabase('sqlite');
    await on(source, seen);
    await backUp(source, file);
    const { rows } = await onFile(file, (db) =>
      sql<{ name: string }>`select name from kysely_migration`.execute(db),
    );
    expect(rows.map(({ name }) => name)).toEqual(migrationNames);
  });
});
