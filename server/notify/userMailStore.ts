import { olderThan, type PageKey } from '../store/database/newestFirst.js';
import type { Db } from '../store/database/schema.js';
import { type OutboxMail, toMail } from './outboxStore.js';

/** The mails to one user that were made before a place, the newest first. */
export async function mailsTo(
  db: Db,
  identifier: string,
  before: PageKey | null,
  limit: number,
): Promise<OutboxMail[]> {
  let query = db.selectFrom('outbox').selectAll().where('identifier', '=', identifier);
  if (before !== null) query = query.where(olderThan(before));
  const rows = await query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit).execute();
  return rows.map(toMail);
}
