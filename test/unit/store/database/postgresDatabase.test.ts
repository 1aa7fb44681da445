import type { AddressInfo } from 'node:net';
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';
import { sql } from 'kysely';
import type { Database } from '../../../../server/store/database/database.js';
import { pingDatabase } from '../../../../server/store/database/databaseHealth.js';
import { DatabaseUnavailable } from '../../../../server/store/database/databaseUnavailable.js';
import { openDatabase } from '../../../../server/store/database/openDatabase.js';
import { openPostgresDatabase } from '../../../../server/store/database/postgresDatabase.js';
import { createPool, lendingPool } from '../../../../server/store/database/postgresPool.js';
import type { Db } from '../../../../server/store/database/schema.js';
import { createUserStore } from '../../../../server/store/userStore.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../../support/postgresDatabase.js';
import { silent } from '../../tempDatabase.js';

let postgres: PostgresDatabase;

beforeAll(async () => {
  postgres = await createPostgresDatabase();
});

afterAll(() => postgres.drop());

const open = (databaseUrl = postgres.url) => openDatabase({ dataDir: 'unused', databaseUrl }, silent);

/** The test's database at another place, or for another user. */
function urlWith(changes: Partial<URL>): string {
  return Object.assign(new URL(postgres.url), changes).href;
}

/** Each connection that was cut may fail whoever borrows it before its end has arrived here. */
async function answersAgain(db: Db): Promise<void> {
  for (let left = 11; left > 0; left -= 1) {
    const answered = await pingDatabase(db).then(
      () => true,
      () => false,
    );
    if (answered) return;
  }
  throw new Error('no connection answers');
}

/** Resolves once so many statements sleep in the test's database. */
async function untilSleeping(count: number): Promise<void> {
  const asleep = () =>
    postgres.run(
      "select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
    );
  while ((await asleep()).length < count);
}

describe('an open database', () => {
  let database: Database;

  beforeEach(async () => {
    database = await open();
  });

  afterEach(() => database.close());

  it('reads bigint, counts and sums as numbers', async () => {
    const { rows } = await sql`
      select 1764000000000::bigint as at, count(*) as count, sum(x) as sum, null::bigint as nothing
      from (values (1::bigint), (2::bigint)) as v(x)`.execute(database.db);
    expect(rows).toEqual([{ at: 1764000000000, count: 2, sum: 3, nothing: null }]);
  });

  it('says who it is, and takes no more connections than it may', async () => {
    const { db } = database;
    await Promise.all(Array.from({ length: 40 }, () => sql`select pg_sleep(0.01)`.execute(db)));
    const rows = await postgres.run(
      "select count(*)::integer as count from pg_stat_activity where datname = current_database() and application_name = 'connect-accounts'",
    );
    // Ten, and the one that listens.
    expect(rows).toEqual([{ count: 11 }]);
  });

  it('answers again after all its connections were cut, idle, busy, and within a transaction', async () => {
    const { db } = database;
    const cut = () =>
      postgres.run(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'connect-accounts'",
      );
    await pingDatabase(db);
    await cut();
    await answersAgain(db);
    const transaction = db.transaction().execute(async (inside) => {
      const busy = sql`select pg_sleep(60)`.execute(db);
      await sql`select 1`.execute(inside);
      const both = Promise.allSettled([busy, sql`select pg_sleep(60)`.execute(inside)]);
      await untilSleeping(2);
      await cut();
      expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await sql`select 1`.execute(inside);
    });
    await expect(transaction).rejects.toThrow();
    await answersAgain(db);
  });

  it('is shared with whoever else opens it', async () => {
    const other = await open();
    await createUserStore(database.db).seen('ada@example.com', 'Ada');
    expect(await other.db.selectFrom('users').select('identifier').execute()).toHaveLength(1);
    await other.close();
  });
});

describe('opening', () => {
  it('may be done by several at once on an empty database, and migrates once', async () => {
    const empty = await createPostgresDatabase();
    const all = await Promise.all(Array.from({ length: 4 }, () => open(empty.url)));
    for (const { db } of all) await pingDatabase(db);
    const rows = await empty.run('select name from kysely_migration order by name');
    expect(rows[0]).toEqual({ name: '0001_initial' });
    await Promise.all(all.map((database) => database.close()));
    await empty.drop();
  });

  it.each([
    ['nobody answers', () => urlWith({ port: '9' }), 'nothing answers there'],
    [
      'the password is wrong',
      () => urlWith({ password: 'wr0ng-secret' }),
      'refuses the user or the password',
    ],
    ['there is no such database', () => urlWith({ pathname: '/nowhere' }), 'has no database of that name'],
    ['there is no such host', () => urlWith({ hostname: 'nowhere.invalid' }), 'host'],
  ])('says so when %s, without the password', async (_, urlOf, words) => {
    const url = urlOf();
    const fault = await open(url).catch((error: Error) => error);
    expect(fault).toBeInstanceOf(DatabaseUnavailable);
    const { message } = fault as Error;
    expect(message).toContain('DATABASE_URL');
    expect(message).toContain(words);
    expect(message).not.toContain(new URL(url).password);
  });

  it.each([
    ['version', '140011', 'UTF8', /version is 14, and version 15 or newer is needed/],
    ['encoding', '150000', 'LATIN1', /encoding is LATIN1, and UTF8 is needed/],
  ])('refuses a server of another %s', async (_, version, encoding, words) => {
    const odd = await createPostgresDatabase();
    // Answers in the place of the function that the server has.
    await odd.run(`create function current_setting(text) returns text language sql as
      $$ select case $1 when 'server_version_num' then '${version}' else '${encoding}' end $$`);
    const name = new URL(odd.url).pathname.slice(1);
    await odd.run(`alter database ${name} set search_path = public, pg_catalog`);
    await expect(open(odd.url)).rejects.toThrow(words);
    await odd.drop();
  });
});

describe('a connection that was cut in silence', () => {
  let sockets: Socket[];
  let silence: boolean;
  let wire: Server;

  beforeEach(async () => {
    sockets = [];
    silence = false;
    const { hostname, port } = new URL(postgres.url);
    wire = createServer((near) => {
      const far = openSocket(Number(port), hostname);
      sockets.push(near, far);
      const forward = (from: Socket, to: Socket) => {
        from.on('data', (chunk) => silence || to.write(chunk));
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      };
      forward(near, far);
      forward(far, near);
    });
    await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => wire.close(resolve));
  });

  it('fails one query in time and is not lent again', async () => {
    const port = String((wire.address() as AddressInfo).port);
    const url = urlWith({ hostname: '127.0.0.1', port });
    const database = await openPostgresDatabase(url, silent, {
      connections: 1,
      answerMs: 200,
      connectMs: 2_000,
    });
    await pingDatabase(database.db);
    silence = true;
    await expect(pingDatabase(database.db)).rejects.toThrow('Query read timeout');
    silence = false;
    await pingDatabase(database.db);
    await database.close();
  });
});

describe('the pool', () => {
  it('lends a connection as the same one each time, of which Kysely keeps something', async () => {
    const pool = createPool(postgres.url, silent, { connections: 1 });
    const lending = lendingPool(pool);
    const first = await lending.connect();
    first.release();
    const next = await lending.connect();
    next.release();
    expect(next).toBe(first);
    await pool.end();
  });

  it('is ended by who made it, and not by Kysely', async () => {
    const pool = createPool(postgres.url, silent);
    await lendingPool(pool).end();
    await pool.query('select 1');
    await pool.end();
  });
});
