import { EventEmitter, once } from 'node:events';
import type { WebhookType } from './webhookEvents.js';

/**
 * - `waiting`: not accepted yet, and still tried.
 * - `delivered`: accepted, repeats included.
 * - `failed`: given up after the last try.
 * - `dropped`: lost on request.
 */
export type DeliveryStatus = 'waiting' | 'delivered' | 'failed' | 'dropped';

/** One webhook, and how its delivery went. Times are epoch milliseconds. */
export interface Delivery {
  /** The `webhook-id`. */
  readonly id: string;
  readonly eventId: string;
  readonly type: WebhookType;
  readonly connectionName: string;
  readonly identifier: string;
  readonly at: number;
  status: DeliveryStatus;
  /** The answer to each try: an HTTP status, or the reason why there was none. */
  readonly answers: (number | string)[];
}

const kept = 500;

/** The webhooks that were sent last. */
export class DeliveryLog {
  readonly #events = new EventEmitter().setMaxListeners(0);
  #deliveries: Delivery[] = [];

  list(): Delivery[] {
    return this.#deliveries.map((delivery) => ({ ...delivery, answers: [...delivery.answers] }));
  }

  add(delivery: Delivery): void {
    this.#deliveries.push(delivery);
    if (this.#deliveries.length > kept) this.#deliveries.shift();
  }

  settle(delivery: Delivery, status: DeliveryStatus): void {
    delivery.status = status;
    this.#events.emit('settled');
  }

  clear(): void {
    this.#deliveries = [];
  }

  /** Resolves with the first accepted delivery in the log that matches, now or later. */
  async waitFor(predicate: (delivery: Delivery) => boolean): Promise<Delivery> {
    for (;;) {
      const found = this.list().find((delivery) => delivery.status === 'delivered' && predicate(delivery));
      if (found) return found;
      await once(this.#events, 'settled');
    }
  }
}
