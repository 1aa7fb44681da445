import { sql } from 'kysely';
import { DatabaseFault, databaseFaultOf } from '../../../../server/store/database/databaseFault.js';
import { createDatabaseHealth } from '../../../../server/store/database/databaseHealth.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import {
  databaseKinds,
  openTempDatabase,
  postgresOfThisFile,
  type TempDatabase,
} from '../../tempDatabase.js';

let database: TempDatabase;

afterEach(() => database.close());

const write = (subject: string) =>
  database.db
    .insertInto('lastKnown')
    .values({ subject, value: 'x'.repeat(5_000), asOf: 1 })
    .execute();

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('a full disk under SQLite', () => {
  beforeEach(async () => {
    database = await openTempDatabase();
    const { rows } = await sql<{ pageCount: number }>`pragma page_count`.execute(database.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]?.pageCount ?? 0)}`.execute(database.db);
  });

  async function fill(): Promise<unknown> {
    for (let count = 0; count < 1000; count += 1) {
      const fault = await faultOf(write(`row ${count}`));
      if (fault !== null) return fault;
    }
    throw new Error('the disk took everything');
  }

  it('is told as a fault of the database, and reading goes on', async () => {
    attacks('disk-full');
    expect(await fill()).toMatchObject({ name: 'DatabaseFault', kind: 'unwritable' });
    expect(await database.db.selectFrom('users').selectAll().execute()).toEqual([]);
  });

  it('is told in a transaction, too, which it has ended by itself', async () => {
    await fill();
    const fault = await faultOf(
      database.db.transaction().execute((transaction) =>
        transaction
          .insertInto('lastKnown')
          .values({ subject: 'more', value: 'x'.repeat(5_000), asOf: 1 })
          .execute(),
      ),
    );
    expect(fault).toMatchObject({ name: 'DatabaseFault', kind: 'unwritable' });
    await sql`pragma max_page_count = 1000000`.execute(database.db);
    await database.db.transaction().execute((transaction) => transaction.deleteFrom('lastKnown').execute());
    expect(await database.db.selectFrom('lastKnown').selectAll().execute()).toEqual([]);
  });

  it('shows in the health of the database, and so does its end', async () => {
    const state = createDatabaseHealth(database.db);
    await fill();
    expect(await state()).toBe('can’t be written');
    await sql`pragma max_page_count = 1000000`.execute(database.db);
    while ((await state()) !== 'answers') await new Promise(setImmediate);
    expect(await database.db.selectFrom('locks').selectAll().execute()).toEqual([]);
  });
});

describe.each(databaseKinds)('on %s', (kind) => {
  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  it('a database that is read-only is told as such', async () => {
    const readOnly = kind === 'sqlite' ? sql`pragma query_only = 1` : sql`set transaction read only`;
    const fault = await faultOf(
      database.db.connection().execute(async (connection) => {
        if (kind === 'postgres') await sql`begin`.execute(connection);
        await readOnly.execute(connection);
        await connection
          .insertInto('lastKnown')
          .values({ subject: 'one', value: '1', asOf: 1 })
          .execute()
          .finally(() =>
            (kind === 'postgres' ? sql`rollback` : sql`pragma query_only = 0`).execute(connection),
          );
      }),
    );
    expect(fault).toMatchObject({ name: 'DatabaseFault', kind: 'unwritable' });
  });

  it('what is the fault of a statement stays what it is', async () => {
    await write('one');
    const fault = await faultOf(write('one'));
    expect(fault).toBeInstanceOf(Error);
    expect(databaseFaultOf(fault)).toBeNull();
  });
});

describe('on PostgreSQL', () => {
  beforeEach(async () => {
    database = await openTempDatabase('postgres');
  });

  it('connections that the server ended are told as a fault of the database', async () => {
    const server = await postgresOfThisFile();
    const fault = await faultOf(
      database.db.connection().execute(async (connection) => {
        await sql`select 1`.execute(connection);
        await server.run(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        );
        await sql`select 1`.execute(connection);
      }),
    );
    expect(fault).toBeInstanceOf(DatabaseFault);
    expect(fault).toMatchObject({ kind: 'away' });
  });

  it('the health does not write each time that somebody asks', async () => {
    const state = createDatabaseHealth(database.db);
    expect(await state()).toBe('answers');
    const meanwhile = await database.db.transaction().execute(async (transaction) => {
      // Who wants to write this row now waits in vain.
      await transaction
        .insertInto('locks')
        .values({ name: 'write probe', holder: '', expiresAt: 0 })
        .execute();
      return [await state(), await state(), await state()];
    });
    expect(meanwhile).toEqual(['answers', 'answers', 'answers']);
  });
});
