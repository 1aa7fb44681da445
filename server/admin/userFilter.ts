import { type AccountState, accountStates } from '../accounts/states.js';

/** How long an account needs its user already, at least. */
export const stuckSpans = {
  '1h': 3_600_000,
  '1d': 24 * 3_600_000,
  '7d': 7 * 24 * 3_600_000,
  '30d': 30 * 24 * 3_600_000,
} as const;

export type StuckSpan = keyof typeof stuckSpans;

/** Which users are meant; null does not narrow it. Connection, state and span are those of one and the same account. */
export interface UserFilter {
  /** The beginning of an identifier, a name, one of a name's words, or an address. */
  readonly q: string | null;
  readonly connection: string | null;
  /** `not_connected`: without an account, on the connection if there is one, else on any. */
  readonly state: AccountState | null;
  readonly stuck: StuckSpan | null;
}

export type UserSort = 'identifier' | 'last_seen' | 'stuck' | 'match';

export const everyone: UserFilter = { q: null, connection: null, state: null, stuck: null };

/** The sorts that an index serves for a filter; the first one is used unless another one is asked for. */
export function sortsOf({ q, connection, state, stuck }: UserFilter): readonly [UserSort, ...UserSort[]] {
  if (q !== null) return ['match'];
  if (stuck !== null) return ['stuck'];
  if (connection !== null || (state !== null && state !== 'not_connected')) return ['identifier'];
  return ['identifier', 'last_seen', 'stuck'];
}

const chosen = <T extends string>(values: readonly T[], value: string | null): T | null =>
  values.find((known) => known === value) ?? null;

/** The sort that is used when this one is asked for. */
export const sortFor = (filter: UserFilter, wanted: string | null): UserSort =>
  chosen(sortsOf(filter), wanted) ?? sortsOf(filter)[0];

/** Reads a filter of the values of a form; a value that is none of ours narrows nothing. */
export function readFilter(given: (name: string) => string | null): UserFilter {
  const text = (name: string) => given(name)?.trim() || null;
  return {
    q: text('q'),
    connection: given('connection') || null,
    state: chosen(accountStates, given('state')),
    stuck: chosen(Object.keys(stuckSpans) as StuckSpan[], given('stuck')),
  };
}

export const isNarrowed = (filter: UserFilter): boolean =>
  Object.values(filter).some((part) => part !== null);

/** The values of the form that a filter stands for. */
export const filterValues = (filter: UserFilter): Record<keyof UserFilter, string | null> => ({ ...filter });
