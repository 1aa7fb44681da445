import { setInterval as every } from 'node:timers/promises';
import type { Logger } from '../http/logging.js';
import { backoffMs } from '../kernel/backoff.js';
import { DomainError } from '../kernel/errors.js';
import { groupBy } from '../kernel/groupBy.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { createJob, type Job } from '../store/job.js';
import { type AccountEvent, type EventProcessing, NotDecidedYet, usersAtOnce } from './eventProcessing.js';
import type { ClaimedEvent, EventOutcome, WebhookEventStore } from './webhookEventStore.js';
import type { WebhookHealth } from './webhookHealth.js';

export interface WebhookWorkerOptions {
  /** How often the worker looks for events that other instances have recorded, in milliseconds. */
  readonly lookEveryMs?: number;
  /** The first pause before an event is tried again, in milliseconds; it doubles with each try. */
  readonly retryMs?: number;
  /** How long a claim lasts, in milliseconds. Another instance takes over after that when the claimer died. */
  readonly claimMs?: number;
  /** How often a living instance extends its claims, in milliseconds. */
  readonly renewClaimsMs?: number;
}

export interface WebhookWorkerDeps {
  readonly store: WebhookEventStore;
  readonly processing: EventProcessing;
  readonly health: WebhookHealth;
  readonly logger: Logger;
}

const claimedAtOnce = 50;
const longestRetryMs = 5 * 60_000;
const givenUpAfterMs = 24 * 3_600_000;

const isAboutAccount = (event: ClaimedEvent): event is AccountEvent => event.account !== null;

/** Processes recorded events. The events of one user are processed one after the other, in order of arrival. */
export function createWebhookWorker(
  { store, processing, health, logger }: WebhookWorkerDeps,
  { lookEveryMs = 1000, retryMs = 1000, claimMs = 20_000, renewClaimsMs = 5000 }: WebhookWorkerOptions = {},
): Job {
  async function retryLater(event: ClaimedEvent, error: unknown): Promise<EventOutcome | null> {
    const { id, type, reference, attempts } = event;
    const details = { event: id, type, reference, attempts };
    const expected = [ScalekitError, DomainError, NotDecidedYet].some((kind) => error instanceof kind);
    if (Date.now() - event.receivedAt > givenUpAfterMs) {
      logger.error({ ...details, err: error }, 'an event was given up');
      return 'given_up';
    }
    logger[expected ? 'info' : 'error']({ ...details, err: error }, 'an event will be tried again');
    await store.postpone(id, Date.now() + backoffMs(retryMs, longestRetryMs, attempts));
    return null;
  }

  async function processUser(
    events: readonly AccountEvent[],
    begun: ReturnType<EventProcessing['begin']>,
    ended: Map<string, EventOutcome>,
  ): Promise<void> {
    for (const event of events) {
      const outcome = await begun
        .then((followUp) => followUp(event))
        .catch((error) => retryLater(event, error));
      if (outcome !== null) ended.set(event.id, outcome);
    }
  }

  async function processBatch(batch: readonly ClaimedEvent[], over: AbortSignal): Promise<void> {
    const ended = new Map<string, EventOutcome>();
    for (const { id, account } of batch) if (account === null) ended.set(id, 'ignored');
    const aboutAccounts = batch.filter(isAboutAccount);
    const users = [...groupBy(aboutAccounts, ({ account }) => account.identifier).values()];
    // Where that fails each user's events begin alone, so that nobody holds up anybody else.
    const begun = aboutAccounts.length === 0 ? null : await processing.begin(aboutAccounts).catch(() => null);
    const next = async (): Promise<void> => {
      while (!over.aborted) {
        const events = users.shift();
        if (events === undefined) return;
        await processUser(events, begun === null ? processing.begin(events) : Promise.resolve(begun), ended);
      }
    };
    await Promise.all(Array.from({ length: usersAtOnce }, next));
    await finish(ended);
    const untouched = users.flatMap((events) => events.map(({ id }) => id));
    if (untouched.length > 0) await store.release(untouched);
  }

  async function finish(ended: ReadonlyMap<string, EventOutcome>): Promise<void> {
    for (const [outcome, entries] of groupBy(ended, ([, one]) => one)) {
      await store.finish(
        entries.map(([id]) => id),
        outcome,
      );
    }
  }

  /** Keeps claimed events until it is told to stop. */
  async function keep(
    batch: readonly ClaimedEvent[],
    leaseUntil: number,
    signal: AbortSignal,
  ): Promise<void> {
    const ids = batch.map(({ id }) => id);
    let until = leaseUntil;
    for await (const _ of every(renewClaimsMs, undefined, { signal, ref: false })) {
      const longer = Date.now() + claimMs;
      await store.renew(ids, until, longer);
      until = longer;
    }
  }

  async function processKept(
    batch: readonly ClaimedEvent[],
    leaseUntil: number,
    over: AbortSignal,
  ): Promise<void> {
    const done = new AbortController();
    const keeping = keep(batch, leaseUntil, done.signal).catch((error) => {
      if (!done.signal.aborted) logger.warn({ err: error }, 'claimed events could not be kept for longer');
    });
    try {
      await processBatch(batch, over);
    } finally {
      done.abort();
      await keeping;
    }
  }

  let noteNext = Number.NEGATIVE_INFINITY;

  return createJob({
    name: 'webhook worker',
    everyMs: lookEveryMs,
    async perform(over) {
      let taken = claimedAtOnce;
      // What comes after a claim that was not full wakes the worker.
      while (!over.aborted && taken === claimedAtOnce) {
        const now = Date.now();
        const batch = await store.claim(now, now + claimMs, claimedAtOnce);
        taken = batch.length;
        if (taken > 0) await processKept(batch, now + claimMs, over);
      }
      // A burst wakes the worker many times a second.
      if (performance.now() < noteNext) return;
      noteNext = performance.now() + lookEveryMs;
      health.note(await store.pulse());
    },
    logger,
  });
}
