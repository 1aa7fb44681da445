import type { Logger } from '../http/logging.js';
import { newReference } from '../kernel/reference.js';
import type { EventsPage, LoggedEvent, ScalekitGateway } from '../scalekit/gateway.js';
import { pagesAhead } from '../scalekit/pagesAhead.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import type { AuditTrail } from '../store/auditTrail.js';
import { createJob } from '../store/job.js';
import type { Lease } from '../store/locks.js';
import type { EventLogStore } from './eventLogStore.js';
import { eventMillis } from './eventTime.js';
import { eventTypes, readLoggedEvent } from './webhookEvent.js';
import type { ReceivedEvent } from './webhookEventStore.js';

export interface EventLogDeps {
  readonly gateway: Pick<ScalekitGateway, 'listEvents'>;
  readonly marks: EventLogStore;
  /** Records events, each once. @returns the ids of those that were not known yet */
  record(events: readonly ReceivedEvent[]): Promise<readonly string[]>;
  /** Wakes the worker that processes recorded events. */
  wake(): void;
  /** Begins a full sync of the directory, unless one goes on. */
  requestSync(): Promise<unknown>;
  /** Has the listener called whenever Scalekit answers again after an outage. */
  onScalekitBack?(listener: () => void): void;
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly lease: Lease;
  readonly logger: Logger;
}

export interface EventLogOptions {
  /** How often the log is read, in milliseconds. */
  readonly everyMs: number;
  /** How often the job looks whether it is due, in milliseconds. */
  readonly lookEveryMs?: number;
}

/** Events show late, and clocks differ: reading begins this long before the mark. */
const overlapMs = 30 * 60_000;
/** Read at once, so that what is held in memory has a bound, and a crash costs no more than this. */
const spanMs = 60 * 60_000;
/** However short Scalekit keeps its log, it keeps it for longer than this. */
const keptForSureMs = 2 * 60 * 60_000;
/** What is older is left to the full sync. */
const farthestBackMs = 30 * 24 * 60 * 60_000;
const recordedAtOnce = 500;
const mostPagesOfSpan = 2_000;

/**
 * The types that are read. Left out are those that an agent's work makes by the thousands and that say no more than
 * that an account was used: `oauth_tokens_fetched` and `magic_link_generated`.
 */
const readTypes: readonly string[] = [
  'connected_account.created',
  'connected_account.updated',
  eventTypes.statusUpdated,
  eventTypes.deleted,
  eventTypes.oauthSucceeded,
  eventTypes.refreshSucceeded,
  'connected_account.token_refresh_failed',
];

/** From then on, and before; the newest span has no end, since Scalekit's clock may be ahead of ours. */
interface Span {
  readonly from: number;
  readonly until: number | null;
}

const millisOf = ({ occurredAt }: LoggedEvent): number | null =>
  occurredAt === null ? null : eventMillis(occurredAt);

const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other));

function* spansOf(from: number, until: number): Generator<Span> {
  let start = from;
  for (; start + spanMs < until; start += spanMs) yield { from: start, until: start + spanMs };
  yield { from: start, until: null };
}

/**
 * Reads Scalekit's event log from where it was last read, on one instance at a time: after a start, after an outage of
 * Scalekit, and every so often. Webhooks are tried for some 22 minutes and never again, so without this an outage of
 * ours that lasts longer would lose what happened meanwhile. What the log tells goes the way of webhooks.
 */
export function createEventLog(
  { gateway, marks, record, wake, requestSync, onScalekitBack, audit, lease, logger }: EventLogDeps,
  { everyMs, lookEveryMs = 5_000 }: EventLogOptions,
) {
  let isWanted = true;
  let readUntil: number | null = null;

  async function isDue(): Promise<boolean> {
    readUntil = await marks.readUntil();
    return isWanted || readUntil === null || Date.now() - readUntil >= everyMs;
  }

  /** The pages of a span, in the order of the log: the newest event first. */
  function pagesOf(span: Span, signal: AbortSignal): AsyncGenerator<EventsPage, void> {
    let count = 0;
    const read = (pageToken: string | null) => gateway.listEvents({ ...span, types: readTypes, pageToken });
    return pagesAhead(null, read, ({ events, nextPageToken }) => {
      signal.throwIfAborted();
      count += 1;
      const [oldest] = events.slice(-1).map(millisOf);
      // A filter that Scalekit does not know is no reason to read all that it has.
      if (nextPageToken === null || (oldest ?? span.from) < span.from) return null;
      if (count === mostPagesOfSpan) {
        throw new ScalekitError('unexpected', 'listEvents', { detail: 'the pages do not come to an end' });
      }
      return nextPageToken;
    });
  }

  async function read(span: Span, signal: AbortSignal): Promise<ReceivedEvent[]> {
    const received: ReceivedEvent[] = [];
    // One time for all, so that they are processed in the order in which they are recorded.
    const receivedAt = Date.now();
    for await (const { events } of pagesOf(span, signal)) {
      for (const event of events) {
        const at = millisOf(event);
        if (at === null || at < span.from || at >= (span.until ?? Number.POSITIVE_INFINITY)) continue;
        received.push({ ...readLoggedEvent(event), reference: newReference(), receivedAt });
      }
    }
    return received.reverse().sort((one, other) => compare(one.occurredAt ?? '', other.occurredAt ?? ''));
  }

  async function recordAll(events: readonly ReceivedEvent[]): Promise<number> {
    let news = 0;
    for (let start = 0; start < events.length; start += recordedAtOnce) {
      news += (await record(events.slice(start, start + recordedAtOnce))).length;
    }
    if (news > 0) wake();
    return news;
  }

  /** Whether events may have gone from the log before they were read. */
  async function hasGap(since: number, now: number): Promise<boolean> {
    if (now - since < keptForSureMs) return false;
    if (now - since > farthestBackMs) return true;
    const before = { types: readTypes, from: null, until: since, pageToken: null };
    return (await gateway.listEvents(before)).events.length === 0;
  }

  async function tellGap(since: number): Promise<void> {
    const from = new Date(since).toISOString();
    logger.warn({ from }, 'the event log does not reach back to where it was read: a full sync begins');
    await audit.record({ type: 'directory.events_missed', actor: null, detail: from });
    await requestSync();
  }

  async function catchUp(since: number, signal: AbortSignal): Promise<void> {
    const now = Date.now();
    if (await hasGap(since, now)) await tellGap(since);
    let news = 0;
    for (const span of spansOf(Math.max(since, now - farthestBackMs) - overlapMs, now)) {
      news += await recordAll(await read(span, signal));
      // After what it stands for is safe. What was read before the mark is read again, and recorded once.
      await marks.moveTo(span.until ?? now);
    }
    if (news > 0) logger.info({ events: news }, 'the event log told what no webhook had');
  }

  const job = createJob({
    name: 'event log',
    everyMs: lookEveryMs,
    lease,
    isDue,
    async perform(signal) {
      const since = await marks.readUntil();
      // What happened before the first start is no news to anybody.
      if (since === null) await marks.moveTo(Date.now());
      else await catchUp(since, signal);
      isWanted = false;
      readUntil = await marks.readUntil();
    },
    logger,
  });
  onScalekitBack?.(() => {
    isWanted = true;
    job.wake();
  });

  return {
    job,
    /** Up to when the log was read, as far as this instance knows, in epoch milliseconds, or null for never. */
    readUntil: () => readUntil,
    /** The same as JSON, and by how much that is behind, in seconds. */
    health: () => ({
      read_until: readUntil === null ? null : new Date(readUntil).toISOString(),
      behind_seconds: readUntil === null ? null : Math.max(0, Math.round((Date.now() - readUntil) / 1000)),
    }),
  };
}
