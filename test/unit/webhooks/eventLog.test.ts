import type { LoggedEvent } from '../../../server/scalekit/gateway.js';
import { createAuditTrail } from '../../../server/store/auditTrail.js';
import { createLocks } from '../../../server/store/locks.js';
import { createEventLog } from '../../../server/webhooks/eventLog.js';
import { createEventLogStore } from '../../../server/webhooks/eventLogStore.js';
import { createWebhookEventStore } from '../../../server/webhooks/webhookEventStore.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../support/memoryGateway.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { recordedEvents } from './deliveries.js';
import { anEvent } from './receivedEvents.js';

const minute = 60_000;
const hour = 60 * minute;
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined } as never;

const textOf = (at: number) => `${new Date(at).toISOString().slice(0, -1)}000000Z`;

describe.each(databaseKinds)('reading the event log on %s', (kind) => {
  let database: TempDatabase;
  let gateway: MemoryGateway;
  let synced: number;
  let woken: number;
  let tellBack: () => void;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    gateway = createMemoryGateway();
    synced = 0;
    woken = 0;
  });

  afterEach(() => database.close());

  const marks = () => createEventLogStore(database.db);

  function logOf({ everyMs = hour, record = createWebhookEventStore(database.db).record } = {}) {
    return createEventLog(
      {
        gateway,
        record,
        logger,
        marks: marks(),
        wake() {
          woken += 1;
        },
        async requestSync() {
          synced += 1;
        },
        onScalekitBack(listener) {
          tellBack = listener;
        },
        audit: createAuditTrail(database.db, logger),
        lease: createLocks({ ...database, logger }).lease('event-log'),
      },
      { everyMs },
    );
  }

  /** An event of the log, told so long ago. */
  function logged(id: string, agoMs: number, changes: Partial<LoggedEvent> = {}): void {
    const data = { id: 'ca_1', identifier: 'ada', connection_name: 'gmail', status: 'EXPIRED' };
    const type = 'connected_account.status_updated';
    gateway.scalekit.logEvent({ id, type, occurredAt: textOf(Date.now() - agoMs), data, ...changes });
  }

  const recordedIds = async () => (await recordedEvents(database.db)).map(({ id }) => id);

  it('begins at its first start: what happened before is no news', async () => {
    logged('evt_old', minute);
    const before = Date.now();
    await logOf().job.look();
    expect(gateway.script.count()).toBe(0);
    expect(await marks().readUntil()).toBeGreaterThanOrEqual(before);
  });

  it('records what happened since, the oldest first, also what shows late, and moves the mark', async () => {
    await marks().moveTo(Date.now() - 90 * minute);
    for (const minutes of [5, 100, 45, 119, 121]) logged(`evt_${minutes}`, minutes * minute);
    const before = Date.now();
    const log = logOf();
    await log.job.look();
    expect(await recordedIds()).toEqual(['evt_119', 'evt_100', 'evt_45', 'evt_5']);
    expect(woken).toBeGreaterThan(0);
    expect(await marks().readUntil()).toBeGreaterThanOrEqual(before);
    expect(log.health()).toMatchObject({ behind_seconds: 0 });
  });

  it('records each event once, however often it is read', async () => {
    await marks().moveTo(Date.now() - minute);
    logged('evt_1', 2 * minute);
    const log = logOf({ everyMs: 0 });
    await log.job.look();
    await log.job.look();
    expect(await recordedIds()).toEqual(['evt_1']);
    expect(woken).toBe(1);
  });

  it('does not record what a webhook brought, under the same id or under another', async () => {
    await marks().moveTo(Date.now() - minute);
    const at = Date.now() - 2 * minute;
    const account = { ...(anEvent('').account ?? never()), status: 'expired' as const };
    const type = 'connected_account.status_updated';
    await createWebhookEventStore(database.db).record([
      anEvent('evt_1', { type, account, occurredAt: textOf(at) }),
      anEvent('evt_2', { type, account, occurredAt: textOf(at + 1) }),
    ]);
    logged('evt_1', 0, { occurredAt: textOf(at) });
    logged('evt_of_the_log', 0, { occurredAt: textOf(at + 1) });
    await logOf().job.look();
    expect(await recordedIds()).toEqual(['evt_1', 'evt_2']);
  });

  it('reads a day hour by hour and page by page, and keeps what it has when it is interrupted', async () => {
    attacks('app-away');
    await marks().moveTo(Date.now() - 24 * hour);
    gateway.scalekit.eventsPerPage = 3;
    for (let count = 0; count < 50; count += 1) logged(`evt_${count}`, count * 29 * minute);
    const store = createWebhookEventStore(database.db);
    let calls = 0;
    const failing = logOf({
      async record(events) {
        calls += 1;
        if (calls === 12) throw new Error('the disk is full');
        return store.record(events);
      },
    });
    await expect(failing.job.look()).rejects.toThrow('the disk is full');
    const until = (await marks().readUntil()) ?? 0;
    expect(until).toBeGreaterThan(Date.now() - 24 * hour);
    expect(until).toBeLessThan(Date.now() - 10 * hour);
    await logOf().job.look();
    const expected = Array.from({ length: 50 }, (_, count) => `evt_${49 - count}`);
    expect(await recordedIds()).toEqual(expected);
  });

  it('has a full sync begin when the log does not reach back, and says so to admins', async () => {
    attacks('app-away');
    await marks().moveTo(Date.now() - 5 * hour);
    logged('evt_1', 6 * hour);
    logged('evt_2', 2 * hour);
    gateway.scalekit.forgetEvents(textOf(Date.now() - 3 * hour));
    await logOf().job.look();
    expect(synced).toBe(1);
    const audited = await database.db.selectFrom('auditEvents').select(['type', 'actor']).execute();
    expect(audited).toEqual([{ type: 'directory.events_missed', actor: null }]);
    expect(await recordedIds()).toEqual(['evt_2']);
  });

  it('begins no full sync while the log reaches back, nor after a short pause without any event', async () => {
    await marks().moveTo(Date.now() - 5 * hour);
    logged('evt_1', 6 * hour);
    await logOf().job.look();
    expect(synced).toBe(0);
    await database.db.deleteFrom('eventLogMarks').execute();
    await marks().moveTo(Date.now() - hour);
    gateway.scalekit.forgetEvents(textOf(Date.now()));
    await logOf().job.look();
    expect(synced).toBe(0);
  });

  it('reads after a start, after an outage of Scalekit, and every so often', async () => {
    attacks('app-away');
    await marks().moveTo(Date.now() - minute);
    const log = logOf();
    await log.job.look();
    expect(gateway.script.count('listEvents')).toBe(1);
    await log.job.look();
    expect(gateway.script.count('listEvents')).toBe(1);
    tellBack();
    await log.job.look();
    expect(gateway.script.count('listEvents')).toBe(2);
    const frequent = logOf({ everyMs: 0 });
    await frequent.job.look();
    await frequent.job.look();
    expect(gateway.script.count('listEvents')).toBe(4);
  });

  it('tries again while Scalekit does not answer, from the same mark', async () => {
    const mark = Date.now() - minute;
    await marks().moveTo(mark);
    logged('evt_1', 2 * minute);
    gateway.script.failAll('unreachable');
    const log = logOf();
    await expect(log.job.look()).rejects.toMatchObject({ kind: 'unreachable' });
    expect(await marks().readUntil()).toBe(mark);
    gateway.script.recover();
    await log.job.look();
    expect(await recordedIds()).toEqual(['evt_1']);
  });

  it('takes an account in data, or one level down, and ignores whatever else may stand there', async () => {
    await marks().moveTo(Date.now() - minute);
    const data = { id: 'ca_1', identifier: 'ada', connection_name: 'gmail', status: 'EXPIRED' };
    logged('evt_flat', 5 * minute, { data });
    logged('evt_nested', 4 * minute, { data: { id: 'ca_1', object_type: 'ConnectedAccount', data } });
    for (const [index, odd] of [null, 'text', 7, [], { data: 'x' }, { data: { data } }].entries()) {
      logged(`evt_odd_${index}`, 3 * minute - index, { data: odd });
    }
    await logOf().job.look();
    const rows = await recordedEvents(database.db);
    expect(rows.map(({ id, accountId }) => [id, accountId])).toEqual([
      ['evt_flat', 'ca_1'],
      ['evt_nested', 'ca_1'],
      ...Array.from({ length: 6 }, (_, index) => [`evt_odd_${index}`, null]),
    ]);
    expect(rows[1]).toMatchObject({ identifier: 'ada', source: 'log' });
  });
});

function never(): never {
  throw new Error('an event without an account');
}
