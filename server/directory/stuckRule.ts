import type { FailureCode } from '../accounts/flow/failureCodes.js';
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

/** When the latest flow of a pair failed for a reason that is not its user's own choice, or null. Epoch milliseconds. */
export type FailedAt = (identifier: string, connectionName: string) => number | null;

/**
 * Since when the user is stuck with an account, in epoch milliseconds, or null when they are not.
 * @param since when the account came into its state
 */
export function stuckSinceOf(
  { identifier, connectionName }: Pick<ConnectedAccount, 'identifier' | 'connectionName'>,
  state: AccountState,
  since: number,
  failedAt: FailedAt,
): number | null {
  if (needsUser.has(state)) return since;
  return state === 'pending' ? failedAt(identifier, connectionName) : null;
}

const keyOf = (identifier: string, connectionName: string) => JSON.stringify([identifier, connectionName]);

/** Looks up the latest flow of each account that still waits for its user. */
export async function readFailedTries(db: Db, accounts: readonly ConnectedAccount[]): Promise<FailedAt> {
  const waiting = accounts.filter(({ status }) => status === 'pending_auth');
  if (waiting.length === 0) return () => null;
  const rows = await db
    .selectFrom('flows')
    .select(['identifier', 'connectionName', 'status', 'failure', 'endedAt', 'createdAt'])
    .where('identifier', 'in', [...new Set(waiting.map(({ identifier }) => identifier))])
    .where('connectionName', 'in', [...new Set(waiting.map(({ connectionName }) => connectionName))])
    .where('createdAt', '=', (latest) =>
      latest
        .selectFrom('flows as later')
        .select((flow) => flow.fn.max('later.createdAt').as('createdAt'))
        .whereRef('later.identifier', '=', 'flows.identifier')
        .whereRef('later.connectionName', '=', 'flows.connectionName'),
    )
    .execute();
  const failed = rows.filter(({ status, failure }) => status === 'failed' && !ownChoices.has(failure));
  const times = new Map(
    failed.map((row) => [keyOf(row.identifier, row.connectionName), row.endedAt ?? row.createdAt]),
  );
  return (identifier, connectionName) => times.get(keyOf(identifier, connectionName)) ?? null;
}
