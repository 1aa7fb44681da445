import { createOutboxStore, type OutboxStore } from '../../../server/notify/outboxStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { addMail, outboxRows } from './mails.js';

describe.each(databaseKinds)('the outbox on %s', (kind) => {
  let database: TempDatabase;
  let outbox: OutboxStore;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    outbox = createOutboxStore(database.db);
  });

  afterEach(() => database.close());

  const add = (changes = {}) => addMail(database.db, changes);

  it('gives what is due for longest first, and keeps it from others for a while', async () => {
    const second = await add({ nextTryAt: 20 });
    const first = await add({ nextTryAt: 10 });
    await add({ nextTryAt: 1000 });
    expect(await outbox.claim(100, 500)).toMatchObject({ id: first.id, tries: 1, nextTryAt: 500 });
    expect(await outbox.claim(100, 500)).toMatchObject({ id: second.id });
    expect(await outbox.claim(100, 500)).toBeNull();
    expect(await outbox.hasDue(100)).toBe(false);
    expect(await outbox.claim(500, 900)).toMatchObject({ id: expect.any(String), tries: 2 });
  });

  it('gives a mail to one of many who ask at once', async () => {
    for (let count = 0; count < 5; count += 1) await add();
    const again = await database.openAgain();
    const other = createOutboxStore(again.db);
    const claimed = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? outbox : other).claim(Date.now(), Date.now() + 60_000),
      ),
    );
    await again.close();
    const ids = claimed.flatMap((mail) => mail?.id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(0);
  });

  it('gives nothing that has ended', async () => {
    await add({ sentAt: 1 });
    await add({ withdrawnAt: 1 });
    await add({ failedAt: 1 });
    expect(await outbox.hasDue(Date.now())).toBe(false);
    expect(await outbox.claim(Date.now(), Date.now())).toBeNull();
  });

  it('tells how each mail stands, the newest first', async () => {
    await add({ sentAt: 7 });
    await add({ withdrawnAt: 8 });
    await add({ failedAt: 9 });
    await add();
    const states = (await outbox.list(10)).map(({ state, endedAt }) => [state, endedAt]);
    expect(states).toEqual([
      ['waiting', null],
      ['failed', 9],
      ['withdrawn', 8],
      ['sent', 7],
    ]);
    expect(await outbox.list(1)).toHaveLength(1);
    expect(await outbox.counts()).toEqual({ waiting: 1, failed: 1 });
  });

  it('puts a mail off, and gives it up when there is no next time', async () => {
    const { id } = await add();
    await outbox.noteFailure(id, 'EENVELOPE 451', 5000);
    expect((await outbox.list(1))[0]).toMatchObject({
      state: 'waiting',
      nextTryAt: 5000,
      lastError: 'EENVELOPE 451',
    });
    await outbox.noteFailure(id, 'EENVELOPE 550', null);
    expect((await outbox.list(1))[0]).toMatchObject({ state: 'failed', lastError: 'EENVELOPE 550' });
  });

  it('never takes back that a mail was sent', async () => {
    const { id } = await add();
    await outbox.markSent(id);
    await outbox.withdraw(id);
    await outbox.noteFailure(id, 'late', null);
    expect((await outbox.list(1))[0]).toMatchObject({ state: 'sent', lastError: null });
  });

  it('forgets what ended long ago, and nothing that waits', async () => {
    await add({ createdAt: 1, sentAt: 2 });
    await add({ createdAt: 1, withdrawnAt: 2 });
    await add({ createdAt: 1, failedAt: 2 });
    const waiting = await add({ createdAt: 1 });
    const young = await add({ createdAt: 100, sentAt: 101 });
    await outbox.tidy(50);
    expect((await outboxRows(database.db)).map(({ id }) => id)).toEqual([waiting.id, young.id]);
  });
});
