import type { Db } from './database.js';

/**
 * What is counted by day.
 * - `started`: a flow began.
 * - `returned`: its browser came back from consent, whatever it brought.
 * - `verified`: Scalekit took our word for who approved.
 * - `active`, `failed`, `cancelled`, `timed_out`: how a flow ended; with `:code`, why.
 * - `expired`: an account left `active` by itself.
 */
export type DailyKind =
  | 'started'
  | 'returned'
  | 'verified'
  | 'active'
  | 'expired'
  | FlowOutcome
  | `${FlowOutcome}:${string}`;

/** The ends of a flow that connect nothing. */
export type FlowOutcome = 'failed' | 'cancelled' | 'timed_out';

export interface DailyCount {
  /** A day of UTC, such as `2026-03-12`. */
  readonly day: string;
  readonly connectionName: string;
  readonly kind: DailyKind;
  readonly count: number;
}

export interface DailyCounts {
  /** Counts one more. @param at epoch milliseconds, which tell the day */
  add(kind: DailyKind, connectionName: string, at: number): Promise<void>;
  /** All counts of a day and of those after it, in the order of days. */
  since(day: string): Promise<DailyCount[]>;
}

/** The day of UTC that a time lies in. @param at epoch milliseconds */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Counts of what happens, kept as it happens, so that no page has to count rows. */
export function createDailyCounts(db: Db): DailyCounts {
  return {
    async add(kind, connectionName, at) {
      await db
        .insertInto('daily_counts')
        .values({ day: dayOf(at), connection_name: connectionName, kind, count: 1 })
        .onConflict((conflict) =>
          conflict
            .columns(['day', 'connection_name', 'kind'])
            .doUpdateSet((row) => ({ count: row('daily_counts.count', '+', 1) })),
        )
        .execute();
    },

    async since(day) {
      const rows = await db
        .selectFrom('daily_counts')
        .selectAll()
        .where('day', '>=', day)
        .orderBy('day')
        .execute();
      return rows.map(({ connection_name: connectionName, kind, ...row }) => ({
        ...row,
        connectionName,
        kind: kind as DailyKind,
      }));
    },
  };
}
