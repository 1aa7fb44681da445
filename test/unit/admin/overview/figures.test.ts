import { dayBars, sharesOf, stackedBar, stepWidth } from '../../../../server/admin/overview/charts.js';
import {
  daysUntil,
  endingsOf,
  failureRateOf,
  funnelOf,
  totalsOf,
} from '../../../../server/admin/overview/figures.js';
import type { DailyKind } from '../../../../server/store/dailyCountStore.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { describe, expect, it } from '../../../support/jest.js';

const counts = (byKind: Partial<Record<DailyKind, number>>) =>
  Object.entries(byKind).map(([kind, count = 0]) => ({
    kind: kind as DailyKind,
    count,
  }));

describe('the figures of flows', () => {
  it('leave out of the failures whose users did not give access, and of the rate what was not carried through', () => {
    const daily = counts({
      started: 20,
      active: 6,
      failed: 5,
      'failed:consent_denied': 3,
      'failed:provider_error': 2,
      cancelled: 4,
      timed_out: 5,
    });
    expect(failureRateOf(daily)).toBe(0.25);
    expect(failureRateOf(counts({ started: 3, cancelled: 3 }))).toBeNull();
  });

  it('tell apart why flows ended, the most frequent first, and those that were stopped for no other reason', () => {
    const daily = counts({
      cancelled: 5,
      'cancelled:finished_elsewhere': 1,
      'cancelled:disconnected_meanwhile': 1,
      timed_out: 7,
      'timed_out:never_returned': 6,
      'timed_out:link_expired': 1,
      failed: 2,
      'failed:consent_denied': 2,
    });
    expect(endingsOf(daily)).toEqual(
      [
        { code: 'never_returned', count: 6 },
        { code: null, count: 3 },
        { code: 'consent_denied', count: 2 },
        { code: 'finished_elsewhere', count: 1 },
        { code: 'disconnected_meanwhile', count: 1 },
        { code: 'link_expired', count: 1 },
      ].sort((a, b) => b.count - a.count),
    );
  });

  it('have no steps where no browser comes back', () => {
    const daily = counts({ started: 3, active: 2, returned: 9, verified: 9 });
    expect(funnelOf(daily, false)).toEqual({ started: 3, returned: null, verified: null, active: 2 });
    expect(funnelOf(daily, true)).toEqual({ started: 3, returned: 9, verified: 9, active: 2 });
  });

  it('are of thirty days, today last, over the end of a month and a leap day', () => {
    const days = daysUntil(Date.UTC(2028, 2, 2, 0, 0, 1));
    expect(days).toHaveLength(30);
    expect(days.slice(-3)).toEqual(['2028-02-29', '2028-03-01', '2028-03-02']);
  });
});

describe('the figures of accounts', () => {
  it('sum up one connection, and those that are stuck', () => {
    const totals = totalsOf('gmail', [
      { connectionName: 'gmail', state: 'active', accounts: 5, stuck: 0 },
      { connectionName: 'gmail', state: 'expired', accounts: 2, stuck: 2 },
      { connectionName: 'gmail', state: 'pending', accounts: 4, stuck: 1 },
      { connectionName: 'slack', state: 'active', accounts: 9, stuck: 0 },
    ]);
    expect(totals).toMatchObject({ total: 11, stuck: 3, byState: { active: 5, expired: 2, unknown: 0 } });
    expect(stackedBar(t, totals).label).toBe('Connected: 5, Finish connecting: 4, Reconnect needed: 2');
  });
});

describe('what is drawn', () => {
  it('fills a bar to its end, and lets the smallest part be seen', () => {
    const shares = sharesOf([599_999, 0, 1]);
    expect(shares[1]).toEqual({ at: shares[1]?.at, width: 0 });
    expect(shares[2]?.width).toBeGreaterThan(0.5);
    expect((shares[2]?.at ?? 0) + (shares[2]?.width ?? 0)).toBeCloseTo(100, 1);
    expect(sharesOf([0, 0])).toEqual([
      { at: 0, width: 0 },
      { at: 0, width: 0 },
    ]);
  });

  it('has bars within the height of its chart, also when nothing happened', () => {
    const { bars, height, highest } = dayBars([0, 1, 1000]);
    expect(highest).toBe(1000);
    expect(bars.map(({ top, height: own }) => top + own)).toEqual([height, height, height]);
    expect(bars.map(({ isZero }) => isZero)).toEqual([true, false, false]);
    expect(dayBars([0]).bars[0]).toMatchObject({ isZero: true, height: 1 });
  });

  it('never draws a step wider than the whole', () => {
    expect([stepWidth(0, 5), stepWidth(5, 5), stepWidth(7, 5), stepWidth(3, 0)]).toEqual([0, 100, 100, 100]);
  });
});
