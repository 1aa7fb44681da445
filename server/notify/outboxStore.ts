import type { Selectable } from 'kysely';
import type { Db, OutboxTable } from '../store/database/schema.js';
import type { MailKind, OutboxKind } from './mailKinds.js';

/**
 * How a mail stands.
 * - `waiting`: it goes out at `nextTryAt`, or as soon as mail can be sent.
 * - `sent`: a mail server took it.
 * - `withdrawn`: it was no longer true, or no longer wanted, before it went out.
 * - `failed`: it was refused for good, or given up after many tries.
 */
export type MailState = 'waiting' | 'sent' | 'withdrawn' | 'failed';

/** A mail in the outbox. What it says is made when it goes out. Times are epoch milliseconds. */
export interface OutboxMail {
  readonly id: string;
  readonly kind: OutboxKind;
  readonly identifier: string;
  readonly connectionName: string;
  /**
   * Empty for a mail that somebody asked for, which is about whatever account there is; in a mail to an admin the id of the
   * API client that it is about.
   */
  readonly accountId: string;
  readonly to: string;
  readonly createdAt: number;
  readonly sendAfter: number;
  /** How often it was tried, a try under way included. */
  readonly tries: number;
  readonly nextTryAt: number;
  readonly state: MailState;
  /** When it came to that state; null while it waits. */
  readonly endedAt: number | null;
  /** The code of the last error, such as `EENVELOPE 451`. */
  readonly lastError: string | null;
  /** The key of the principal that asked for it, or null when an incident did. */
  readonly requestedBy: string | null;
  /** Whether the caller chose the address. */
  readonly addressGiven: boolean;
}

/** A mail to a user about an account. */
export type AccountOutboxMail = OutboxMail & { readonly kind: MailKind };

function stateOf(
  row: Pick<OutboxTable, 'sentAt' | 'withdrawnAt' | 'failedAt'>,
): Pick<OutboxMail, 'state' | 'endedAt'> {
  if (row.sentAt !== null) return { state: 'sent', endedAt: row.sentAt };
  if (row.withdrawnAt !== null) return { state: 'withdrawn', endedAt: row.withdrawnAt };
  if (row.failedAt !== null) return { state: 'failed', endedAt: row.failedAt };
  return { state: 'waiting', endedAt: null };
}

export const toMail = ({ toAddress: to, ...row }: Selectable<OutboxTable>): OutboxMail => ({
  ...row,
  to,
  kind: row.kind as OutboxKind,
  addressGiven: row.addressGiven === 1,
  ...stateOf(row),
});

/** All mail, as rows. Each change is one statement, so that two instances can't both make it. */
export function createOutboxStore(db: Db) {
  const waiting = () =>
    db
      .selectFrom('outbox')
      .where('sentAt', 'is', null)
      .where('withdrawnAt', 'is', null)
      .where('failedAt', 'is', null);

  const changeWaiting = () =>
    db
      .updateTable('outbox')
      .where('sentAt', 'is', null)
      .where('withdrawnAt', 'is', null)
      .where('failedAt', 'is', null);

  return {
    /** Whether a mail is due. */
    async hasDue(now: number): Promise<boolean> {
      const due = await waiting().where('nextTryAt', '<=', now).select('id').limit(1).executeTakeFirst();
      return due !== undefined;
    },

    /** How many mails are due, up to a bound. */
    async countDue(now: number, atMost: number): Promise<number> {
      const due = await waiting().where('nextTryAt', '<=', now).select('id').limit(atMost).execute();
      return due.length;
    },

    /** Claims the mail that has been due for longest: until `claimedUntil` no other sender gets it. */
    async claim(now: number, claimedUntil: number): Promise<OutboxMail | null> {
      const first = waiting().where('nextTryAt', '<=', now).select('id').orderBy('nextTryAt').limit(1);
      const row = await changeWaiting()
        .set((mail) => ({ nextTryAt: claimedUntil, tries: mail('tries', '+', 1) }))
        .where('id', 'in', first)
        // The condition is repeated, since PostgreSQL checks only the row again when another sender was quicker.
        .where('nextTryAt', '<=', now)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? null : toMail(row);
    },

    /** Stores the address and the kind of the mail that goes out now. */
    async amend(id: string, { to, kind }: Pick<OutboxMail, 'to' | 'kind'>): Promise<void> {
      await db.updateTable('outbox').set({ toAddress: to, kind }).where('id', '=', id).execute();
    },

    async markSent(id: string): Promise<void> {
      const sent = { sentAt: Date.now(), lastError: null };
      await db.updateTable('outbox').set(sent).where('id', '=', id).execute();
    },

    /** Withdraws a mail that has not ended. */
    async withdraw(id: string): Promise<void> {
      await changeWaiting().set({ withdrawnAt: Date.now() }).where('id', '=', id).execute();
    },

    /** @param nextTryAt when it is tried again, or null to give it up */
    async noteFailure(id: string, error: string, nextTryAt: number | null): Promise<void> {
      const ending = nextTryAt === null ? { failedAt: Date.now() } : { nextTryAt };
      await changeWaiting()
        .set({ lastError: error, ...ending })
        .where('id', '=', id)
        .execute();
    },

    /** The newest mails. */
    async list(limit: number): Promise<OutboxMail[]> {
      const rows = await db
        .selectFrom('outbox')
        .selectAll()
        .orderBy('createdAt', 'desc')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(toMail);
    },

    /** How many mails wait, and how many failed. */
    async counts(): Promise<{ waiting: number; failed: number }> {
      const count = async (query: ReturnType<typeof waiting>) =>
        (await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirst())?.count ?? 0;
      const failed = db.selectFrom('outbox').where('failedAt', 'is not', null);
      return { waiting: Number(await count(waiting())), failed: Number(await count(failed)) };
    },

    /** Deletes the mails that have ended and were made before a time. */
    async tidy(createdBefore: number): Promise<void> {
      await db
        .deleteFrom('outbox')
        .where('createdAt', '<', createdBefore)
        .where((row) =>
          row.or([
            row('sentAt', 'is not', null),
            row('withdrawnAt', 'is not', null),
            row('failedAt', 'is not', null),
          ]),
        )
        .execute();
    },
  };
}

export type OutboxStore = ReturnType<typeof createOutboxStore>;
