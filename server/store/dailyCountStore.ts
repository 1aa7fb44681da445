import type { Db } from './database/schema.js';

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

/** How often something happened. */
export interface KindCount {
  readonly kind: DailyKind;
  readonly count: number;
}

export interface ConnectionCount extends KindCount {
  readonly connectionName: string;
}

export interface DayCount extends KindCount {
  /** A day of UTC, such as `2026-03-12`. */
  readonly day: string;
}

/** One more of a kind, on a connection. */
export type Count = Pick<ConnectionCount, 'kind' | 'connectionName'>;

/** The day of UTC that a time lies in. @param at epoch milliseconds */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** PostgreSQL gives sums as text. */
const toCount = <Row extends { readonly kind: string; readonly count: number }>(row: Row) => ({
  ...row,
  kind: row.kind as DailyKind,
  count: Number(row.count),
});

/** Far below the number of parameters that either database takes. */
const rowsAtOnce = 400;

/** Summed up, and in one order everywhere, so that two transactions never wait for each other's rows. */
function rowsOf(counted: readonly Count[], day: string) {
  const rows = new Map<string, { day: string; connectionName: string; kind: DailyKind; count: number }>();
  for (const { kind, connectionName } of counted) {
    const key = JSON.stringify([connectionName, kind]);
    const row = rows.get(key) ?? { day, connectionName, kind, count: 0 };
    rows.set(key, { ...row, count: row.count + 1 });
  }
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** Counts of what happens, kept as it happens, so that no page has to count rows. */
export function createDailyCounts(db: Db) {
  const summedUp = (since: string) =>
    db
      .selectFrom('dailyCounts')
      .select((row) => ['kind', row.fn.sum<number>('count').as('count')])
      .where('day', '>=', since)
      .groupBy('kind');

  return {
    /** Adds one to each of these counts. @param at the time, in epoch milliseconds, which gives the day */
    async add(counted: readonly Count[], at: number): Promise<void> {
      const rows = rowsOf(counted, dayOf(at));
      for (let start = 0; start < rows.length; start += rowsAtOnce) {
        await db
          .insertInto('dailyCounts')
          .values(rows.slice(start, start + rowsAtOnce))
          .onConflict((conflict) =>
            conflict
              .columns(['day', 'connectionName', 'kind'])
              .doUpdateSet((row) => ({ count: row('dailyCounts.count', '+', row.ref('excluded.count')) })),
          )
          .execute();
      }
    },

    /** The same counts, written within a transaction. */
    within: createDailyCounts,

    /** Counts of a day and of those after it, summed up for each connection. */
    async byConnection(since: string): Promise<ConnectionCount[]> {
      const rows = await summedUp(since).select('connectionName').groupBy('connectionName').execute();
      return rows.map(toCount);
    },

    /** Counts of a day and of those after it, summed up for each day. */
    async byDay(since: string): Promise<DayCount[]> {
      const rows = await summedUp(since).select('day').groupBy('day').execute();
      return rows.map(toCount);
    },
  };
}

export type DailyCounts = ReturnType<typeof createDailyCounts>;
