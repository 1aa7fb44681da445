import type { WebhookEvent } from './webhookEvents.js';

/** Which events a listing is asked for. Times are RFC 3339 with nanoseconds; an absent field does not filter. */
export interface EventQuery {
  readonly types?: readonly string[];
  /** The time itself is included. */
  readonly from?: string;
  /** The time itself is left out. */
  readonly until?: string;
  readonly connectionId?: string;
  readonly accountId?: string;
}

/** Where a page begins: with what is older than an event of the log, with what is newer, or at the newest. */
export interface EventCursor {
  readonly before?: number;
  readonly after?: number;
}

export interface LoggedEvent {
  /** Its place in the log. */
  readonly sequence: number;
  readonly event: WebhookEvent;
}

/** Far more than a test or a demonstration makes; the oldest go first. */
const keptAtMost = 50_000;

/** What happened in the environment, whether or not a webhook told it. */
export class EventLog {
  #events: LoggedEvent[] = [];
  #sequence = 0;

  add(event: WebhookEvent): void {
    this.#sequence += 1;
    this.#events.push({ sequence: this.#sequence, event });
    if (this.#events.length > keptAtMost) this.#events.shift();
  }

  /** Forgets what occurred before, as at the end of the retention. @param time RFC 3339 */
  forgetBefore(time: string): void {
    this.#events = this.#events.filter(({ event }) => event.occurred_at >= time);
  }

  clear(): void {
    this.#events = [];
  }

  /** A page, newest first, and whether there are older and newer events that match. */
  page(query: EventQuery, { before, after }: EventCursor, limit: number) {
    const matching = this.#events.filter(({ event }) => matches(event, query));
    const olderThan = before ?? Number.POSITIVE_INFINITY;
    const within = matching.filter(({ sequence }) => sequence < olderThan && sequence > (after ?? 0));
    // What comes right before a newer event, or right after an older one.
    const events = after === undefined ? within.slice(-limit) : within.slice(0, limit);
    const [oldest, newest] = [events.at(0)?.sequence ?? 0, events.at(-1)?.sequence ?? 0];
    return {
      events: events.toReversed(),
      hasOlder: matching.some(({ sequence }) => sequence < oldest),
      hasNewer: matching.some(({ sequence }) => sequence > newest),
    };
  }
}

function matches({ type, occurred_at: at, data }: WebhookEvent, query: EventQuery): boolean {
  const { types = [], from, until, connectionId, accountId } = query;
  return (
    (types.length === 0 || types.includes(type)) &&
    (from === undefined || at >= from) &&
    (until === undefined || at < until) &&
    (connectionId === undefined || data.connection_id === connectionId) &&
    (accountId === undefined || data.id === accountId)
  );
}
