import type { Logger } from '../http/logging.js';
import { createWebhookSignature } from '../scalekit/webhookSignature.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { Db } from '../store/database/schema.js';
import type { Locks } from '../store/locks.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { sparingProcessing, sparingRecord } from './erasedEvents.js';
import { createEventLog, type EventLogDeps } from './eventLog.js';
import { createEventLogStore } from './eventLogStore.js';
import { createEventProcessing, type EventProcessingDeps } from './eventProcessing.js';
import { createLastKnownAccountsStore } from './lastKnownAccountsStore.js';
import {
  type CountWebhook,
  countingLog,
  countingProcessing,
  countingRecorder,
  countingSignature,
} from './webhookCounts.js';
import { createWebhookEventStore } from './webhookEventStore.js';
import type { WebhookHealth } from './webhookHealth.js';
import { createWebhookRecorder } from './webhookRecorder.js';
import { createWebhookWorker } from './webhookWorker.js';

export interface WebhooksDeps
  extends Omit<EventProcessingDeps, 'events' | 'lastKnown'>,
    Pick<EventLogDeps, 'gateway' | 'requestSync' | 'onScalekitBack'> {
  readonly db: Db;
  readonly tombstones: Tombstones;
  readonly audit: AuditTrail;
  readonly locks: Pick<Locks, 'lease'>;
  readonly logger: Logger;
  readonly health: WebhookHealth;
  readonly count: CountWebhook;
  /** `whsec_…`; none closes the route. */
  readonly secrets: readonly string[];
}

/** Far longer than Scalekit repeats a delivery, so an older event can't come again. */
const eventsKeptMs = 90 * 24 * 3_600_000;

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** What Scalekit tells us, in webhooks and in its log: received, recorded, processed. The jobs have to be started. */
export function createWebhooks(deps: WebhooksDeps) {
  const { db, logger, health, secrets, count, tombstones } = deps;
  const store = createWebhookEventStore(db);
  const lastKnown = createLastKnownAccountsStore(db);
  const sparing = sparingProcessing(createEventProcessing({ ...deps, events: store, lastKnown }), tombstones);
  const processing = countingProcessing(sparing, count);
  const { record } = sparingRecord(store, tombstones);
  const worker = createWebhookWorker({ store, processing, health, logger });
  const recorder = createWebhookRecorder({ record }, worker);
  const log = createEventLog(
    {
      ...deps,
      marks: createEventLogStore(db),
      record: countingLog(record, count),
      wake: worker.wake,
      lease: deps.locks.lease('event-log'),
    },
    // The log is all that tells where no webhook comes.
    { everyMs: secrets.length > 0 ? hourMs : minuteMs },
  );
  return {
    /** Null while no secret is set. */
    signature: secrets.length === 0 ? null : countingSignature(createWebhookSignature(secrets), count),
    recorder: countingRecorder(recorder, count),
    worker,
    log,
    health,
    /** Forgets the events that were finished long ago. */
    tidy: () => store.tidy(Date.now() - eventsKeptMs),
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;
