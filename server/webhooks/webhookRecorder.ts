import { createGroupWriter } from '../store/groupWriter.js';
import type { ReceivedEvent, WebhookEventStore } from './webhookEventStore.js';
import type { WebhookWorker } from './webhookWorker.js';

export type WebhookRecorder = ReturnType<typeof createWebhookRecorder>;

/**
 * Records events that come at the same time in one statement: each statement waits for the disk once, and in a
 * burst that wait is what counts. The worker gets them from here while it has room, and else finds them in the database.
 */
export function createWebhookRecorder(
  store: Pick<WebhookEventStore, 'record'>,
  worker: Pick<WebhookWorker, 'claimsUntil' | 'take'>,
) {
  async function write(events: readonly ReceivedEvent[]): Promise<void> {
    const claimedUntil = worker.claimsUntil();
    const news = new Set(await store.record(events, claimedUntil));
    // The same one may have come twice, and the first was recorded.
    const recorded = events.filter(({ id }) => news.delete(id));
    worker.take(recorded, claimedUntil);
  }

  return {
    /** Resolves once the event is safe in the database. */
    record: createGroupWriter(write, { atOnce: 50, longestPauseMs: 0 }),
  };
}
