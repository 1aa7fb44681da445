import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  createAuditEvents,
  type EventFilter,
  everyEvent,
} from '../../../../server/admin/events/auditEventStore.js';
import { createAuditTrail } from '../../../../server/store/auditTrail.js';
import { countedAtMost } from '../../../../server/store/countedAtMost.js';
import type { PageKey } from '../../../../server/store/database/newestFirst.js';
import type { AuditEventsTable } from '../../../../server/store/database/schema.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';

describe.each(databaseKinds)('the audit trail as admins read it, on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  let count = 0;
  async function add(changes: Partial<AuditEventsTable> = {}): Promise<string> {
    count += 1;
    const id = `event-${String(count).padStart(4, '0')}`;
    const row = { id, at: 1000, type: 'flow.started', actor: 'user:ada', identifier: 'ada' };
    await database.db
      .insertInto('auditEvents')
      .values({ ...row, ...changes })
      .execute();
    return id;
  }

  const page = (filter: Partial<EventFilter> = {}, before: PageKey | null = null, limit = 10) =>
    createAuditEvents(database.db).page({ ...everyEvent, ...filter }, before, limit);
  const ids = async (filter: Partial<EventFilter>) => (await page(filter)).map(({ id }) => id);

  it('is the newest first, as it was written', async () => {
    const first = await add({ at: 1 });
    const second = await add({ at: 2, connectionName: 'gmail', reference: 'K7F-2QD', address: '::1' });
    expect(await page()).toMatchObject([
      { id: second, at: 2, connectionName: 'gmail', reference: 'K7F-2QD', address: '::1', actor: 'user:ada' },
      { id: first },
    ]);
  });

  it.each([
    ['everything', {}],
    ['some types', { types: ['flow.started', 'flow.done'] }],
    ['one person', { person: 'ada' }],
  ] as const)('goes through %s page by page, each event once, while others are added', async (_, filter) => {
    const added: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      added.push(
        await add({ at: 1000 + Math.floor(index / 4), type: index % 2 ? 'flow.done' : 'flow.started' }),
      );
    }
    const seen: string[] = [];
    let before: PageKey | null = null;
    for (let pages = 0; pages < 4; pages += 1) {
      const found = await page(filter, before, 3);
      seen.push(...found.map(({ id }) => id));
      before = found.at(-1) ?? before;
      await add({ at: 5000 + pages });
    }
    expect(seen).toEqual(added.reverse());
  });

  it('is narrowed by type, connection, time and reference, each alone and together', async () => {
    const wanted = await add({ type: 'flow.failed', connectionName: 'gmail', at: 50, reference: 'AAA-AAA' });
    const other = await add({ type: 'flow.done', connectionName: 'slack', at: 60, reference: 'BBB-BBB' });
    expect(await ids({ types: ['flow.failed', 'flow.timed_out'] })).toEqual([wanted]);
    expect(await ids({ connectionName: 'gmail' })).toEqual([wanted]);
    expect(await ids({ reference: 'BBB-BBB' })).toEqual([other]);
    expect(await ids({ from: 60 })).toEqual([other]);
    expect(await ids({ until: 60 })).toEqual([wanted]);
    expect(await ids({ types: ['flow.failed'], connectionName: 'slack' })).toEqual([]);
    await add({ type: 'flow.failed', connectionName: 'exa', detail: 'consent_denied' });
    const broke = await add({ type: 'flow.failed', connectionName: 'exa', detail: 'provider_error' });
    expect(await ids({ connectionName: 'exa', withoutDenied: true })).toEqual([broke]);
    expect(await ids({ connectionName: 'gmail', withoutDenied: true })).toEqual([wanted]);
    expect(await ids({ types: ['flow.failed'], connectionName: 'gmail', person: 'ada', from: 50 })).toEqual([
      wanted,
    ]);
  });

  it('is counted by type since a moment, so that no type hides another, and not without end', async () => {
    const many = Array.from({ length: countedAtMost + 5 }, (_, index) => ({
      id: `refused-${index}`,
      at: 1000 + index,
      type: 'security.role_refused',
      actor: 'user:ada',
      identifier: 'ada',
    }));
    await database.db.insertInto('auditEvents').values(many.slice(0, 500)).execute();
    await database.db.insertInto('auditEvents').values(many.slice(500)).execute();
    await add({ type: 'security.wrong_user', at: 999 });
    await add({ type: 'security.wrong_user', at: 1000 });
    await add({ type: 'security.wrong_user', at: 1001 });
    await add({ at: 1002 });
    const types = ['security.wrong_user', 'security.wrong_session', 'security.role_refused'] as const;
    const counts = await createAuditEvents(database.db).countByType(types, 1000);
    expect(counts).toEqual([
      { type: 'security.role_refused', count: countedAtMost, lastAt: 1000 + countedAtMost + 4 },
      { type: 'security.wrong_user', count: 2, lastAt: 1001 },
    ]);
    expect((await page({ types: ['security.wrong_user'], from: 1000 })).length).toBe(2);
    expect(await createAuditEvents(database.db).countByType([], 0)).toEqual([]);
  });

  it('finds a person as the one who did it and as the one concerned, each event once', async () => {
    const own = await add({ actor: 'user:ada', identifier: 'ada' });
    const byThem = await add({ actor: 'user:ada', identifier: 'bob' });
    const toThem = await add({ actor: 'user:bob', identifier: 'ada' });
    const byThemAlone = await add({ actor: 'user:ada', identifier: null });
    await add({ actor: 'user:bob', identifier: 'bob' });
    await add({ actor: 'user:ada ', identifier: 'Ada' });
    expect((await ids({ person: 'ada' })).sort()).toEqual([own, byThem, toThem, byThemAlone].sort());
    const byClient = await add({ actor: 'client:acme', identifier: 'ada' });
    await add({ actor: 'client:other', identifier: 'ada' });
    const toEve = await add({ actor: 'client:acme', identifier: 'eve', type: 'mail.requested' });
    expect((await ids({ clientId: 'acme' })).sort()).toEqual([byClient, toEve].sort());
    expect(await ids({ clientId: 'acme', person: 'ada' })).toEqual([byClient]);
    expect(await ids({ clientId: 'acme', types: ['mail.requested', 'flow.done'] })).toEqual([toEve]);
  });
});

describe('the audit trail', () => {
  it('can only be added to', () => {
    const nothing = {} as TempDatabase['db'];
    expect(Object.keys(createAuditTrail(nothing, { warn: () => undefined })).sort()).toEqual([
      'has',
      'record',
      'recording',
    ]);
    expect(Object.keys(createAuditEvents(nothing))).toEqual(['page', 'countByType']);
  });

  it('is changed by nothing in the code but by what forgets users, and by what gives them another identifier', () => {
    const folder = path.resolve('server');
    const changing = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /(updateTable|deleteFrom)\('auditEvents'\)/.test(readFileSync(path.join(folder, file), 'utf8')),
      );
    expect(changing.sort()).toEqual([
      'privacy/personStore.ts',
      'privacy/renamingStore.ts',
      'privacy/retentionStore.ts',
    ]);
  });
});
