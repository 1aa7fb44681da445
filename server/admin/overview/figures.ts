import type { AccountState } from '../../accounts/states.js';
import type { StateCount } from '../../directory/users/overviewStore.js';
import { type DailyKind, dayOf, type KindCount } from '../../store/dailyCountStore.js';

export const dayMs = 86_400_000;
export const shownDays = 30;

/** The states that an account can be in, in the order in which they are drawn. */
export const drawnStates = [
  'active',
  'pending',
  'needs_verification',
  'expired',
  'disconnected',
  'unknown',
] as const satisfies readonly AccountState[];

export type DrawnState = (typeof drawnStates)[number];

/** The accounts of one connection. */
export interface ConnectionTotals {
  readonly connectionName: string;
  readonly total: number;
  readonly byState: Readonly<Record<DrawnState, number>>;
  /** Those that need their user, who has not given up. */
  readonly stuck: number;
}

const noAccounts = (): Record<DrawnState, number> => ({
  active: 0,
  pending: 0,
  needs_verification: 0,
  expired: 0,
  disconnected: 0,
  unknown: 0,
});

/** Sums up one connection. */
export function totalsOf(connectionName: string, counts: readonly StateCount[]): ConnectionTotals {
  const byState = noAccounts();
  let [total, stuck] = [0, 0];
  for (const count of counts) {
    if (count.connectionName !== connectionName || count.state === 'not_connected') continue;
    byState[count.state] += count.accounts;
    total += count.accounts;
    stuck += count.stuck;
  }
  return { connectionName, byState, total, stuck };
}

/** The days that are shown, today last. @param now epoch milliseconds */
export const daysUntil = (now: number): string[] =>
  Array.from({ length: shownDays }, (_, index) => dayOf(now - (shownDays - 1 - index) * dayMs));

/** How often something happened, of counts that may be narrowed before. */
export const sumOf = (counts: readonly KindCount[], kind: DailyKind): number =>
  counts.reduce((sum, row) => sum + (row.kind === kind ? row.count : 0), 0);

/** Tries that failed, without those whose users chose not to give access. */
export const failuresIn = (counts: readonly KindCount[]): number =>
  sumOf(counts, 'failed') - sumOf(counts, 'failed:consent_denied');

/** The share of failures among the tries that their users carried through, from 0 to 1, or null without any. */
export function failureRateOf(counts: readonly KindCount[]): number | null {
  const failures = failuresIn(counts);
  const all = failures + sumOf(counts, 'active');
  return all === 0 ? null : failures / all;
}

/** Where flows ended. */
export interface Funnel {
  readonly started: number;
  /** Null where browsers are not sent back, so that there is nothing to count. */
  readonly returned: number | null;
  readonly verified: number | null;
  readonly active: number;
}

export const funnelOf = (counts: readonly KindCount[], returns: boolean): Funnel => ({
  started: sumOf(counts, 'started'),
  returned: returns ? sumOf(counts, 'returned') : null,
  verified: returns ? sumOf(counts, 'verified') : null,
  active: sumOf(counts, 'active'),
});

/** How flows ended that connected nothing: the most frequent first. A reason of null is the user's own wish. */
export function endingsOf(counts: readonly KindCount[]): { code: string | null; count: number }[] {
  const byCode = new Map<string | null, number>();
  const add = (code: string | null, count: number) => byCode.set(code, (byCode.get(code) ?? 0) + count);
  for (const { kind, count } of counts) {
    const [ending, code] = kind.split(':');
    if (code !== undefined) {
      add(code, count);
      if (ending === 'cancelled') add(null, -count);
    } else if (kind === 'cancelled') add(null, count);
  }
  return [...byCode]
    .map(([code, count]) => ({ code, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}
