import type { News, Tombstones } from '../store/tombstoneStore.js';
import type { EventProcessing } from './eventProcessing.js';
import { eventMillis } from './eventTime.js';
import type { WebhookEvent } from './webhookEvent.js';
import type { WebhookEventStore } from './webhookEventStore.js';

/** How far Scalekit's clock and ours may be apart. */
const clocksApartMs = 60_000;

/** The age of an event. An event without a time may be arbitrarily old. */
function newsOf({ account, occurredAt }: WebhookEvent): News | null {
  if (account === null) return null;
  const asOf = occurredAt === null ? null : eventMillis(occurredAt) - clocksApartMs;
  return { identifier: account.identifier, asOf };
}

/** Records no event that is older than the erasure of its user; it can come again and is dropped again. */
export const sparingRecord = (
  store: Pick<WebhookEventStore, 'record'>,
  { spared }: Pick<Tombstones, 'spared'>,
): Pick<WebhookEventStore, 'record'> => ({
  async record(events, claimedUntil) {
    const kept = await spared(events, newsOf);
    return kept.length === 0 ? [] : store.record(kept, claimedUntil);
  },
});

/** Processes no event that was recorded before its user was erased. */
export const sparingProcessing = (
  processing: EventProcessing,
  { spared }: Pick<Tombstones, 'spared'>,
): EventProcessing => ({
  async begin(events) {
    const kept = await spared(events, newsOf);
    if (kept.length === 0) return async () => 'ignored';
    const followUp = await processing.begin(kept);
    return async (event) => (kept.includes(event) ? followUp(event) : 'ignored');
  },
});
