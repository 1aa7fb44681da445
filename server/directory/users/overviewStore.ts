import { sql } from 'kysely';
import { type AccountState, accountStates } from '../../accounts/states.js';
import type { Db } from '../../store/database/schema.js';

/** How many accounts of a connection are in a state. */
export interface StateCount {
  readonly connectionName: string;
  readonly state: AccountState;
  readonly accounts: number;
  /** How many of them wait for a user who has not given up. */
  readonly stuck: number;
}

/** A user with an account that has been waiting for them. */
export interface StuckUser {
  readonly identifier: string;
  readonly displayName: string | null;
  /** Epoch milliseconds. */
  readonly since: number;
}

const isState = (state: string): state is AccountState => accountStates.some((known) => known === state);

/** Reads what is kept along with the directory; nothing here counts rows. */
export function createOverviewStore(db: Db) {
  return {
    async stateCounts(): Promise<StateCount[]> {
      const rows = await db.selectFrom('directoryCounts').selectAll().where('accounts', '>', 0).execute();
      return rows.map(({ state, ...count }) => ({
        ...count,
        state: isState(state) ? state : 'unknown',
      }));
    },

    /** How many accounts of each connection work. */
    async activeCounts(): Promise<ReadonlyMap<string, number>> {
      const rows = await db
        .selectFrom('directoryCounts')
        .select(['connectionName', 'accounts'])
        .where('state', '=', 'active')
        .execute();
      return new Map(rows.map(({ connectionName, accounts }) => [connectionName, accounts]));
    },

    /** How many accounts of each connection expire again and again, where any does. */
    async unsteady(): Promise<Map<string, number>> {
      const rows = await db
        .selectFrom('directoryAccounts')
        .select((row) => ['connectionName', row.fn.countAll<number>().as('count')])
        // As the index has it.
        .where(sql<boolean>`expired_times >= 3`)
        .groupBy('connectionName')
        .execute();
      return new Map(rows.map(({ connectionName, count }) => [connectionName, Number(count)]));
    },

    /** The users who have been stuck for longest. */
    async longestStuck(limit: number): Promise<StuckUser[]> {
      const rows = await db
        .selectFrom('users')
        .select(['identifier', 'displayName', 'stuckSince'])
        .where('stuckSince', 'is not', null)
        .orderBy('stuckSince')
        .orderBy('identifier')
        .limit(limit)
        .execute();
      return rows.map(({ stuckSince, ...user }) => ({ ...user, since: stuckSince ?? 0 }));
    },
  };
}
