import type { ReceivedEvent } from '../../../server/webhooks/webhookEventStore.js';

const firstAt = Date.parse('2026-08-01T10:00:00Z');

/** A time of its own for each id: two events of one account, type and millisecond are the same event. */
function timeOf(id: string): string {
  const own = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000, 0);
  return `${new Date(firstAt + own).toISOString().slice(0, -1)}000001Z`;
}

/** An event about Ada's Gmail account, with what a test wants different. */
export function anEvent(id: string, changes: Partial<ReceivedEvent> = {}): ReceivedEvent {
  return {
    id,
    source: 'webhook',
    webhookId: `msg of ${id}`,
    type: 'connected_account.updated',
    occurredAt: timeOf(id),
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
