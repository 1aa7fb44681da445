import type { Request } from 'express';
import { type AccountState, accountStates } from '../../accounts/states.js';
import { badRequest } from '../../http/commonErrors.js';
import { queryParam } from '../../http/params.js';
import { termOf } from '../../store/userTerms.js';

/** How long an account needs its user already, at least, in milliseconds. */
export const stuckSpans = {
  any: 0,
  '1h': 3_600_000,
  '1d': 24 * 3_600_000,
  '7d': 7 * 24 * 3_600_000,
  '30d': 30 * 24 * 3_600_000,
} as const;

export type StuckSpan = keyof typeof stuckSpans;

/** When an account must have begun to need its user to fit a span, if one is asked for. @param now epoch milliseconds */
export function latestStuck(span: StuckSpan | null, now: number): number {
  // Scalekit's clock may be ahead of ours.
  if (span === 'any') return Number.MAX_SAFE_INTEGER;
  return span === null ? now : now - stuckSpans[span];
}

/** Which users are meant; null does not narrow it. Connection, state and span are those of one and the same account. */
export interface UserFilter {
  /** The beginning of an identifier, a name, one of a name's words, or an address. */
  readonly q: string | null;
  readonly connection: string | null;
  /** `not_connected`: without an account, on the connection if one is named, else on any. */
  readonly state: AccountState | null;
  readonly stuck: StuckSpan | null;
}

export type UserSort = 'identifier' | 'last_seen' | 'stuck' | 'match';

export const everyone: UserFilter = { q: null, connection: null, state: null, stuck: null };

/** The sorts that an index serves for a filter; the first one is used unless another one is asked for. */
export function sortsOf({ q, connection, state, stuck }: UserFilter): readonly [UserSort, ...UserSort[]] {
  if (q !== null) return ['match'];
  if (stuck !== null) return ['stuck'];
  if (connection !== null || state !== null) return ['identifier'];
  return ['identifier', 'last_seen', 'stuck'];
}

/** The sort that is used when this one is asked for. */
export function sortFor(filter: UserFilter, wanted: string | null): UserSort {
  const sorts = sortsOf(filter);
  return sorts.find((sort) => sort === wanted) ?? sorts[0];
}

/** One of some values, or null when none is given. @throws DomainError when another one is, which would narrow nothing */
function oneOf<T extends string>(values: readonly T[], given: string | null): T | null {
  if (given === null) return null;
  const value = values.find((known) => known === given);
  if (value === undefined) throw badRequest();
  return value;
}

/** Reads the filter of an address. @throws DomainError when it says what no filter can */
export function readUserFilter(request: Request): UserFilter {
  const given = (name: string) => queryParam(request, name, 400)?.trim() || null;
  const q = given('q');
  return {
    q: q === null || termOf(q) === '' ? null : q,
    connection: given('connection'),
    state: oneOf(accountStates, given('state')),
    stuck: oneOf(Object.keys(stuckSpans) as StuckSpan[], given('stuck')),
  };
}

export const isNarrowed = (filter: UserFilter): boolean =>
  Object.values(filter).some((part) => part !== null);
