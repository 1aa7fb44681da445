import type { Selectable } from 'kysely';
import type { Db, WebhookEventsTable } from '../store/database/schema.js';
import type { EventAccount, WebhookEvent } from './webhookEvent.js';

/** An event as it came in, with the reference id of the request that brought it. Times are epoch milliseconds. */
export interface ReceivedEvent extends WebhookEvent {
  readonly reference: string;
  readonly receivedAt: number;
}

/** An event that this instance has claimed for a while. */
export interface ClaimedEvent extends ReceivedEvent {
  /** How often it was tried, this time included. */
  readonly attempts: number;
}

/**
 * What became of an event.
 * - `done`: it was processed.
 * - `ignored`: it does not concern an account as it is now.
 * - `given_up`: it could not be processed for too long.
 */
export type EventOutcome = 'done' | 'ignored' | 'given_up';

/** How the events stand, for telling whether webhooks arrive. */
export interface EventPulse {
  readonly newestReceivedAt: number | null;
  /** When the oldest event arrived that no instance has claimed yet, or null. */
  readonly oldestUntouchedAt: number | null;
}

function toRow(event: ReceivedEvent, arrival: number): WebhookEventsTable {
  return {
    id: event.id,
    webhook_id: event.webhookId,
    type: event.type,
    occurred_at: event.occurredAt,
    received_at: event.receivedAt,
    arrival,
    reference: event.reference,
    account_id: event.account?.id ?? null,
    identifier: event.account?.identifier ?? null,
    account: event.account === null ? null : JSON.stringify(event.account),
    due_at: event.receivedAt,
    attempts: 0,
    outcome: null,
  };
}

function toEvent(row: Selectable<WebhookEventsTable>): ClaimedEvent {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    type: row.type,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    reference: row.reference,
    account: row.account === null ? null : (JSON.parse(row.account) as EventAccount),
    attempts: row.attempts,
  };
}

/** Events in the database. Each change is one statement, so that two instances can't both make it. */
export function createWebhookEventStore(db: Db) {
  let arrivals = 0;

  return {
    /** Records events, each once. */
    async record(events: readonly ReceivedEvent[]): Promise<void> {
      await db
        .insertInto('webhook_events')
        .values(events.map((event) => toRow(event, ++arrivals)))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },

    /**
     * Takes up to `limit` events that are due, in the order in which they arrived, and keeps other instances from
     * them until `leaseUntil`.
     */
    async claim(now: number, leaseUntil: number, limit: number): Promise<ClaimedEvent[]> {
      const due = db
        .selectFrom('webhook_events')
        .select('id')
        .where('outcome', 'is', null)
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .orderBy('arrival')
        .limit(limit);
      const rows = await db
        .updateTable('webhook_events')
        .set((row) => ({ due_at: leaseUntil, attempts: row('attempts', '+', 1) }))
        .where('id', 'in', due)
        // Repeats the condition: when another instance was quicker, PostgreSQL checks it again on the row alone.
        .where('outcome', 'is', null)
        .where('due_at', '<=', now)
        .returningAll()
        .execute();
      return rows
        .sort((a, b) => a.received_at - b.received_at || a.arrival - b.arrival)
        .map((row) => toEvent(row));
    },

    /**
     * Extends the lease of claimed events: those that were claimed until `leaseUntil` and not touched since.
     */
    async renew(ids: readonly string[], leaseUntil: number, longer: number): Promise<void> {
      await db
        .updateTable('webhook_events')
        .set({ due_at: longer })
        .where('id', 'in', ids)
        .where('due_at', '=', leaseUntil)
        .where('outcome', 'is', null)
        .execute();
    },

    async finish(ids: readonly string[], outcome: EventOutcome): Promise<void> {
      await db.updateTable('webhook_events').set({ outcome }).where('id', 'in', ids).execute();
    },

    /** Lets an event be claimed again from `dueAt` on. */
    async postpone(id: string, dueAt: number): Promise<void> {
      await db.updateTable('webhook_events').set({ due_at: dueAt }).where('id', '=', id).execute();
    },

    /** Gives events back as if they had not been claimed. */
    async release(ids: readonly string[]): Promise<void> {
      await db
        .updateTable('webhook_events')
        .set((row) => ({ due_at: row.ref('received_at'), attempts: row('attempts', '-', 1) }))
        .where('id', 'in', ids)
        .where('outcome', 'is', null)
        .execute();
    },

    /** When the last recorded event of each account occurred. */
    async lastOccurrences(accountIds: readonly string[]): Promise<Map<string, string>> {
      const rows = await db
        .selectFrom('webhook_events')
        .select((row) => ['account_id', row.fn.max('occurred_at').as('last')])
        .where('account_id', 'in', accountIds)
        .groupBy('account_id')
        .execute();
      return new Map(rows.map(({ account_id, last }) => [account_id ?? '', last ?? '']));
    },

    async pulse(): Promise<EventPulse> {
      const [newest, untouched] = await Promise.all([
        db
          .selectFrom('webhook_events')
          .select((row) => row.fn.max('received_at').as('at'))
          .executeTakeFirst(),
        db
          .selectFrom('webhook_events')
          .select('received_at')
          .where('outcome', 'is', null)
          .where('attempts', '=', 0)
          .orderBy('due_at')
          .limit(1)
          .executeTakeFirst(),
      ]);
      return {
        newestReceivedAt: newest?.at ?? null,
        oldestUntouchedAt: untouched?.received_at ?? null,
      };
    },

    /** Forgets the finished events that came before. */
    async tidy(receivedBefore: number): Promise<void> {
      await db
        .deleteFrom('webhook_events')
        .where('received_at', '<', receivedBefore)
        .where('outcome', 'is not', null)
        .execute();
    },
  };
}

export type WebhookEventStore = ReturnType<typeof createWebhookEventStore>;
