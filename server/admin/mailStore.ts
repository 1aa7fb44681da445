import { type MailState, type OutboxMail, toMail } from '../notify/outboxStore.js';
import type { Db } from '../store/database.js';
import type { PageKey } from './pageKey.js';

/** How many mails there are, each up to `countedAtMost`. */
export interface MailCounts extends Readonly<Record<MailState, number>> {
  /** Of those that wait, the ones that were tried in vain. */
  readonly troubled: number;
}

/** Reads the outbox for admins: what stands in it, and never what a mail says. */
export interface MailStore {
  /** The newest mails before a place, or the newest of all. */
  page(state: MailState | null, before: PageKey | null, limit: number): Promise<OutboxMail[]>;
  counts(): Promise<MailCounts>;
}

/** Counting further would take longer and tell an admin nothing more. */
export const countedAtMost = 1000;

export function createMailStore(db: Db): MailStore {
  /** As the partial indexes have it. */
  function inState(state: MailState | null) {
    const mails = db.selectFrom('outbox');
    switch (state) {
      case null:
        return mails;
      case 'waiting':
        return mails
          .where('sent_at', 'is', null)
          .where('withdrawn_at', 'is', null)
          .where('failed_at', 'is', null);
      case 'sent':
        return mails.where('sent_at', 'is not', null);
      case 'withdrawn':
        return mails.where('withdrawn_at', 'is not', null);
      case 'failed':
        return mails.where('failed_at', 'is not', null);
    }
  }

  async function count(mails: ReturnType<typeof inState>): Promise<number> {
    const row = await db
      .selectFrom(mails.select('id').limit(countedAtMost).as('counted'))
      .select((counted) => counted.fn.countAll<number>().as('count'))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  return {
    async page(state, before, limit) {
      let query = inState(state).selectAll();
      if (before !== null) {
        query = query
          .where('created_at', '<=', before.at)
          .where((row) => row.or([row('created_at', '<', before.at), row('id', '<', before.id)]));
      }
      const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(toMail);
    },

    async counts() {
      const [waiting, sent, withdrawn, failed, troubled] = await Promise.all([
        count(inState('waiting')),
        count(inState('sent')),
        count(inState('withdrawn')),
        count(inState('failed')),
        count(inState('waiting').where('last_error', 'is not', null)),
      ]);
      return { waiting, sent, withdrawn, failed, troubled };
    },
  };
}
