import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import LibsqlDatabase from 'libsql';
import type { Database } from '../../../../server/store/database/database.js';
import { DatabaseFault } from '../../../../server/store/database/databaseFault.js';
import { pingDatabase } from '../../../../server/store/database/databaseHealth.js';
import { withMigrationLock } from '../../../../server/store/database/migrationLock.js';
import { openDatabase } from '../../../../server/store/database/openDatabase.js';
import type { Db } from '../../../../server/store/database/schema.js';
import { openSqlite } from '../../../../server/store/database/sqliteDriver.js';
import { createUserStore } from '../../../../server/store/userStore.js';
import { deferred } from '../../../support/callScript.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { silent } from '../../tempDatabase.js';

let folder: string;
let opened: Database[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((database) => database.close()));
  await rm(folder, { recursive: true, force: true });
});

async function open(dataDir = path.join(folder, 'data')): Promise<Db> {
  const database = await openDatabase({ dataDir, databaseUrl: null }, silent);
  opened.push(database);
  return database.db;
}

describe('opening the database', () => {
  it('makes its folder, for its owner only', async () => {
    await open(path.join(folder, 'a', 'b'));
    expect((await stat(path.join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.join(folder, 'a', 'b'))).toContain('connect.db');
  });

  it('may be done by several at once, and migrates once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => open()));
    for (const db of all) await pingDatabase(db);
    const [first] = all;
    if (first === undefined) throw new Error('nothing was opened');
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(first);
    const names = rows.map(({ name }) => name);
    expect(names).toContain('0001_initial');
    expect(names).toEqual([...new Set(names)]);
  });

  it('finds what was there before', async () => {
    const before = await open();
    await createUserStore(before).seen('ada@example.com', 'Ada');
    await before.destroy();
    opened = [];
    const users = await (await open()).selectFrom('users').selectAll().execute();
    expect(users).toMatchObject([{ identifier: 'ada@example.com', displayName: 'Ada' }]);
  });

  it('leaves nothing of migrations of which one fails, and does them once it can', async () => {
    const dataDir = path.join(folder, 'data');
    await mkdir(dataDir);
    const file = new LibsqlDatabase(path.join(dataDir, 'connect.db'));
    file.exec('create table client_deliveries (id text)');
    await expect(open(dataDir)).rejects.toThrow(/client_deliveries/);
    const tables = () => file.prepare("select name from sqlite_master where type = 'table'").pluck().all();
    expect(tables()).not.toContain('sessions');
    file.exec('drop table client_deliveries');
    await pingDatabase(await open(dataDir));
    expect(tables()).toContain('client_deliveries');
    file.close();
  });

  it('shows one opener what another has written', async () => {
    const [one, other] = [await open(), await open()];
    await createUserStore(one).seen('ada@example.com', null);
    expect(await other.selectFrom('users').select('identifier').execute()).toHaveLength(1);
  });

  it('does not lose what it said was written, and waits for readers of the same file', async () => {
    const db = await open();
    const pragma = async (name: string) => {
      const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(db);
      return Object.values(rows[0] ?? {})[0];
    };
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
  });

  it('fails when the folder is a file', async () => {
    const file = path.join(folder, 'data');
    await open(file);
    await expect(open(path.join(file, 'connect.db'))).rejects.toThrow(
      /^DATA_DIR names .*, which can't be used: /,
    );
  });
});

describe('the ping', () => {
  it('rejects once the database is closed', async () => {
    const db = await open();
    await pingDatabase(db);
    await db.destroy();
    opened = [];
    await expect(pingDatabase(db)).rejects.toThrow();
  });
});

describe('the lock of a migration', () => {
  it('lets one at a time migrate', async () => {
    const file = path.join(folder, 'migration.lock');
    const order: string[] = [];
    const began = deferred();
    const held = deferred();
    const first = withMigrationLock(file, async () => {
      began.resolve();
      await held.promise;
      order.push('first');
    });
    await began.promise;
    await expect(withMigrationLock(file, async () => order.push('too early'), 0)).rejects.toThrow();
    const second = withMigrationLock(file, async () => order.push('second'));
    held.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  it('is free again after a migration that failed', async () => {
    const file = path.join(folder, 'migration.lock');
    await expect(withMigrationLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(await withMigrationLock(file, async () => 'done', 0)).toBe('done');
  });
});

describe('the driver', () => {
  it('takes booleans, which would otherwise abort the process', () => {
    const database = openSqlite(':memory:');
    database.prepare('create table t (a, b)').run([]);
    database.prepare('insert into t values (?, ?)').run([true, false]);
    expect(database.prepare('select a, b from t where a = ?').all([true])).toEqual([{ a: 1, b: 0 }]);
    expect([...database.prepare('select a, b from t where b = ?').iterate([false])]).toEqual([
      { a: 1, b: 0 },
    ]);
    database.close();
  });

  it('keeps answering beyond the statements that it keeps', () => {
    const database = openSqlite(':memory:');
    for (let n = 0; n < 450; n += 1) {
      expect(database.prepare(`select ${n} as n`).all([])).toEqual([{ n }]);
    }
    expect(database.prepare('select 0 as n').all([])).toEqual([{ n: 0 }]);
    database.close();
  });
});

describe('a file that another process holds for too long', () => {
  it('is no matter any more once it is let go of: what is written then is kept', async () => {
    const file = path.join(folder, 'held.db');
    const held = openSqlite(file, 20);
    held.prepare('create table t (a integer primary key)').run([]);
    const other = new LibsqlDatabase(file);
    other.exec('BEGIN IMMEDIATE');
    const insert = held.prepare('insert into t values (?) returning a');
    expect(() => insert.all([1])).toThrow(DatabaseFault);
    other.exec('ROLLBACK');
    held.prepare('begin').run([]);
    held.prepare('insert into t values (?)').run([10]);
    held.prepare('commit').run([]);
    held.prepare('insert into t values (?)').run([11]);
    expect(insert.all([12])).toEqual([{ a: 12 }]);
    expect(other.prepare('select a from t order by a').all()).toEqual([{ a: 10 }, { a: 11 }, { a: 12 }]);
    other.close();
    held.close();
  });

  it('takes back what a statement with rows did when it fails', async () => {
    const database = openSqlite(':memory:');
    database.prepare('create table t (a integer primary key, b integer check (b > 0))').run([]);
    const insert = database.prepare('insert into t values (?, ?), (?, ?) returning a');
    expect(() => insert.all([1, 1, 2, 0])).toThrow();
    expect(database.prepare('select a from t').all([])).toEqual([]);
    expect(insert.all([3, 1, 4, 1])).toEqual([{ a: 3 }, { a: 4 }]);
    database.close();
  });
});
