import { type Flow, flowLifetimeMs, newFlowId } from '../../../../server/accounts/flow/flow.js';

/** An open flow of Ada's that began now, with what a test wants different. */
export function aFlow(changes: Partial<Flow> = {}): Flow {
  const createdAt = changes.createdAt ?? Date.now();
  return {
    id: newFlowId(),
    sessionHash: 'session',
    principal: 'user:ada@example.com',
    identifier: 'ada@example.com',
    connectionName: 'gmail',
    returnTo: null,
    returns: true,
    accountIdBefore: 'ca_1',
    accountUpdatedBefore: 1000,
    accountActiveBefore: false,
    accountExpiredBefore: false,
    accountCreated: false,
    status: 'open',
    failure: null,
    reference: null,
    createdAt,
    expiresAt: createdAt + flowLifetimeMs,
    linkExpiresAt: null,
    leftAt: null,
    providerError: null,
    reported: null,
    verifyStartedAt: null,
    verifiedAt: null,
    endedAt: null,
    approval: null,
    ...changes,
  };
}
