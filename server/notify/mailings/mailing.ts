import type { UserFilter } from '../../directory/users/userFilter.js';
import type { UserKey } from '../../directory/users/userKey.js';
import type { InvitationOutcome } from '../invitations.js';

/**
 * How a mailing stands.
 * - `waiting`: another one goes first.
 * - `running`: users are gone through.
 * - `done`: all users were gone through; their mails may still be on their way.
 * - `stopped`: an admin ended it before.
 */
export type MailingStatus = 'waiting' | 'running' | 'done' | 'stopped';

/** Mail to all users that a filter finds, about one connection. Times are epoch milliseconds. */
export interface Mailing {
  readonly id: string;
  readonly connectionName: string;
  readonly filter: UserFilter;
  /** How many users the filter found when it was made. */
  readonly users: number;
  readonly createdAt: number;
  /** The key of the principal that made it. */
  readonly createdBy: string;
  /** How many users were gone through; once it is done, all that became something. */
  readonly goneThrough: number;
  /** Where to go on, or null at the start. */
  readonly place: UserKey | null;
  readonly status: MailingStatus;
  readonly endedAt: number | null;
}

export type NewMailing = Pick<
  Mailing,
  'id' | 'connectionName' | 'filter' | 'users' | 'createdAt' | 'createdBy'
>;

/** What became of one user. */
export interface MailingResult {
  readonly identifier: string;
  readonly outcome: InvitationOutcome;
}

/** How many users came to each outcome. */
export type MailingCounts = Partial<Record<InvitationOutcome, number>>;

/** No mailing goes to more users than these. */
export const usersAtMost = 100_000;
