import type { FailureCode } from '../accounts/flow/failureCodes.js';
import { isBegun } from '../accounts/flow/flow.js';
import { createFlowStore } from '../accounts/flow/flowStore.js';
import type { AccountState } from '../accounts/states.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';

/**
 * Who is stuck: a user whose account needs them, or whose last try to connect failed for a reason that they did not
 * choose. The overview, the filter "stuck", mails to stuck users and the API go by `stuckSince` of the projection,
 * which follows from this file alone.
 */

/** States of an account that needs its user, whatever they did last. */
const needsUser: ReadonlySet<AccountState> = new Set([
  'expired',
  'disconnected',
  'needs_verification',
  'unknown',
]);

/** Failures that the user chose or let happen. Somebody who gave up is not stuck. */
const ownChoices: ReadonlySet<string | null> = new Set<FailureCode>([
  'consent_denied',
  'link_expired',
  'never_returned',
  'disconnected_meanwhile',
]);

/** What the latest flow of each pair shows. */
export interface LatestTries {
  /** Whether its user began to connect the account here, and neither finished nor cancelled. */
  isBegun(account: Pair): boolean;
  /** When it failed for a reason that is not its user's own choice, in epoch milliseconds, or null. */
  failedAt(account: Pair): number | null;
}

type Pair = Pick<ConnectedAccount, 'identifier' | 'connectionName'>;

/**
 * Since when the user is stuck with an account, in epoch milliseconds, or null when they are not.
 * @param since when the account came into its state
 */
export function stuckSinceOf(
  account: Pair,
  state: AccountState,
  since: number,
  tries: LatestTries,
): number | null {
  if (needsUser.has(state)) return since;
  return state === 'pending' ? tries.failedAt(account) : null;
}

const keyOf = ({ identifier, connectionName }: Pair) => JSON.stringify([identifier, connectionName]);

/** Looks up the latest flow of each account that still waits for its user. */
export async function readLatestTries(db: Db, accounts: readonly ConnectedAccount[]): Promise<LatestTries> {
  const waiting = accounts.filter(({ status }) => status === 'pending_auth');
  const flows = await createFlowStore(db).latest(
    [...new Set(waiting.map(({ identifier }) => identifier))],
    [...new Set(waiting.map(({ connectionName }) => connectionName))],
  );
  const latest = new Map(flows.map((flow) => [keyOf(flow), flow]));
  return {
    isBegun(account) {
      const flow = latest.get(keyOf(account));
      return flow !== undefined && isBegun(flow);
    },
    failedAt(account) {
      const flow = latest.get(keyOf(account));
      if (flow?.status !== 'failed' || ownChoices.has(flow.failure)) return null;
      return flow.endedAt ?? flow.createdAt;
    },
  };
}
