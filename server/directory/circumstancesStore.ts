import type { FailureCode } from '../accounts/flow/failureCodes.js';
import { mustReconnect } from '../accounts/list/reconnectRule.js';
import type { ConnectedAccount } from '../scalekit/gateway.js';
import type { Db } from '../store/database/schema.js';
import type { Circumstances } from './directoryRow.js';

/** Ends of a try that its user wanted, or let happen: who gave up is not stuck. */
const ownChoices: ReadonlySet<string | null> = new Set<FailureCode>([
  'consent_denied',
  'link_expired',
  'never_returned',
  'disconnected_meanwhile',
]);

const keyOf = (identifier: string, connectionName: string) => JSON.stringify([identifier, connectionName]);

/** When the latest try of each account that waits failed, where it did and its user did not want that. */
async function failedTries(db: Db, accounts: readonly ConnectedAccount[]): Promise<Map<string, number>> {
  const waiting = accounts.filter(({ status }) => status === 'pending_auth');
  if (waiting.length === 0) return new Map();
  const rows = await db
    .selectFrom('flows')
    .select(['identifier', 'connection_name', 'status', 'failure', 'ended_at', 'created_at'])
    .where('identifier', 'in', [...new Set(waiting.map(({ identifier }) => identifier))])
    .where('connection_name', 'in', [...new Set(waiting.map(({ connectionName }) => connectionName))])
    .where('created_at', '=', (latest) =>
      latest
        .selectFrom('flows as later')
        .select((flow) => flow.fn.max('later.created_at').as('created_at'))
        .whereRef('later.identifier', '=', 'flows.identifier')
        .whereRef('later.connection_name', '=', 'flows.connection_name'),
    )
    .execute();
  const failed = rows.filter(({ status, failure }) => status === 'failed' && !ownChoices.has(failure));
  return new Map(
    failed.map((row) => [keyOf(row.identifier, row.connection_name), row.ended_at ?? row.created_at]),
  );
}

/** The connections whose accounts have to be connected anew, and how old an approval may be. */
async function requirements(db: Db): Promise<Map<string, { olderThan: number }>> {
  const rows = await db
    .selectFrom('reconnect_requirements')
    .select(['connection_name', 'older_than'])
    .where('withdrawn_at', 'is', null)
    .execute();
  return new Map(rows.map(({ connection_name, older_than }) => [connection_name, { olderThan: older_than }]));
}

/** Enough to tell whether accounts are shown as before: what requires them to be connected anew stays as it was. */
export async function lightCircumstances(
  db: Db,
  accounts: readonly ConnectedAccount[],
  readAt: number,
): Promise<Circumstances> {
  const failed = await failedTries(db, accounts);
  return {
    readAt,
    failedAt: (identifier, connectionName) => failed.get(keyOf(identifier, connectionName)) ?? null,
    isRequired: (_account, _authorizedAt, before) => before?.reconnect_required === 1,
  };
}

/** @param readAt as of when the accounts are known, in epoch milliseconds */
export async function circumstancesOf(
  db: Db,
  accounts: readonly ConnectedAccount[],
  readAt: number,
): Promise<Circumstances> {
  const required = await requirements(db);
  return {
    ...(await lightCircumstances(db, accounts, readAt)),
    isRequired: (account, authorizedAt) =>
      mustReconnect(account, authorizedAt, required.get(account.connectionName)),
  };
}
