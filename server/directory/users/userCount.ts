import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Db } from '../../store/database/schema.js';
import { sortFor, type UserFilter } from './userFilter.js';
import type { UserKey } from './userKey.js';
import { planOf } from './userStreamStore.js';
import { walk } from './userWalkStore.js';

const countedAtOnce = 2000;

/** How many users a filter finds, up to a bound. Others get their turn in between. */
export async function countUsers(db: Db, filter: UserFilter, atMost: number): Promise<number> {
  const plan = planOf(db, filter, sortFor(filter, null), Date.now());
  let count = 0;
  let from: UserKey | null = null;
  while (count < atMost) {
    const limit = Math.min(countedAtOnce, atMost - count);
    const { keys, stoppedAt } = await walk(db, plan, { from, backwards: false, limit });
    count += keys.length;
    from = keys.length === limit ? (keys.at(-1) ?? null) : stoppedAt;
    if (from === null) return count;
    await nextTurn();
  }
  return count;
}
