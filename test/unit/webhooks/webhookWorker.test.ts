import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { ScalekitError } from '../../../server/scalekit/scalekitError.js';
import type { EventProcessing } from '../../../server/webhooks/eventProcessing.js';
import {
  createWebhookEventStore,
  type ReceivedEvent,
  type WebhookEventStore,
} from '../../../server/webhooks/webhookEventStore.js';
import { createWebhookHealth } from '../../../server/webhooks/webhookHealth.js';
import { createWebhookRecorder } from '../../../server/webhooks/webhookRecorder.js';
import {
  createWebhookWorker,
  type WebhookWorker,
  type WebhookWorkerOptions,
} from '../../../server/webhooks/webhookWorker.js';
import { deferred } from '../../support/callScript.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { recordedEvents, untilProcessed } from './deliveries.js';
import { anEvent } from './receivedEvents.js';

let database: TempDatabase;
let store: WebhookEventStore;
let workers: WebhookWorker[];
let lines: string[];
let processed: string[];

beforeEach(async () => {
  database = await openTempDatabase();
  store = createWebhookEventStore(database.db);
  workers = [];
  lines = [];
  processed = [];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await database.close();
});

/** A worker that writes down what it processes, after what a test does to it. */
function startWorker(
  before: (id: string) => Promise<void> = async () => undefined,
  options: WebhookWorkerOptions = {},
  events = store,
): WebhookWorker {
  const processing: EventProcessing = {
    async begin() {
      return async ({ id }) => {
        await before(id);
        processed.push(id);
        return 'done';
      };
    },
  };
  const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const worker = createWebhookWorker(
    { store: events, processing, health: createWebhookHealth(), logger },
    { lookEveryMs: 5, retryMs: 1, ...options },
  );
  workers.push(worker);
  worker.start();
  return worker;
}

/** An event without a time, of one account of a user; of none without one. */
function received(id: string, identifier: string | null = 'ada', receivedAt = Date.now()): ReceivedEvent {
  const { account, ...event } = anEvent(id, { occurredAt: null, receivedAt });
  return { ...event, account: account === null || identifier === null ? null : { ...account, identifier } };
}

/** Has events recorded by an instance without a worker. */
async function record(ids: readonly string[], identifier?: string | null, receivedAt?: number) {
  await store.record(ids.map((id) => received(id, identifier, receivedAt)));
}

const done = () => untilProcessed(database.db);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `evt_${index}`);

describe('the worker', () => {
  it('begins all that is claimed together, and each user alone where that fails', async () => {
    await record(['evt_1'], 'ada');
    await record(['evt_2', 'evt_3'], 'bob');
    const begun: string[][] = [];
    const processing: EventProcessing = {
      async begin(events) {
        begun.push(events.map(({ id }) => id));
        if (events.some(({ id }) => id === 'evt_1')) throw new Error('ada has something odd');
        return async () => 'done';
      },
    };
    const logger = pino({ level: 'silent' });
    const worker = createWebhookWorker({ store, processing, health: createWebhookHealth(), logger });
    await worker.look();
    expect(begun).toEqual([['evt_1', 'evt_2', 'evt_3'], ['evt_1'], ['evt_2', 'evt_3']]);
    const outcomes = await database.db
      .selectFrom('webhookEvents')
      .select(['id', 'outcome'])
      .orderBy('id')
      .execute();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([null, 'done', 'done']);
  });

  it('processes what is there when it starts, one after the other', async () => {
    await record(numbered(120));
    startWorker();
    await done();
    expect(processed).toEqual(numbered(120));
  });

  it('finds what nobody told it of', async () => {
    startWorker();
    await record(['evt_1']);
    await done();
    expect(processed).toEqual(['evt_1']);
  });

  it('shares the work with others, and nothing is done twice', async () => {
    await record(numbered(300));
    for (let count = 0; count < 3; count += 1) startWorker();
    await done();
    expect(processed).toHaveLength(300);
    expect(new Set(processed).size).toBe(300);
  });

  it('tries again what Scalekit could not answer, and goes on with the rest meanwhile', async () => {
    let failures = 3;
    await record(['evt_1', 'evt_2']);
    startWorker(async (id) => {
      if (id !== 'evt_1' || failures === 0) return;
      failures -= 1;
      throw new ScalekitError('unreachable', 'listConnectedAccounts');
    });
    await done();
    expect(processed).toEqual(['evt_2', 'evt_1']);
    const [first] = await recordedEvents(database.db);
    expect(first).toMatchObject({ attempts: 4, outcome: 'done' });
    expect(lines.every((line) => JSON.parse(line).level === 30)).toBe(true);
  });

  it('keeps what it works on for as long as that takes, and for no longer what it put off', async () => {
    await record(['evt_1', 'evt_2']);
    const held = deferred();
    startWorker(
      async (id) => {
        if (id === 'evt_1') throw new Error('a fault of ours');
        await held.promise;
      },
      { claimMs: 60_000, renewClaimsMs: 1, retryMs: 3_600_000 },
    );
    const dueAt = async () => (await recordedEvents(database.db)).map((row) => row.dueAt);
    const soon = Date.now() + 120_000;
    while (((await dueAt())[0] ?? 0) < soon) await pause(1);
    const [putOff, claimed = 0] = await dueAt();
    while (((await dueAt())[1] ?? 0) <= claimed) await pause(1);
    expect((await dueAt())[0]).toBe(putOff);
    held.resolve();
  });

  it('leaves what it had to others within half a minute when it dies', async () => {
    await record(['evt_1']);
    const claimed: number[] = [];
    const spied = {
      ...store,
      claim: async (now: number, leaseUntil: number, limit: number) => {
        claimed.push(leaseUntil - now);
        return store.claim(now, leaseUntil, limit);
      },
    };
    startWorker(undefined, {}, spied);
    await done();
    expect(Math.max(...claimed)).toBeLessThanOrEqual(30_000);
  });

  it('gives up what failed for a day, and says so', async () => {
    await record(['evt_1'], 'ada', Date.now() - 25 * 3_600_000);
    startWorker(async () => {
      throw new Error('a fault of ours');
    });
    await done();
    expect(await recordedEvents(database.db)).toMatchObject([{ outcome: 'given_up' }]);
    expect(lines.join('')).toContain('an event was given up');
  });

  it('ignores what is about no account', async () => {
    await record(['evt_1'], null);
    startWorker();
    await done();
    expect(await recordedEvents(database.db)).toMatchObject([{ outcome: 'ignored' }]);
    expect(processed).toEqual([]);
  });

  it('ends what is under way when it stops, and leaves the rest to others', async () => {
    for (let user = 0; user < 20; user += 1) await record([`evt_${user}`], `user ${user}`);
    const began = deferred();
    const released = deferred();
    const worker = startWorker(async () => {
      began.resolve();
      await released.promise;
    });
    await began.promise;
    const stopped = worker.stop();
    released.resolve();
    await stopped;
    const rows = await recordedEvents(database.db);
    const finished = rows.filter(({ outcome }) => outcome === 'done').map(({ id }) => id);
    expect(finished).toEqual(processed);
    expect(rows.filter(({ attempts }) => attempts === 0)).toHaveLength(20 - finished.length);
    startWorker();
    await done();
    expect(new Set(processed).size).toBe(20);
    expect(processed).toHaveLength(20);
  });
});

describe('what its own instance records', () => {
  /** A store that counts its claims. */
  function counted() {
    const claims = { count: 0 };
    const claim: WebhookEventStore['claim'] = (...asked) => {
      claims.count += 1;
      return store.claim(...asked);
    };
    return { claims, events: { ...store, claim } };
  }

  async function untilRoom(worker: WebhookWorker): Promise<void> {
    while (worker.claimsUntil() === null) await pause(1);
  }

  const recordAll = (worker: WebhookWorker, events: readonly ReceivedEvent[]) => {
    const { record: one } = createWebhookRecorder(store, worker);
    return Promise.all(events.map((event) => one(event)));
  };

  it('comes to the worker without a claim, once however often it came', async () => {
    const { claims, events } = counted();
    const worker = startWorker(undefined, { lookEveryMs: 60_000 }, events);
    await untilRoom(worker);
    const before = claims.count;
    await recordAll(
      worker,
      ['evt_0', 'evt_1', 'evt_0', 'evt_2', 'evt_1'].map((id) => received(id)),
    );
    await recordAll(worker, [received('evt_2')]);
    await done();
    expect(processed).toEqual(['evt_0', 'evt_1', 'evt_2']);
    expect(claims.count).toBe(before);
    expect(await recordedEvents(database.db)).toMatchObject([
      { attempts: 1, outcome: 'done' },
      { attempts: 1, outcome: 'done' },
      { attempts: 1, outcome: 'done' },
    ]);
  });

  it('waits for what others had recorded before', async () => {
    await record(numbered(150));
    const held = deferred();
    const worker = startWorker(() => held.promise, { lookEveryMs: 60_000 });
    await recordAll(worker, [received('evt_150')]);
    held.resolve();
    await done();
    expect(processed).toEqual(numbered(151));
  });

  it('is left in the database once the worker has no more room, and comes in its order all the same', async () => {
    const held = deferred();
    const worker = startWorker(() => held.promise, { lookEveryMs: 60_000 });
    await untilRoom(worker);
    await recordAll(
      worker,
      numbered(400).map((id) => received(id)),
    );
    expect(worker.claimsUntil()).toBeNull();
    const rows = await recordedEvents(database.db);
    const untouched = rows.filter(({ attempts }) => attempts === 0);
    expect(untouched.length).toBeGreaterThan(100);
    expect(untouched.length).toBeLessThan(250);
    held.resolve();
    await done();
    expect(processed).toEqual(numbered(400));
    await untilRoom(worker);
  });

  it('does not keep what others left from its turn, however much there is of it', async () => {
    let count = 0;
    // Whatever is processed brings the next one.
    const worker: WebhookWorker = startWorker(
      async () => {
        count += 1;
        if (!processed.includes('evt_left') && count < 2000)
          await recordAll(worker, [received(`evt_${count}`, `user ${count}`)]);
      },
      { lookEveryMs: 20 },
    );
    await untilRoom(worker);
    await recordAll(worker, [received('evt_0')]);
    await record(['evt_left'], 'bob');
    await done();
    expect(processed).toContain('evt_left');
    expect(count).toBeLessThan(2000);
  });

  it('is given back by a worker that stops, as if it had not been taken', async () => {
    const [began, held] = [deferred(), deferred()];
    const worker = startWorker(
      async () => {
        began.resolve();
        await held.promise;
      },
      { lookEveryMs: 60_000 },
    );
    await untilRoom(worker);
    await recordAll(worker, [received('evt_0')]);
    await began.promise;
    await recordAll(worker, [received('evt_1'), received('evt_2')]);
    const stopped = worker.stop();
    held.resolve();
    await stopped;
    expect(worker.claimsUntil()).toBeNull();
    expect(await recordedEvents(database.db)).toMatchObject([
      { id: 'evt_0', outcome: 'done' },
      { id: 'evt_1', outcome: null, attempts: 0 },
      { id: 'evt_2', outcome: null, attempts: 0 },
    ]);
    startWorker();
    await done();
    expect(processed).toEqual(['evt_0', 'evt_1', 'evt_2']);
  });

  it('is processed by another worker when its own one dies before it begins', async () => {
    const dead = startWorker(undefined, { claimMs: 50, lookEveryMs: 60_000 });
    await untilRoom(dead);
    const claimedUntil = dead.claimsUntil();
    // It dies between the two: what was recorded never reaches it.
    await store.record([received('evt_0')], claimedUntil);
    startWorker();
    await done();
    expect(processed).toEqual(['evt_0']);
    expect(await recordedEvents(database.db)).toMatchObject([{ attempts: 2, outcome: 'done' }]);
  });

  it('is left to whoever claims it when it waited for too long', async () => {
    const [began, held] = [deferred(), deferred()];
    const { claims, events } = counted();
    const worker = startWorker(
      async (id) => {
        if (id !== 'evt_0') return;
        began.resolve();
        await held.promise;
      },
      { claimMs: 100, renewClaimsMs: 10, lookEveryMs: 5 },
      events,
    );
    await untilRoom(worker);
    await recordAll(worker, [received('evt_0')]);
    await began.promise;
    await recordAll(worker, [received('evt_1', 'bob')]);
    const [, late] = await recordedEvents(database.db);
    while (Date.now() < (late?.dueAt ?? 0)) await pause(5);
    const before = claims.count;
    held.resolve();
    await done();
    expect(processed).toEqual(['evt_0', 'evt_1']);
    expect(claims.count).toBeGreaterThan(before);
    expect((await recordedEvents(database.db))[1]).toMatchObject({ attempts: 2, outcome: 'done' });
  });
});
