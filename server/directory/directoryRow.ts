import type { Selectable } from 'kysely';
import { type AccountState, stateOf } from '../accounts/states.js';
import type { AccountStatus, ConnectedAccount } from '../scalekit/gateway.js';
import type { DirectoryAccountsTable } from '../store/database/schema.js';
import { type LatestTries, stuckSinceOf } from './stuckRule.js';

/** One account of the projection. */
export type DirectoryRow = Selectable<DirectoryAccountsTable>;

/** What decides how an account is shown, besides the account. */
export interface Circumstances {
  /** As of when the account is known, in epoch milliseconds. */
  readonly readAt: number;
  readonly tries: LatestTries;
  /** Whether an account that is active has to be connected anew. */
  isRequired(account: ConnectedAccount, authorizedAt: number, before: DirectoryRow | undefined): boolean;
}

/** Whether the account is active at Scalekit, however it is shown. */
export const isActive = (row: DirectoryRow): boolean => row.state === 'active' || row.reconnectRequired === 1;

/** The time of a change: Scalekit's, when it can belong to this change, else the time at which we noticed it. */
const changedAt = (account: ConnectedAccount, before: DirectoryRow | undefined, readAt: number): number => {
  const { updatedAt } = account;
  return updatedAt !== null && updatedAt > (before?.since ?? 0) ? updatedAt : readAt;
};

/** An account that lasts for longer than this expires like any other, in milliseconds. */
const steadyMs = 14 * 24 * 3_600_000;

/** How often in a row the account expired soon after it was connected. */
function expiredTimesOf(before: DirectoryRow | undefined, state: AccountState, since: number): number {
  if (before === undefined) return 0;
  if (state !== 'expired' || before.state !== 'active') return before.expiredTimes;
  const isSoon = since - (before.authorizedAt ?? 0) < steadyMs;
  return isSoon ? before.expiredTimes + 1 : 1;
}

/**
 * What other apps are told of an account in a state. While its user is about to connect it, or nobody knows its state,
 * they are told nothing new, unless it stopped working.
 */
function clientsToldOf(state: AccountState, before: DirectoryRow | undefined): string | null {
  const told = before?.clientsTold ?? null;
  switch (state) {
    case 'active':
      return 'active';
    case 'expired':
      return 'needs_user';
    case 'pending':
    case 'needs_verification':
      return told === 'active' ? 'needs_user' : told;
    case 'unknown':
      return told;
    case 'not_connected':
    case 'disconnected':
      return null;
  }
}

/**
 * The row of an account in the projection.
 * @param before what stands there for the same user and connection
 */
export function toRow(
  account: ConnectedAccount,
  before: DirectoryRow | undefined,
  circumstances: Circumstances,
): DirectoryRow {
  const { identifier, connectionName } = account;
  const { readAt } = circumstances;
  const same = before !== undefined && before.accountId === account.id;
  const active = account.status === 'active';
  const stillActive = active && same && isActive(before);
  const changed = changedAt(account, before, readAt);
  const authorizedAt = stillActive ? (before.authorizedAt ?? changed) : changed;
  const isRequired = active && circumstances.isRequired(account, authorizedAt, before);
  const isBegun = circumstances.tries.isBegun(account);
  const state = stateOf(account.status, { mustReconnect: isRequired, isBegun });
  const since = same && before.state === state ? before.since : isRequired ? readAt : changed;
  const stuck = stuckSinceOf(account, state, since, circumstances.tries);
  return {
    identifier,
    connectionName,
    accountId: account.id,
    state,
    since,
    stuckSince: stuck === null ? null : same ? (before.stuckSince ?? stuck) : stuck,
    authorizedAt: active ? authorizedAt : null,
    updatedAt: account.updatedAt,
    lastUsedAt: account.lastUsedAt,
    tokenExpiresAt: account.tokenExpiresAt,
    seenAt: readAt,
    reconnectRequired: Number(isRequired),
    expiredTimes: isRequired
      ? (before?.expiredTimes ?? 0)
      : expiredTimesOf(same ? before : undefined, state, since),
    clientsTold: clientsToldOf(state, before),
  };
}

/** Whether the account left `active` by itself. This app would have deleted it. */
export const leftActive = (before: DirectoryRow, after: DirectoryRow): boolean =>
  before.accountId === after.accountId &&
  isActive(before) &&
  !isActive(after) &&
  (after.state === 'expired' || after.state === 'disconnected');

/** Whether two rows differ in more than when they were seen. */
export function differ(before: DirectoryRow, after: DirectoryRow): boolean {
  const keys = Object.keys(after) as (keyof DirectoryRow)[];
  return keys.some((key) => key !== 'seenAt' && before[key] !== after[key]);
}

const statusOfState: Readonly<Record<string, AccountStatus>> = {
  active: 'active',
  expired: 'expired',
  pending: 'pending_auth',
  not_connected: 'pending_auth',
  needs_verification: 'pending_verification',
  disconnected: 'disconnected',
};

/** The account of a row. */
export const toAccount = (row: DirectoryRow): ConnectedAccount => ({
  id: row.accountId,
  identifier: row.identifier,
  connectionName: row.connectionName,
  status: isActive(row) ? 'active' : (statusOfState[row.state] ?? 'unknown'),
  updatedAt: row.updatedAt,
  lastUsedAt: row.lastUsedAt,
  tokenExpiresAt: row.tokenExpiresAt,
});

/** Whether two rows differ only in when the account was used, changed or seen. */
export const areAlike = (before: DirectoryRow, after: DirectoryRow): boolean =>
  before.accountId === after.accountId &&
  before.state === after.state &&
  before.stuckSince === after.stuckSince &&
  before.authorizedAt === after.authorizedAt;
