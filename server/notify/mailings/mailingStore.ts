import type { Selectable } from 'kysely';
import { everyone, type UserFilter } from '../../directory/users/userFilter.js';
import { decodeKey, encodeKey, type UserKey } from '../../directory/users/userKey.js';
import { olderThan, type PageKey } from '../../store/database/newestFirst.js';
import type { Db, MailingsTable } from '../../store/database/schema.js';
import type { InvitationOutcome } from '../invitations.js';
import type { Mailing, MailingCounts, MailingResult, MailingStatus, NewMailing } from './mailing.js';

function statusOf({ startedAt, endedAt, stoppedBy }: Selectable<MailingsTable>): MailingStatus {
  if (endedAt !== null) return stoppedBy === null ? 'done' : 'stopped';
  return startedAt === null ? 'waiting' : 'running';
}

/**
 * The filter of a mailing that looked for somebody who was erased since: the erasure leaves `{}`. It finds nobody, or a mailing under way
 * would go to everybody: no term begins with an invisible character, and pages show what follows it.
 */
const ofErased: UserFilter = { ...everyone, q: '\u2060erased' };

const toMailing = (row: Selectable<MailingsTable>): Mailing => ({
  ...row,
  filter: { ...ofErased, ...(JSON.parse(row.filter) as Partial<UserFilter>) },
  place: row.place === null ? null : decodeKey(row.place),
  status: statusOf(row),
});

/** Stores mailings, and the result of each of their users. */
export function createMailingStore(db: Db) {
  const select = db.selectFrom('mailings').selectAll();
  const unended = (id: string) =>
    db.updateTable('mailings').where('id', '=', id).where('endedAt', 'is', null);

  return {
    /** @returns whether this call added it; false when a mailing with this id was there */
    async create({ id, connectionName, filter, users, createdAt, createdBy }: NewMailing): Promise<boolean> {
      const row = await db
        .insertInto('mailings')
        .values({
          id,
          connectionName,
          filter: JSON.stringify(filter),
          users,
          createdAt,
          createdBy,
          goneThrough: 0,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async find(id: string): Promise<Mailing | null> {
      const row = await select.where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toMailing(row);
    },

    /** The newest mailings before a place, or the newest of all. */
    async page(before: PageKey | null, limit: number): Promise<Mailing[]> {
      let query = select;
      if (before !== null) query = query.where(olderThan(before));
      const rows = await query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(toMailing);
    },

    /** The oldest mailing that has not ended. */
    async current(): Promise<Mailing | null> {
      const row = await select
        .where('endedAt', 'is', null)
        .orderBy('createdAt')
        .orderBy('id')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : toMailing(row);
    },

    /** Stores the result of a user. A second result changes nothing. */
    async note(id: string, { identifier, outcome }: MailingResult): Promise<void> {
      await db
        .insertInto('mailingResults')
        .values({ mailingId: id, identifier, outcome })
        .onConflict((conflict) => conflict.columns(['mailingId', 'identifier']).doNothing())
        .execute();
    },

    /** Its turn has come. */
    async begin(id: string): Promise<void> {
      await unended(id).where('startedAt', 'is', null).set({ startedAt: Date.now() }).execute();
    },

    /** Stores the key to continue after, and adds to the number of handled users. */
    async goOn(id: string, place: UserKey, users: number): Promise<void> {
      await unended(id)
        .set((row) => ({
          place: encodeKey(place),
          goneThrough: row('goneThrough', '+', users),
        }))
        .execute();
    },

    /** Ends a mailing that has not ended. @param stoppedBy who stopped it, or null @returns whether this call did */
    async end(id: string, stoppedBy: string | null): Promise<boolean> {
      const row = await unended(id)
        // The key to continue after holds an identifier, which an ended mailing needs no more.
        .set((row) => ({
          endedAt: Date.now(),
          stoppedBy,
          place: null,
          goneThrough: row
            .selectFrom('mailingResults')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .whereRef('mailingId', '=', 'mailings.id'),
        }))
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async counts(id: string): Promise<MailingCounts> {
      const rows = await db
        .selectFrom('mailingResults')
        .select(['outcome', (row) => row.fn.countAll<number>().as('count')])
        .where('mailingId', '=', id)
        .groupBy('outcome')
        .execute();
      return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, Number(count)]));
    },

    /** Results in the order of identifiers, of one outcome or of all. */
    async results(
      id: string,
      { outcome, after, limit }: { outcome: InvitationOutcome | null; after: string; limit: number },
    ): Promise<MailingResult[]> {
      let query = db
        .selectFrom('mailingResults')
        .select(['identifier', 'outcome'])
        .where('mailingId', '=', id)
        .where('identifier', '>', after)
        .orderBy('identifier')
        .limit(limit);
      if (outcome !== null) query = query.where('outcome', '=', outcome);
      return (await query.execute()) as MailingResult[];
    },
  };
}

export type MailingStore = ReturnType<typeof createMailingStore>;
