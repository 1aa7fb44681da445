import type { ConnectedAccount } from '../../scalekit/gateway.js';

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
 * Whether an account has to be connected anew although it is active at Scalekit. It is then shown as `expired`, to
 * its user and to admins.
 * @param authorizedAt when its user approved it last, or null when nobody knows
 */
export const mustReconnect = (
  account: Pick<ConnectedAccount, 'status'> | undefined,
  authorizedAt: number | null,
  requirement: Pick<ReconnectRequirement, 'olderThan'> | undefined,
): boolean =>
  account?.status === 'active' &&
  requirement !== undefined &&
  (authorizedAt === null || authorizedAt < requirement.olderThan);
