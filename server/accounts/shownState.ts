import type { ConnectedAccount } from '../scalekit/gateway.js';
import { type AccountState, stateOf } from './states.js';

/** A connection whose older accounts have to be connected anew, such as after its permissions changed. */
export interface ReconnectRequirement {
  readonly connectionName: string;
  /** What was approved before this is too old, in epoch milliseconds. */
  readonly olderThan: number;
  readonly requiredAt: number;
  /** The key of the principal that required it. */
  readonly requiredBy: string;
}

/**
 * Whether an account that is active at Scalekit has to be connected anew.
 * @param authorizedAt when its user approved it last, or null when nobody knows
 */
export const mustReconnect = (
  account: Pick<ConnectedAccount, 'status'> | undefined,
  authorizedAt: number | null,
  requirement: ReconnectRequirement | undefined,
): boolean =>
  account?.status === 'active' &&
  requirement !== undefined &&
  (authorizedAt === null || authorizedAt < requirement.olderThan);

/** The state that an account is shown in, to its user and to admins. The parameters are those of `mustReconnect`. */
export const shownState = (
  account: Pick<ConnectedAccount, 'status'> | undefined,
  authorizedAt: number | null,
  requirement: ReconnectRequirement | undefined,
): AccountState => (mustReconnect(account, authorizedAt, requirement) ? 'expired' : stateOf(account?.status));
