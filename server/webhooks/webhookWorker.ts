import { setInterval as every } from 'node:timers/promises';
import type { Logger } from '../http/logging.js';
import { backoffMs } from '../kernel/backoff.js';
import { DomainError } from '../kernel/errors.js';
import { groupBy } from '../kernel/groupBy.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { createJob } from '../store/job.js';
import { type AccountEvent, type EventProcessing, NotDecidedYet, usersAtOnce } from './eventProcessing.js';
import type { ClaimedEvent, EventOutcome, ReceivedEvent, WebhookEventStore } from './webhookEventStore.js';
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

const claimedAtOnce = 100;
/** So many events may wait in memory. What comes on top is left in the database, for any instance. */
const mostTaken = 200;
const longestRetryMs = 5 * 60_000;
const givenUpAfterMs = 24 * 3_600_000;

/** An event that this instance has, and until when, in epoch milliseconds. */
interface OwnEvent {
  readonly event: ClaimedEvent;
  readonly until: number;
}

const isAboutAccount = (event: ClaimedEvent): event is AccountEvent => event.account !== null;

/**
 * Processes recorded events: those that this instance has recorded as its own, and those that it claims from the database. The
 * events of one user are processed one after the other, in order of arrival.
 */
export function createWebhookWorker(
  { store, processing, health, logger }: WebhookWorkerDeps,
  { lookEveryMs = 1000, retryMs = 1000, claimMs = 20_000, renewClaimsMs = 5000 }: WebhookWorkerOptions = {},
) {
  /** Recorded as this instance's, and not begun. */
  const taken: OwnEvent[] = [];
  let isOpen = false;
  /** Whether nobody's events may be in the database. Until they are claimed none is taken that came after them. */
  let isBehind = true;
  let wakes = 0;
  let lookNext = Number.NEGATIVE_INFINITY;

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
  async function keep(batch: readonly OwnEvent[], signal: AbortSignal): Promise<void> {
    const ids = batch.map(({ event }) => event.id);
    let until = [...new Set(batch.map((own) => own.until))];
    for await (const _ of every(renewClaimsMs, undefined, { signal, ref: false })) {
      const longer = Date.now() + claimMs;
      await store.renew(ids, until, longer);
      until = [longer];
    }
  }

  async function processKept(batch: readonly OwnEvent[], over: AbortSignal): Promise<void> {
    const done = new AbortController();
    const keeping = keep(batch, done.signal).catch((error) => {
      if (!done.signal.aborted) logger.warn({ err: error }, 'claimed events could not be kept for longer');
    });
    try {
      await processBatch(
        batch.map(({ event }) => event),
        over,
      );
    } finally {
      done.abort();
      await keeping;
    }
  }

  function nextTaken() {
    const now = Date.now();
    // What waited for too long is claimed by whoever comes first once its time is over.
    return taken.splice(0, claimedAtOnce).filter(({ until }) => until - now > claimMs / 2);
  }

  async function claimNext() {
    lookNext = performance.now() + lookEveryMs;
    const [until, wakesBefore] = [Date.now() + claimMs, wakes];
    const events = await store.claim(until - claimMs, until, claimedAtOnce);
    isBehind = events.length === claimedAtOnce || wakes !== wakesBefore;
    return events.map((event) => ({ event, until }));
  }

  /** @returns whether there may be more */
  async function processNext(over: AbortSignal): Promise<boolean> {
    // However much this instance records itself, what others left and what is tried again has its turn.
    const looks = !isOpen || performance.now() >= lookNext || (isBehind && taken.length === 0);
    const claimed = looks ? await claimNext() : [];
    const batch = [...nextTaken(), ...claimed];
    if (batch.length > 0) await processKept(batch, over);
    return taken.length > 0 || isBehind;
  }

  let noteNext = Number.NEGATIVE_INFINITY;

  const job = createJob({
    name: 'webhook worker',
    everyMs: lookEveryMs,
    async perform(over) {
      while (!over.aborted && (await processNext(over)));
      // A burst wakes the worker many times a second.
      if (performance.now() < noteNext) return;
      noteNext = performance.now() + lookEveryMs;
      health.note(await store.pulse());
    },
    logger,
  });

  /** There are events in the database that nobody has. Does nothing before `start`. */
  function wake(): void {
    wakes += 1;
    isBehind = true;
    job.wake();
  }

  return {
    look: job.look,
    wake,

    /** Until when an event that is recorded now is this instance's, in epoch milliseconds, or null while it has no room. */
    claimsUntil: (): number | null =>
      isOpen && !isBehind && taken.length < mostTaken ? Date.now() + claimMs : null,

    /**
     * Takes over what was recorded, and processes it once whoever brought it has their answer.
     * @param claimedUntil until when it was recorded as this instance's, or null for nobody's
     */
    take(events: readonly ReceivedEvent[], claimedUntil: number | null): void {
      if (claimedUntil === null) {
        setImmediate(wake);
        return;
      }
      for (const event of events) taken.push({ event: { ...event, attempts: 1 }, until: claimedUntil });
      setImmediate(job.wake);
    },

    start(): void {
      isOpen = true;
      isBehind = true;
      job.start();
    },

    async stop(): Promise<void> {
      isOpen = false;
      await job.stop();
      const left = taken.splice(0).map(({ event }) => event.id);
      if (left.length === 0) return;
      await store.release(left).catch((error) => {
        logger.warn({ err: error }, 'claimed events could not be given back');
      });
    },
  };
}

export type WebhookWorker = ReturnType<typeof createWebhookWorker>;
