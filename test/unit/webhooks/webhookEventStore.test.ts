import { createWebhookEventStore, type ReceivedEvent } from '../../../server/webhooks/webhookEventStore.js';
import { createWebhookRecorder } from '../../../server/webhooks/webhookRecorder.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { anEvent } from './receivedEvents.js';

/** A worker that has no room. */
const nobody = { claimsUntil: () => null, take: () => undefined };

describe.each(databaseKinds)('webhook events on %s', (kind) => {
  let database: TempDatabase;
  let store: ReturnType<typeof createWebhookEventStore>;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    store = createWebhookEventStore(database.db);
  });

  afterEach(() => database.close());

  it('are recorded once, by their own id', async () => {
    await store.record([anEvent('evt_1'), anEvent('evt_2'), anEvent('evt_1')]);
    await store.record([anEvent('evt_2', { webhookId: 'another' })]);
    const claimed = await store.claim(2000, 3000, 10);
    expect(claimed.map(({ webhookId }) => webhookId)).toEqual(['msg of evt_1', 'msg of evt_2']);
  });

  it('are claimed whole, in the order of arrival, and by one only while the lease lasts', async () => {
    await store.record([anEvent('evt_b', { receivedAt: 1001 }), anEvent('evt_c', { receivedAt: 1001 })]);
    await store.record([anEvent('evt_a', { receivedAt: 1000 }), anEvent('evt_d', { receivedAt: 1002 })]);
    const claimed = await store.claim(2000, 3000, 3);
    expect(claimed.map(({ id }) => id)).toEqual(['evt_a', 'evt_b', 'evt_c']);
    expect(claimed[0]).toEqual({ ...anEvent('evt_a'), attempts: 1 });
    expect((await store.claim(2999, 4000, 10)).map(({ id }) => id)).toEqual(['evt_d']);
    expect((await store.claim(3000, 4000, 10)).map(({ attempts }) => attempts)).toEqual([2, 2, 2]);
  });

  it('are never claimed twice by instances that claim at once', async () => {
    await store.record(Array.from({ length: 60 }, (_, index) => anEvent(`evt_${index}`)));
    const again = await database.openAgain();
    try {
      const other = createWebhookEventStore(again.db);
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, index) => (index % 2 ? store : other).claim(2000, 9000, 10)),
      );
      const rest = await store.claim(2000, 9000, 60);
      const ids = [...claims.flat(), ...rest].map(({ id }) => id);
      expect(ids).toHaveLength(60);
      expect(new Set(ids).size).toBe(60);
    } finally {
      await again.close();
    }
  });

  it('come back when they are postponed or released, and not when they are finished', async () => {
    await store.record(['evt_1', 'evt_2', 'evt_3'].map((id) => anEvent(id)));
    await store.claim(2000, 9000, 10);
    await store.postpone('evt_1', 5000);
    await store.release(['evt_2']);
    await store.finish(['evt_3'], 'done');
    expect(await store.claim(2000, 9000, 10)).toMatchObject([{ id: 'evt_2', attempts: 1 }]);
    expect(await store.claim(5000, 9000, 10)).toMatchObject([{ id: 'evt_1', attempts: 2 }]);
    expect(await store.claim(8999, 9999, 10)).toEqual([]);
  });

  it('stay claimed for longer only where nothing else was done with them since', async () => {
    await store.record(['evt_1', 'evt_2', 'evt_3', 'evt_4'].map((id) => anEvent(id)));
    await store.claim(2000, 3000, 10);
    await store.postpone('evt_2', 2500);
    await store.finish(['evt_3'], 'done');
    await store.renew(['evt_1', 'evt_2', 'evt_3'], [2999, 3000], 9000);
    await store.renew(['evt_1'], [3000], 4000);
    const ids = async (now: number) => (await store.claim(now, 20_000, 10)).map(({ id }) => id).sort();
    expect(await ids(8999)).toEqual(['evt_2', 'evt_4']);
    expect(await ids(9000)).toEqual(['evt_1']);
  });

  it('may be recorded as claimed, and are as if they had been', async () => {
    await store.record([anEvent('evt_1'), anEvent('evt_2')], 3000);
    expect(await store.pulse()).toMatchObject({ oldestUntouchedAt: null });
    expect(await store.claim(2999, 9000, 10)).toEqual([]);
    await store.release(['evt_2']);
    expect(await store.claim(2999, 9000, 10)).toMatchObject([{ id: 'evt_2', attempts: 1 }]);
    expect(await store.claim(3000, 9000, 10)).toMatchObject([{ id: 'evt_1', attempts: 2 }]);
  });

  it('tell when the last one of each account occurred', async () => {
    const times = ['2026-08-01T10:00:00.001000002Z', '2026-08-01T10:00:00.002000001Z', null];
    await store.record(times.map((occurredAt, index) => anEvent(`evt_${index}`, { occurredAt })));
    expect(await store.lastOccurrences(['ca_1', 'ca_2'])).toEqual(new Map([['ca_1', times[1]]]));
  });

  it('tell how they stand', async () => {
    expect(await store.pulse()).toEqual({ newestReceivedAt: null, oldestUntouchedAt: null });
    await store.record([anEvent('evt_1'), anEvent('evt_2', { receivedAt: 1500 })]);
    expect(await store.pulse()).toEqual({ newestReceivedAt: 1500, oldestUntouchedAt: 1000 });
    await store.claim(1000, 9000, 1);
    expect(await store.pulse()).toEqual({ newestReceivedAt: 1500, oldestUntouchedAt: 1500 });
  });

  it('are forgotten after a while, unless they wait', async () => {
    await store.record([anEvent('evt_1'), anEvent('evt_2'), anEvent('evt_3', { receivedAt: 5000 })]);
    await store.finish(['evt_1', 'evt_3'], 'ignored');
    await store.tidy(4000);
    await store.record(['evt_1', 'evt_2', 'evt_3'].map((id) => anEvent(id)));
    const claimed = await store.claim(9000, 9999, 10);
    expect(claimed.map(({ id }) => id).sort()).toEqual(['evt_1', 'evt_2']);
  });

  it('that come at once are recorded in few statements', async () => {
    let statements = 0;
    const counting = {
      record(events: readonly ReceivedEvent[]) {
        statements += 1;
        return store.record(events);
      },
    };
    const recorder = createWebhookRecorder(counting, nobody);
    const ids = Array.from({ length: 100 }, (_, index) => `evt_${index % 60}`);
    await Promise.all(ids.map((id) => recorder.record(anEvent(id))));
    expect(statements).toBe(2);
    expect(await store.claim(2000, 3000, 100)).toHaveLength(60);
  });
});

describe('recording', () => {
  it('fails for those alone whose statement failed', async () => {
    let fail = true;
    const failing = {
      async record() {
        if (fail) throw new Error('the disk is full');
        return ['evt_1'];
      },
    };
    const recorder = createWebhookRecorder(failing, nobody);
    await expect(recorder.record(anEvent('evt_1'))).rejects.toThrow('the disk is full');
    fail = false;
    await recorder.record(anEvent('evt_1'));
  });
});
