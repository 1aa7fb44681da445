import type { ReceivedEvent, WebhookEventStore } from './webhookEventStore.js';

interface Waiting {
  readonly event: ReceivedEvent;
  resolve(): void;
  reject(error: unknown): void;
}

const mostAtOnce = 50;

export interface WebhookRecorder {
  /** Resolves once the event is safe in the database. */
  record(event: ReceivedEvent): Promise<void>;
}

/**
 * Records events that come at the same time in one statement: each statement waits for the disk once, and in a
 * burst that wait is what counts.
 */
export function createWebhookRecorder(store: Pick<WebhookEventStore, 'record'>): WebhookRecorder {
  let waiting: Waiting[] = [];
  let flushing = false;

  async function recordSome(some: readonly Waiting[]): Promise<void> {
    try {
      await store.record(some.map(({ event }) => event));
      for (const { resolve } of some) resolve();
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting.slice(0, mostAtOnce);
      waiting = waiting.slice(mostAtOnce);
      await recordSome(some);
    }
    flushing = false;
  }

  return {
    record(event) {
      return new Promise((resolve, reject) => {
        waiting.push({ event, resolve, reject });
        if (flushing) return;
        flushing = true;
        // Not before what else has arrived by now is read.
        setImmediate(() => void flush());
      });
    },
  };
}
