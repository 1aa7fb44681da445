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
    if (after !== undefined) {
      // What comes right after an older one.
      const start = this.#placeOf(after + 1);
      const found = this.#matching(query, start, 1, limit + 1);
      return {
        events: found.slice(0, limit).reverse(),
        hasOlder: this.#matching(query, start - 1, -1, 1).length > 0,
        hasNewer: found.length > limit,
      };
    }
    const end = before === undefined ? this.#events.length : this.#placeOf(before);
    const found = this.#matching(query, end - 1, -1, limit + 1);
    return {
      events: found.slice(0, limit),
      hasOlder: found.length > limit,
      hasNewer: this.#matching(query, end, 1, 1).length > 0,
    };
  }

  /** Where the first event of this sequence or a later one is. */
  #placeOf(sequence: number): number {
    const place = this.#events.findIndex((logged) => logged.sequence >= sequence);
    return place === -1 ? this.#events.length : place;
  }

  /** The next events that match, from a place on, forwards or backwards. */
  #matching(query: EventQuery, from: number, step: 1 | -1, atMost: number): LoggedEvent[] {
    const found: LoggedEvent[] = [];
    for (let place = from; found.length < atMost; place += step) {
      const logged = this.#events[place];
      if (logged === undefined) break;
      if (matches(logged.event, query)) found.push(logged);
    }
    return found;
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
