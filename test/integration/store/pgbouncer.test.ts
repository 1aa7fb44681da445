import pg, { type Pool } from 'pg';
import { checkDatabase } from '../../../server/commands/doctor/databaseChecks.js';
import { readConfig } from '../../../server/config/config.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import { checkPooler } from '../../../server/store/database/poolerCheck.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { type PgBouncer, type PoolMode, startPgBouncer } from '../../support/pgbouncer.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { findProgram } from '../../support/program.js';
import { startTestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { silent } from '../../unit/tempDatabase.js';

let postgres: PostgresDatabase;
let bouncer: PgBouncer;

beforeEach(async () => {
  postgres = await createPostgresDatabase();
});

afterEach(async () => {
  await bouncer.close();
  await postgres.drop();
});

async function startBouncer(mode: PoolMode, poolSize?: number): Promise<void> {
  bouncer = await startPgBouncer(await findProgram('pgbouncer', 'pgbouncer'), postgres.url, mode, poolSize);
}

/** Others who use the database all the time, for as long as the work takes. */
async function whileOthersUse<T>(url: string, work: () => Promise<T>): Promise<T> {
  let over = false;
  const use = async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    while (!over) await client.query('select pg_sleep(random() * 0.005)');
    await client.end();
  };
  const others = [use(), use()];
  try {
    return await work();
  } finally {
    over = true;
    await Promise.all(others);
  }
}

/** How often the check finds nothing wrong. */
async function passes(url: string, times: number): Promise<number> {
  let passed = 0;
  for (let each = 0; each < times; each += 1) {
    const refusal = await checkPooler(url).catch((error: Error) => error.message);
    if (refusal === undefined) passed += 1;
    else expect(refusal).toMatch(perTransaction);
  }
  return passed;
}

const perTransaction =
  /reached through a pooler that works per transaction, .*use the pooler in session mode/;

const open = () => openDatabase({ dataDir: '', databaseUrl: bouncer.url }, silent);

describe('PgBouncer in session mode', () => {
  beforeEach(() => startBouncer('session'));

  it('carries the app, and what instances tell each other', async () => {
    const gateway = createMemoryGateway();
    const [one, other] = [
      await startTestApp({ gateway, databaseUrl: bouncer.url }),
      await startTestApp({ gateway, databaseUrl: bouncer.url }),
    ];
    const told = new Promise((resolve) => {
      other.deps.events.subscribe(resolve);
    });
    const visitor = await new Visitor(one.url).signIn('ada');
    expect((await visitor.get('/connections')).status).toBe(200);
    await one.deps.events.publish({ kind: 'accounts', identifier: 'ada' });
    expect(await told).toEqual({ kind: 'accounts', identifier: 'ada' });
    await one.close();
    await other.close();
  });

  it('keeps the limits of a connection', async () => {
    const database = await open();
    const { rows } = await (database.pool as Pool).query('select current_setting($1) as ms', [
      'statement_timeout',
    ]);
    expect(rows).toEqual([{ ms: '8s' }]);
    await database.close();
  });

  it('is no fault to the doctor', async () => {
    await (await open()).close();
    const { findings, database } = await checkDatabase(readConfig({ DATABASE_URL: bouncer.url }));
    expect(findings.map(({ level }) => level)).toEqual(['ok']);
    await database?.close();
  });
});

describe.each(['transaction', 'statement'] as const)('PgBouncer in %s mode', (mode) => {
  beforeEach(async () => {
    await startBouncer(mode);
    // Connections that are there already, which it gives away in turn.
    const pool = new pg.Pool({ connectionString: bouncer.url, max: 6 });
    await Promise.all(Array.from({ length: 6 }, () => pool.query('select pg_sleep(0.02)')));
    await pool.end();
  });

  it('is refused with words at the start and by the doctor, before anything is changed', async () => {
    await expect(open()).rejects.toThrow(perTransaction);
    const { findings } = await checkDatabase(readConfig({ DATABASE_URL: bouncer.url }));
    expect(findings).toEqual([
      expect.objectContaining({ level: 'fail', text: expect.stringMatching(perTransaction) }),
    ]);
    const tables = await postgres.run(
      "select 1 from information_schema.tables where table_schema = 'public'",
    );
    expect(tables).toEqual([]);
  });

  it('is refused every time, also while others use it', async () => {
    expect(await whileOthersUse(bouncer.url, () => passes(bouncer.url, 100))).toBe(0);
  });
});

it('PgBouncer in transaction mode with a single connection is refused with the same words', async () => {
  await startBouncer('transaction', 1);
  expect(await passes(bouncer.url, 1)).toBe(0);
});

it('PgBouncer in session mode, and the database itself, are never refused while others use them', async () => {
  await startBouncer('session');
  for (const { url } of [bouncer, postgres])
    expect(await whileOthersUse(url, () => passes(url, 50))).toBe(50);
});
