import type { Logger } from '../http/logging.js';
import { createWebhookSignature } from '../scalekit/webhookSignature.js';
import type { Db } from '../store/database/schema.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { sparingProcessing, sparingRecord } from './erasedEvents.js';
import { createEventProcessing, type EventProcessingDeps } from './eventProcessing.js';
import { createLastKnownAccountsStore } from './lastKnownAccountsStore.js';
import {
  type CountWebhook,
  countingProcessing,
  countingRecorder,
  countingSignature,
} from './webhookCounts.js';
import { createWebhookEventStore } from './webhookEventStore.js';
import type { WebhookHealth } from './webhookHealth.js';
import { createWebhookRecorder } from './webhookRecorder.js';
import { createWebhookWorker } from './webhookWorker.js';

export interface WebhooksDeps extends Omit<EventProcessingDeps, 'events' | 'lastKnown'> {
  readonly db: Db;
  readonly tombstones: Tombstones;
  readonly logger: Logger;
  readonly health: WebhookHealth;
  readonly count: CountWebhook;
  /** `whsec_…`; none closes the route. */
  readonly secrets: readonly string[];
}

/** Far longer than Scalekit repeats a delivery, so an older event can't come again. */
const eventsKeptMs = 90 * 24 * 3_600_000;

/** What Scalekit tells us: received, recorded, processed. The worker has to be started. */
export function createWebhooks(deps: WebhooksDeps) {
  const { db, logger, health, secrets, count, tombstones } = deps;
  const store = createWebhookEventStore(db);
  const lastKnown = createLastKnownAccountsStore(db);
  const sparing = sparingProcessing(createEventProcessing({ ...deps, events: store, lastKnown }), tombstones);
  const processing = countingProcessing(sparing, count);
  const recorder = createWebhookRecorder(sparingRecord(store, tombstones));
  return {
    /** Null while no secret is set. */
    signature: secrets.length === 0 ? null : countingSignature(createWebhookSignature(secrets), count),
    recorder: countingRecorder(recorder, count),
    worker: createWebhookWorker({ store, processing, health, logger }),
    health,
    /** Forgets the events that were finished long ago. */
    tidy: () => store.tidy(Date.now() - eventsKeptMs),
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;
