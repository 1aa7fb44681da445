import { createGroupWriter } from '../store/groupWriter.js';
import type { ReceivedEvent, WebhookEventStore } from './webhookEventStore.js';

export type WebhookRecorder = ReturnType<typeof createWebhookRecorder>;

/**
 * Records events that come at the same time in one statement: each statement waits for the disk once, and in a
 * burst that wait is what counts.
 */
export function createWebhookRecorder(store: Pick<WebhookEventStore, 'record'>) {
  return {
    /** Resolves once the event is safe in the database. */
    record: createGroupWriter((events: readonly ReceivedEvent[]) => store.record(events), {
      atOnce: 50,
      longestPauseMs: 0,
    }),
  };
}
