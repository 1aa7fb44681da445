import { countedAtMost } from '../store/countedAtMost.js';
import { olderThan, type PageKey } from '../store/database/newestFirst.js';
import type { Db } from '../store/database/schema.js';
import { type MailState, type OutboxMail, toMail } from './outboxStore.js';

/** The filters of the outbox: a state, or `troubled`, which is the waiting mails that have failed at least once. */
export type MailChoice = MailState | 'troubled';

/** How many mails there are, each up to `countedAtMost`. */
export type MailCounts = Readonly<Record<MailChoice, number>>;

/** Reads the outbox for admins: what stands in it, and never what a mail says. */
export function createMailStore(db: Db) {
  /** As the partial indexes have it. */
  function chosen(choice: MailChoice | null) {
    const mails = db.selectFrom('outbox');
    const waiting = mails
      .where('sentAt', 'is', null)
      .where('withdrawnAt', 'is', null)
      .where('failedAt', 'is', null);
    switch (choice) {
      case null:
        return mails;
      case 'waiting':
        return waiting;
      case 'troubled':
        return waiting.where('lastError', 'is not', null);
      case 'sent':
        return mails.where('sentAt', 'is not', null);
      case 'withdrawn':
        return mails.where('withdrawnAt', 'is not', null);
      case 'failed':
        return mails.where('failedAt', 'is not', null);
    }
  }

  async function count(mails: ReturnType<typeof chosen>): Promise<number> {
    const row = await db
      .selectFrom(mails.select('id').limit(countedAtMost).as('counted'))
      .select((counted) => counted.fn.countAll<number>().as('count'))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  return {
    /** The newest mails before a place, or the newest of all. */
    async page(choice: MailChoice | null, before: PageKey | null, limit: number): Promise<OutboxMail[]> {
      let query = chosen(choice).selectAll();
      if (before !== null) query = query.where(olderThan(before));
      const rows = await query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(toMail);
    },

    async counts(): Promise<MailCounts> {
      const [waiting, sent, withdrawn, failed, troubled] = await Promise.all([
        count(chosen('waiting')),
        count(chosen('sent')),
        count(chosen('withdrawn')),
        count(chosen('failed')),
        count(chosen('troubled')),
      ]);
      return { waiting, sent, withdrawn, failed, troubled };
    },
  };
}
