import type { AccountStatus, ConnectedAccount } from '../../../server/scalekit/gateway.js';

export const ada = 'ada@example.com';

/** A time that is long past, in epoch milliseconds. */
export const start = 1_700_000_000_000;

/** An account of Ada's, active unless said otherwise. */
export const anAccount = (connectionName: string, status: AccountStatus = 'active'): ConnectedAccount => ({
  id: `ca_${connectionName}`,
  identifier: ada,
  connectionName,
  status,
  updatedAt: start,
  lastUsedAt: null,
  tokenExpiresAt: null,
});
