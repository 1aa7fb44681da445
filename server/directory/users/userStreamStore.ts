import { type AliasableExpression, type Expression, expressionBuilder, type SqlBool } from 'kysely';
import { type AccountState, accountStates } from '../../accounts/states.js';
import type { Db, Tables } from '../../store/database/schema.js';
import { termOf } from '../../store/userTerms.js';
import { latestStuck, type UserFilter, type UserSort } from './userFilter.js';
import type { UserKey } from './userKey.js';

/** What users are ordered by: the place first, then the identifier. */
export type UserRow = Pick<UserKey, 'identifier' | 'place'>;

/** One way to read users in the order of an index. */
export interface UserStream {
  /** Its rows, in several parts where the index orders only each of them for itself. */
  readonly parts: readonly AliasableExpression<UserRow>[];
  /** Keeps the first row of each user, where there may be more. A count of the rows ahead does not need it. */
  readonly once?: Expression<SqlBool>;
  readonly placeType: 'number' | 'string' | 'null';
  readonly descending: boolean;
}

/** How to read the users of a filter: stream after stream, keeping only rows that fulfil the condition. */
export interface UserPlan {
  readonly streams: readonly UserStream[];
  /** No index helps with it, so that every row of the streams may have to be looked at. Null keeps all rows. */
  readonly condition: Expression<SqlBool> | null;
}

/** Above everything that begins with the same text, in the order of bytes. */
const last = '\u{10ffff}';

/** Builds conditions on a row of a stream, which queries call `c`. */
const ofRow = expressionBuilder<Tables & { c: UserRow }, 'c'>();

/** Whether a user has an account that fits the filter or, with `not_connected`, lacks one. */
function accountCondition(
  { connection, state, stuck }: UserFilter,
  stuckBefore: number,
): Expression<SqlBool> {
  const lacking = state === 'not_connected';
  let accounts = ofRow
    .selectFrom('directoryAccounts as a')
    .select('a.identifier')
    .whereRef('a.identifier', '=', 'c.identifier')
    // An account that somebody else asked for, and its user has not begun to connect.
    .where('a.state', '!=', 'not_connected');
  if (connection !== null) accounts = accounts.where('a.connectionName', '=', connection);
  if (state !== null && !lacking) accounts = accounts.where('a.state', '=', state);
  if (stuck !== null && !lacking) accounts = accounts.where('a.stuckSince', '<=', stuckBefore);
  // The offset makes PostgreSQL look this up for one row after the other, in the order of the index. Without it, whole
  // tables would be joined for one page.
  const found = ofRow.exists(accounts.limit(1).offset(0));
  return lacking ? ofRow.not(found) : found;
}

/** The ways to read users, each in the order of its index. */
function createStreams(db: Db) {
  const users = db.selectFrom('users');
  const accounts = db.selectFrom('directoryAccounts as row');

  const byIdentifier = (...parts: UserStream['parts']): UserStream => ({
    parts,
    placeType: 'null',
    descending: false,
  });

  return {
    byIdentifier: () => byIdentifier(users.select((row) => ['identifier', row.lit(null).as('place')])),

    /** Users who have a time, in its order, and then the others. */
    byTime(column: 'lastSeenAt' | 'stuckSince', descending: boolean): UserStream[] {
      const timed = users.select(['identifier', `${column} as place`]).where(column, 'is not', null);
      const others = users
        .select((row) => ['identifier', row.lit(null).as('place')])
        .where(column, 'is', null);
      return [
        { parts: [timed], placeType: 'number', descending },
        { parts: [others], placeType: 'null', descending },
      ];
    },

    /** Users by what they are found by; each at the first of their terms that matches. */
    matching(text: string): UserStream {
      const from = termOf(text);
      const terms = db
        .selectFrom('userTerms')
        .select(['identifier', 'term as place'])
        .where('term', '>=', from)
        .where('term', '<', from + last);
      const earlier = ofRow
        .selectFrom('userTerms as other')
        .select('other.identifier')
        .whereRef('other.identifier', '=', 'c.identifier')
        .where('other.term', '>=', from)
        .whereRef('other.term', '<', 'c.place');
      const once = ofRow.not(ofRow.exists(earlier.limit(1).offset(0)));
      return { parts: [terms], once, placeType: 'string', descending: false };
    },

    /** Users with an account in a state; each at the first of these accounts. */
    inState(state: AccountState): UserStream {
      const first = accounts
        .select((row) => ['identifier', row.lit(null).as('place')])
        .where('state', '=', state)
        .where(({ not, exists, selectFrom }) => {
          const earlier = selectFrom('directoryAccounts as other')
            .select('other.identifier')
            .whereRef('other.identifier', '=', 'row.identifier')
            .whereRef('other.connectionName', '<', 'row.connectionName')
            .where('other.state', '=', state);
          return not(exists(earlier.limit(1).offset(0)));
        });
      return byIdentifier(first);
    },

    /** Users with an account on a connection, in one state or in any. The index has them state by state. */
    onConnection(connection: string, state: AccountState | null): UserStream {
      const states = state === null ? accountStates.filter((known) => known !== 'not_connected') : [state];
      const on = accounts
        .select((row) => ['identifier', row.lit(null).as('place')])
        .where('connectionName', '=', connection);
      return byIdentifier(...states.map((one) => on.where('state', '=', one)));
    },

    /** Users who have been stuck for long enough, on one connection or on any; the longest first. */
    stuck(connection: string | null, stuckBefore: number): UserStream {
      const rows =
        connection === null
          ? users.select(['identifier', 'stuckSince as place']).where('stuckSince', '<=', stuckBefore)
          : accounts
              .select(['identifier', 'stuckSince as place'])
              .where('connectionName', '=', connection)
              .where('stuckSince', '<=', stuckBefore);
      return { parts: [rows], placeType: 'number', descending: false };
    },
  };
}

function everyoneBy(streams: ReturnType<typeof createStreams>, sort: UserSort): readonly UserStream[] {
  switch (sort) {
    case 'last_seen':
      return streams.byTime('lastSeenAt', true);
    case 'stuck':
      return streams.byTime('stuckSince', false);
    case 'identifier':
    case 'match':
      return [streams.byIdentifier()];
  }
}

/**
 * How to read the users of a filter.
 * @param sort one of those that `sortsOf` gives for the filter
 * @param now epoch milliseconds
 */
export function planOf(db: Db, filter: UserFilter, sort: UserSort, now: number): UserPlan {
  const { q, connection, state, stuck } = filter;
  const streams = createStreams(db);
  const stuckBefore = latestStuck(stuck, now);
  const condition = accountCondition(filter, stuckBefore);
  if (q !== null) {
    const wantsAccount = connection !== null || state !== null || stuck !== null;
    return { streams: [streams.matching(q)], condition: wantsAccount ? condition : null };
  }
  if (stuck !== null) {
    const on = state === 'not_connected' ? null : connection;
    return { streams: [streams.stuck(on, stuckBefore)], condition: state === null ? null : condition };
  }
  if (state === 'not_connected') return { streams: everyoneBy(streams, sort), condition };
  if (connection !== null) return { streams: [streams.onConnection(connection, state)], condition: null };
  if (state !== null) return { streams: [streams.inState(state)], condition: null };
  return { streams: everyoneBy(streams, sort), condition: null };
}
