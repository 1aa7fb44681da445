import { createAuditTrail } from '../../../server/store/auditTrail.js';
import { createDailyCounts, type DailyCounts, dayOf } from '../../../server/store/dailyCountStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let counts: DailyCounts;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    counts = createDailyCounts(database.db);
  });

  afterEach(() => database.close());

  const trail = () => createAuditTrail(database.db, { warn: () => undefined });
  const kinds = async () => (await counts.byConnection('')).map((row) => [row.kind, row.count]).sort();
  const aFlow = { actor: 'user:ada', identifier: 'ada', connectionName: 'gmail' } as const;

  describe('the daily counts', () => {
    it('are by day of UTC, connection and kind', async () => {
      const midnight = Date.UTC(2026, 2, 12);
      await counts.add([{ kind: 'started', connectionName: 'gmail' }], midnight - 1);
      await counts.add([{ kind: 'started', connectionName: 'gmail' }], midnight);
      await counts.add([{ kind: 'started', connectionName: 'gmail' }], midnight + 86_399_999);
      await counts.add([{ kind: 'started', connectionName: 'slack' }], midnight);
      await counts.add([{ kind: 'failed:consent_denied', connectionName: 'gmail' }], midnight);
      expect(await counts.byConnection('2026-03-12')).toEqual(
        expect.arrayContaining([
          { connectionName: 'gmail', kind: 'started', count: 2 },
          { connectionName: 'slack', kind: 'started', count: 1 },
          { connectionName: 'gmail', kind: 'failed:consent_denied', count: 1 },
        ]),
      );
      expect(await counts.byConnection('2026-03-11')).toContainEqual({
        connectionName: 'gmail',
        kind: 'started',
        count: 3,
      });
      const byDay = await counts.byDay('2026-03-11');
      expect(byDay).toHaveLength(3);
      expect(byDay).toContainEqual({ day: '2026-03-12', kind: 'started', count: 3 });
      expect(byDay).toContainEqual({ day: '2026-03-11', kind: 'started', count: 1 });
      expect(await counts.byDay('2026-03-13')).toEqual([]);
    });

    it('miss nothing that two instances count at once', async () => {
      const other = await database.openAgain();
      const counters = [counts, createDailyCounts(other.db)];
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          counters[index % 2]?.add([{ kind: 'expired', connectionName: 'gmail' }], Date.now()),
        ),
      );
      await other.close();
      expect(await kinds()).toEqual([['expired', 20]]);
    });

    it('say how flows began and ended, as the audit trail has it, and why they came to nothing', async () => {
      const audit = trail();
      await audit.record({ type: 'flow.started', ...aFlow });
      await audit.record({ type: 'flow.done', ...aFlow });
      await audit.record({ type: 'flow.failed', ...aFlow, detail: 'consent_denied' });
      await audit.record({ type: 'flow.cancelled', ...aFlow, detail: null });
      await audit.record({ type: 'flow.timed_out', ...aFlow, actor: null, detail: 'never_returned' });
      await audit.record({ type: 'account.disconnected', ...aFlow });
      expect(await kinds()).toEqual([
        ['active', 1],
        ['cancelled', 1],
        ['failed', 1],
        ['failed:consent_denied', 1],
        ['started', 1],
        ['timed_out', 1],
        ['timed_out:never_returned', 1],
      ]);
      expect(await counts.byDay(dayOf(Date.now() - 86_400_000))).toHaveLength(7);
    });
  });
});
