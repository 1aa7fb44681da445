import type { UserFilter } from '../../directory/users/userFilter.js';
import type { UserKey } from '../../directory/users/userKey.js';
import type { InvitationOutcome } from '../invitations.js';

/**
 * How a mailing stands.
 * - `waiting`: another mailing goes first.
 * - `running`: its users are being asked for.
 * - `done`: each user has a result. Their mails may still be waiting.
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
  /** How many users it has handled; at the end, how many have a result. */
  readonly goneThrough: number;
  /** The key of the last user that was handled, or null at the start. */
  readonly place: UserKey | null;
  readonly status: MailingStatus;
  readonly endedAt: number | null;
}

export type NewMailing = Pick<
  Mailing,
  'id' | 'connectionName' | 'filter' | 'users' | 'createdAt' | 'createdBy'
>;

/** The result of one user. */
export interface MailingResult {
  readonly identifier: string;
  readonly outcome: InvitationOutcome;
}

/** The number of users of each outcome. */
export type MailingCounts = Partial<Record<InvitationOutcome, number>>;

/** The most users of one mailing. */
export const usersAtMost = 100_000;
