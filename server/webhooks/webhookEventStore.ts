import type { Insertable, Selectable } from 'kysely';
import type { Db, WebhookEventsTable } from '../store/database/schema.js';
import { eventMillis } from './eventTime.js';
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

/**
 * What happened, whichever id it is told under: that an event has the same id in a webhook and in the log is likely and
 * not documented. One account does not come into the same state twice within a millisecond.
 */
function occurrenceOf({ type, occurredAt, account }: WebhookEvent): string | null {
  if (account === null || occurredAt === null) return null;
  return JSON.stringify([account.id, type, account.status, eventMillis(occurredAt)]);
}

const toRow = (
  { account, ...event }: ReceivedEvent,
  arrival: number,
  claimedUntil: number | null,
): Insertable<WebhookEventsTable> => ({
  ...event,
  occurrence: occurrenceOf({ account, ...event }),
  arrival,
  accountId: account?.id ?? null,
  identifier: account?.identifier ?? null,
  account: account === null ? null : JSON.stringify(account),
  dueAt: claimedUntil ?? event.receivedAt,
  attempts: claimedUntil === null ? 0 : 1,
  outcome: null,
});

const toEvent = (row: Selectable<WebhookEventsTable>): ClaimedEvent => ({
  id: row.id,
  source: row.source === 'log' ? 'log' : 'webhook',
  webhookId: row.webhookId,
  type: row.type,
  occurredAt: row.occurredAt,
  reference: row.reference,
  receivedAt: row.receivedAt,
  attempts: row.attempts,
  account: row.account === null ? null : (JSON.parse(row.account) as EventAccount),
});

/** Events in the database. Each change is one statement, so that two instances can't both make it. */
export function createWebhookEventStore(db: Db) {
  let arrivals = 0;

  return {
    /**
     * Records events, each once.
     * @param claimedUntil until when they are this instance's, as if it had claimed them, or null for nobody's
     * @returns the ids of those that were not known yet
     */
    async record(events: readonly ReceivedEvent[], claimedUntil: number | null = null): Promise<string[]> {
      const rows = await db
        .insertInto('webhookEvents')
        .values(events.map((event) => toRow(event, ++arrivals, claimedUntil)))
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .execute();
      return rows.map(({ id }) => id);
    },

    /**
     * Takes up to `limit` events that are due, in the order in which they arrived, and keeps other instances from
     * them until `leaseUntil`.
     */
    async claim(now: number, leaseUntil: number, limit: number): Promise<ClaimedEvent[]> {
      const due = db
        .selectFrom('webhookEvents')
        .select('id')
        .where('outcome', 'is', null)
        .where('dueAt', '<=', now)
        .orderBy('dueAt')
        .orderBy('arrival')
        .limit(limit);
      const rows = await db
        .updateTable('webhookEvents')
        .set((row) => ({ dueAt: leaseUntil, attempts: row('attempts', '+', 1) }))
        .where('id', 'in', due)
        // Repeats the condition: when another instance was quicker, PostgreSQL checks it again on the row alone.
        .where('outcome', 'is', null)
        .where('dueAt', '<=', now)
        .returningAll()
        .execute();
      return rows.sort((a, b) => a.receivedAt - b.receivedAt || a.arrival - b.arrival).map(toEvent);
    },

    /**
     * Extends the lease of claimed events: those that were claimed until one of `leases` and not touched since.
     */
    async renew(ids: readonly string[], leases: readonly number[], longer: number): Promise<void> {
      await db
        .updateTable('webhookEvents')
        .set({ dueAt: longer })
        .where('id', 'in', ids)
        .where('dueAt', 'in', leases)
        .where('outcome', 'is', null)
        .execute();
    },

    async finish(ids: readonly string[], outcome: EventOutcome): Promise<void> {
      await db.updateTable('webhookEvents').set({ outcome }).where('id', 'in', ids).execute();
    },

    /** Lets an event be claimed again from `dueAt` on. */
    async postpone(id: string, dueAt: number): Promise<void> {
      await db.updateTable('webhookEvents').set({ dueAt }).where('id', '=', id).execute();
    },

    /** Gives events back as if they had not been claimed. */
    async release(ids: readonly string[]): Promise<void> {
      await db
        .updateTable('webhookEvents')
        .set((row) => ({ dueAt: row.ref('receivedAt'), attempts: row('attempts', '-', 1) }))
        .where('id', 'in', ids)
        .where('outcome', 'is', null)
        .execute();
    },

    /** When the last recorded event of each account occurred. */
    async lastOccurrences(accountIds: readonly string[]): Promise<Map<string, string>> {
      if (accountIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('webhookEvents')
        .select((row) => ['accountId', row.fn.max('occurredAt').as('last')])
        .where('accountId', 'in', accountIds)
        .groupBy('accountId')
        .execute();
      return new Map(rows.map(({ accountId, last }) => [accountId ?? '', last ?? '']));
    },

    async pulse(): Promise<EventPulse> {
      const [newest, untouched] = await Promise.all([
        db
          .selectFrom('webhookEvents')
          .select((row) => row.fn.max('receivedAt').as('at'))
          .where('source', '=', 'webhook')
          .executeTakeFirst(),
        db
          .selectFrom('webhookEvents')
          .select('receivedAt')
          .where('outcome', 'is', null)
          .where('attempts', '=', 0)
          .orderBy('dueAt')
          .limit(1)
          .executeTakeFirst(),
      ]);
      return {
        newestReceivedAt: newest?.at ?? null,
        oldestUntouchedAt: untouched?.receivedAt ?? null,
      };
    },

    /** Forgets the finished events that came before. */
    async tidy(receivedBefore: number): Promise<void> {
      await db
        .deleteFrom('webhookEvents')
        .where('receivedAt', '<', receivedBefore)
        .where('outcome', 'is not', null)
        .execute();
    },
  };
}

export type WebhookEventStore = ReturnType<typeof createWebhookEventStore>;
