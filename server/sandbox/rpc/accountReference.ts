import type { Environment } from '../environment.js';
import type { Account } from '../model.js';
import { accountNotFound, invalidField } from './rpcErrors.js';

/** How a request names one account: by its id, or by connection and identifier. */
export interface AccountReference {
  readonly id?: string | undefined;
  readonly connector?: string | undefined;
  readonly identifier?: string | undefined;
}

/** @throws ConnectError `InvalidArgument` naming what is missing */
export function requireKey({ connector, identifier }: AccountReference) {
  if (!connector?.trim()) throw invalidField('connector', 'is required');
  if (!identifier?.trim()) throw invalidField('identifier', 'is required');
  return { connectionName: connector, identifier };
}

/** @throws ConnectError `InvalidArgument` for a reference that names none, `NotFound` for an account that there is not */
export function findAccount({ accounts }: Environment, reference: AccountReference): Account {
  if (reference.id) {
    const byId = accounts.findById(reference.id);
    if (!byId) throw accountNotFound();
    return byId;
  }
  const { connectionName, identifier } = requireKey(reference);
  const account = accounts.find(connectionName, identifier);
  if (!account) throw accountNotFound();
  return account;
}
