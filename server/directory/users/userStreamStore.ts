import { type RawBuilder, sql } from 'kysely';
import { accountStates } from '../../accounts/states.js';
import { termOf } from '../../store/userTerms.js';
import { latestStuck, type UserFilter, type UserSort } from './userFilter.js';

/** One way to go through users in the order of an index. Its rows are named `c`. */
export interface UserStream {
  readonly table: 'users' | 'user_terms' | 'directory_accounts';
  /** What rows are ordered by before the identifier, or null. */
  readonly place: {
    readonly column: RawBuilder<unknown>;
    readonly type: 'number' | 'string' | 'null';
  } | null;
  readonly descending: boolean;
  /** What the index itself narrows. */
  readonly where: readonly RawBuilder<unknown>[];
  /** Parts, of which each row is in one, where the index orders each part for itself. */
  readonly parts?: readonly RawBuilder<unknown>[];
  /** Leaves one row for each user, where there may be more. */
  readonly once?: RawBuilder<unknown>;
}

/** How the users of a filter are gone through: stream after stream, keeping only rows for which the rest is true. */
export interface UserPlan {
  readonly streams: readonly UserStream[];
  /** Looked up for each row, so that as many rows may have to be looked at as the streams have. */
  readonly rest: readonly RawBuilder<unknown>[];
}

/** Above everything that begins with the same text, in the order of bytes. */
const last = '\u{10ffff}';

const byIdentifier = { table: 'directory_accounts', place: null, descending: false } as const;

/** Users with a time first, in its order, and then the others. */
function byTime(column: RawBuilder<unknown>, descending: boolean): UserStream[] {
  return [
    { table: 'users', place: { column, type: 'number' }, descending, where: [sql`${column} is not null`] },
    { table: 'users', place: { column, type: 'null' }, descending, where: [sql`${column} is null`] },
  ];
}

/**
 * Whether there is such a row. With an offset PostgreSQL looks it up for each row that it comes to, in the order of
 * the index, rather than joining whole tables for a page of them.
 */
const exists = (select: RawBuilder<unknown>) => sql`exists (${select} limit 1 offset 0)`;

function accountCondition(
  { connection, state, stuck }: UserFilter,
  stuckBefore: number,
): RawBuilder<unknown> {
  const lacking = state === 'not_connected';
  const conditions = [
    sql`a.identifier = c.identifier`,
    ...(connection === null ? [] : [sql`a.connection_name = ${connection}`]),
    ...(state === null || lacking ? [] : [sql`a.state = ${state}`]),
    ...(stuck === null || lacking ? [] : [sql`a.stuck_since <= ${stuckBefore}`]),
  ];
  const found = exists(sql`select 1 from directory_accounts as a where ${sql.join(conditions, sql` and `)}`);
  return lacking ? sql`not ${found}` : found;
}

/** Users by what they are found by; each at the first of their terms that matches. */
function matching(text: string): UserStream {
  const from = termOf(text);
  const earlier = exists(sql`select 1 from user_terms as o
    where o.identifier = c.identifier and o.term >= ${from} and o.term < c.term`);
  return {
    table: 'user_terms',
    place: { column: sql`c.term`, type: 'string' },
    descending: false,
    where: [sql`c.term >= ${from}`, sql`c.term < ${from + last}`],
    once: sql`not ${earlier}`,
  };
}

const isIn = (state: string) => sql`c.state = ${state}`;

/** Users with an account in a state; each at the first of these accounts. */
function inState(state: string): UserStream {
  const earlier = exists(sql`select 1 from directory_accounts as o
    where o.identifier = c.identifier and o.connection_name < c.connection_name and o.state = ${state}`);
  return { ...byIdentifier, where: [isIn(state)], once: sql`not ${earlier}` };
}

/** Users with an account on a connection, in one state or in any: the index has them state by state. */
function onConnection(connection: string, state: string | null): UserStream {
  const on = sql`c.connection_name = ${connection}`;
  if (state !== null) return { ...byIdentifier, where: [on, isIn(state)] };
  const states = accountStates.filter((known) => known !== 'not_connected');
  return { ...byIdentifier, where: [on], parts: states.map(isIn) };
}

function stuckPlan(filter: UserFilter, stuckBefore: number): UserPlan {
  const { connection, state } = filter;
  const column = sql`c.stuck_since`;
  const ordered = { place: { column, type: 'number' }, descending: false } as const;
  const narrowed = sql`c.stuck_since <= ${stuckBefore}`;
  if (connection !== null && state !== 'not_connected') {
    const where = [sql`c.connection_name = ${connection}`, narrowed];
    const rest = state === null ? [] : [sql`c.state = ${state}`];
    return { streams: [{ table: 'directory_accounts', ...ordered, where }], rest };
  }
  const rest = state === null ? [] : [accountCondition(filter, stuckBefore)];
  return { streams: [{ table: 'users', ...ordered, where: [narrowed] }], rest };
}

function everyoneBy(sort: UserSort): readonly UserStream[] {
  switch (sort) {
    case 'last_seen':
      return byTime(sql`c.last_seen_at`, true);
    case 'stuck':
      return byTime(sql`c.stuck_since`, false);
    case 'identifier':
    case 'match':
      return [{ ...byIdentifier, table: 'users', where: [] }];
  }
}

/**
 * How to go through the users of a filter.
 * @param sort one of those that `sortsOf` gives for the filter
 * @param now epoch milliseconds
 */
export function planOf(filter: UserFilter, sort: UserSort, now: number): UserPlan {
  const { q, connection, state, stuck } = filter;
  const stuckBefore = latestStuck(stuck, now);
  const wantsAccount = connection !== null || state !== null || stuck !== null;
  if (q !== null) {
    const rest = wantsAccount ? [accountCondition(filter, stuckBefore)] : [];
    return { streams: [matching(q)], rest };
  }
  if (stuck !== null) return stuckPlan(filter, stuckBefore);
  if (state === 'not_connected') {
    return { streams: everyoneBy(sort), rest: [accountCondition(filter, stuckBefore)] };
  }
  if (connection !== null) return { streams: [onConnection(connection, state)], rest: [] };
  if (state !== null) return { streams: [inState(state)], rest: [] };
  return { streams: everyoneBy(sort), rest: [] };
}
