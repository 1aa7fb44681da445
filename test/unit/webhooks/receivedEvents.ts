import type { ReceivedEvent } from '../../../server/webhooks/webhookEventStore.js';

/** An event about Ada's Gmail account, with what a test wants different. */
export function anEvent(id: string, changes: Partial<ReceivedEvent> = {}): ReceivedEvent {
  return {
    id,
    webhookId: `msg of ${id}`,
    type: 'connected_account.updated',
    occurredAt: '2026-08-01T10:00:00.000000001Z',
    reference: 'K7F-2QD',
    receivedAt: 1000,
    account: {
      id: 'ca_1',
      identifier: 'ada',
      connectionName: 'gmail',
      connectionId: null,
      status: 'active',
      oldStatus: null,
      tokenExpiresAt: null,
      lastUsedAt: null,
    },
    ...changes,
  };
}
