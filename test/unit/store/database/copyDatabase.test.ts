import { createFlowStore } from '../../../../server/accounts/flow/flowStore.js';
import { createAuditTrail } from '../../../../server/store/auditTrail.js';
import {
  copiedTables,
  copyDatabase,
  TargetNotEmpty,
} from '../../../../server/store/database/copyDatabase.js';
import { createLastKnownStore } from '../../../../server/store/lastKnownStore.js';
import { createUserStore } from '../../../../server/store/userStore.js';
import { runCommand } from '../../../support/command.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createPostgresDatabase } from '../../../support/postgresDatabase.js';
import { aFlow } from '../../accounts/flow/flows.js';
import { openTempDatabase, silent, type TempDatabase } from '../../tempDatabase.js';
import { addRows, storedRows } from './storedRows.js';

let from: TempDatabase;
let to: TempDatabase;

beforeEach(async () => {
  from = await openTempDatabase('sqlite');
  to = await openTempDatabase('postgres');
});

afterEach(async () => {
  await from.close();
  await to.close();
});

async function fill(events: number): Promise<void> {
  const { db } = from;
  await createUserStore(db).seen("o'brien 🦊", 'Ada "the first"');
  await createFlowStore(db).create(aFlow({ returnTo: null, linkExpiresAt: 1764000000000 }), 'a state');
  await createLastKnownStore(db).write('accounts:ada', [{ odd: '\\u0000 \n' }], 1764000000000);
  await db.insertInto('locks').values({ name: 'pair', holder: 'me', expiresAt: 1 }).execute();
  const trail = createAuditTrail(db, silent);
  for (let count = 0; count < events; count += 1) {
    await trail.record({ type: 'flow.started', actor: null, detail: String(count) });
  }
}

const contentOf = async ({ db }: TempDatabase) => ({
  users: await db.selectFrom('users').selectAll().execute(),
  flows: await db.selectFrom('flows').selectAll().execute(),
  lastKnown: await db.selectFrom('lastKnown').selectAll().execute(),
  events: (await db.selectFrom('auditEvents').selectAll().execute()).sort((a, b) => (a.id < b.id ? -1 : 1)),
});

describe('copying a database', () => {
  it('takes every row along, over several pages, and counts them', async () => {
    await fill(1203);
    const counts = await copyDatabase(from, to);
    expect(await contentOf(to)).toEqual(await contentOf(from));
    expect(Object.fromEntries(counts)).toMatchObject({
      users: 1,
      flows: 1,
      last_known: 1,
      audit_events: 1203,
    });
    expect([...counts.keys()]).toEqual(copiedTables);
  });

  it('takes more than a thousand rows of every table along as they are', async () => {
    for (const table of copiedTables) await addRows(from.db, table, 1001);
    const counts = await copyDatabase(from, to);
    expect([...counts]).toEqual(copiedTables.map((table) => [table, 1001]));
    for (const table of copiedTables) {
      expect(await storedRows(to.db, table)).toEqual(await storedRows(from.db, table));
    }
  });

  it('leaves locks behind, which are about the moment', async () => {
    await fill(0);
    await copyDatabase(from, to);
    expect(await to.db.selectFrom('locks').selectAll().execute()).toEqual([]);
  });

  it('refuses a target that has rows, and leaves it as it is', async () => {
    await fill(1);
    await createUserStore(to.db).seen('bob@example.com', null);
    await expect(copyDatabase(from, to)).rejects.toBeInstanceOf(TargetNotEmpty);
    expect(await to.db.selectFrom('auditEvents').selectAll().execute()).toEqual([]);
    expect(await to.db.selectFrom('users').select('identifier').execute()).toHaveLength(1);
  });

  it('copies nothing when it fails in the middle', async () => {
    await fill(1);
    await to.db.schema.alterTable('audit_events').renameColumn('detail', 'other').execute();
    await expect(copyDatabase(from, to)).rejects.toThrow();
    await to.db.schema.alterTable('audit_events').renameColumn('other', 'detail').execute();
    expect(await to.db.selectFrom('users').selectAll().execute()).toEqual([]);
  });
});

describe('the command', () => {
  const run = (...args: string[]) => runCommand(['copy-database', ...args]);

  it('copies a folder to an empty database, tells the counts, and refuses to do it twice', async () => {
    await fill(3);
    const target = await createPostgresDatabase();
    const first = await run('--from', from.dataDir, '--to', target.url);
    expect(first).toMatchObject({ failed: false, told: expect.stringMatching(/audit_events +3\n/) });
    const second = await run('--from', from.dataDir, '--to', target.url);
    expect(second).toEqual({ failed: true, told: 'The target is not empty: its table users has rows.\n' });
    await target.drop();
  });

  it('tells how it is used', async () => {
    expect(await run('--help')).toEqual({
      failed: false,
      told: expect.stringMatching(/^Usage: npm run copy-database/),
    });
  });

  it.each([
    ['without a target', (folder: string) => ['--from', folder], /^Usage: /],
    ['with a target that is no PostgreSQL', (folder: string) => ['--from', folder, '--to', 'x'], /^Usage: /],
    ['with an unknown option', () => ['--form', 'data'], /--form/],
    [
      'without a database',
      () => ['--from', '/nowhere', '--to', 'postgres://h/d'],
      /no database in \/nowhere/,
    ],
    [
      'with a target that does not answer',
      (folder: string) => ['--from', folder, '--to', 'postgres://ada:very-secret@127.0.0.1:9/d'],
      /nothing answers there/,
    ],
  ])('%s says what is wrong, in words and without the password', async (_, args, words) => {
    const { failed, told } = await run(...args(from.dataDir));
    expect(failed).toBe(true);
    expect(told).toMatch(words);
    expect(told).not.toMatch(/ {4}at |very-secret/);
  });
});
