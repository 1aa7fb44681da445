import { inDirectoryTurn, writeChanges } from '../directory/directoryChanges.js';
import { erasureToTell, forgetTold } from '../store/clientEventStore.js';
import { asStored, type Db, type StoredRow } from '../store/database/schema.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import { eachMention } from './mentionStore.js';
import {
  actorColumns,
  momentaryColumns,
  type OwnTable,
  ownTables,
  passingColumns,
  principalKeyOf,
} from './personalData.js';

/** How many rows of each table were deleted or changed, without those of which none was. */
export type RowCounts = Readonly<Record<string, number>>;

const valueIn = ({ subjectOf }: OwnTable, identifier: string) => subjectOf?.(identifier) ?? identifier;

/** The projection is kept with its counts. */
async function deleteFromDirectory(db: Db, identifier: string): Promise<number> {
  const rows = await db
    .selectFrom('directoryAccounts')
    .selectAll()
    .where('identifier', '=', identifier)
    .execute();
  await writeChanges(
    db,
    rows.map((before) => ({ before, after: null })),
  );
  return rows.length;
}

/** What is not simply deleted with the rest. */
const apart = new Set(['audit_events', 'directory_accounts', 'client_deliveries']);

/** Deletes a person's rows, but for audit events and what other apps are told. */
async function deleteRows(db: Db, identifier: string): Promise<Map<string, number>> {
  const counts = new Map([['directory_accounts', await deleteFromDirectory(db, identifier)]]);
  for (const own of ownTables) {
    const { table, column } = own;
    if (apart.has(table)) continue;
    const { numDeletedRows } = await asStored(db)
      .deleteFrom(table)
      .where(column, '=', valueIn(own, identifier))
      .executeTakeFirst();
    counts.set(table, Number(numDeletedRows));
  }
  return counts;
}

/** Replaces a person by a pseudonym in the rows that stay. @returns how many audit events were theirs */
async function anonymise(db: Db, identifier: string, pseudonym: string): Promise<number> {
  for (const { table, column } of actorColumns) {
    await asStored(db)
      .updateTable(table)
      .set({ [column]: principalKeyOf(pseudonym), ...(table === 'audit_events' ? { address: null } : {}) })
      .where(column, '=', principalKeyOf(identifier))
      .execute();
  }
  const { numUpdatedRows } = await db
    .updateTable('auditEvents')
    .set({ identifier: pseudonym, address: null, detail: null })
    .where('identifier', '=', identifier)
    .executeTakeFirst();
  for (const passing of passingColumns) {
    await eachMention(db, passing, identifier, (keys) =>
      asStored(db)
        .updateTable(passing.table)
        .set({ [passing.column]: passing.instead })
        .where(passing.key, 'in', keys)
        .execute(),
    );
  }
  // The cursor of a finished mailing names its last user.
  await db.updateTable('mailings').set({ place: null }).where('endedAt', 'is not', null).execute();
  return Number(numUpdatedRows);
}

/** Deletes short-lived rows that name a person. A lease that is held disappears when it is released. */
async function clearMomentary(db: Db, identifier: string): Promise<void> {
  for (const { table, column, until } of momentaryColumns) {
    await eachMention(db, { table, key: column, column }, identifier, (keys) => {
      const rows = asStored(db).deleteFrom(table).where(column, 'in', keys);
      return (until === null ? rows : rows.where(until, '<', Date.now())).execute();
    });
  }
}

/** What the app holds of one person, wherever that is. */
export function createPersonStore(db: Db, tombstones: Pick<Tombstones, 'put'>) {
  return {
    /** The connections on which a person has flows that can still be finished. */
    async connectionsWithFlows(identifier: string): Promise<string[]> {
      const rows = await db
        .selectFrom('flows')
        .select('connectionName')
        .distinct()
        .where('identifier', '=', identifier)
        .where('status', 'in', ['open', 'verifying'])
        .execute();
      return rows.map(({ connectionName: name }) => name);
    },

    async countSessions(identifier: string): Promise<number> {
      const row = await db
        .selectFrom('sessions')
        .select((table) => table.fn.countAll<number>().as('count'))
        .where('identifier', '=', identifier)
        .where('expiresAt', '>', Date.now())
        .executeTakeFirstOrThrow();
      return row.count;
    },

    /** Some rows of one table that are a person's, by key. @param after the key of the last one before, or null */
    page(own: OwnTable, identifier: string, after: string | null, limit: number): Promise<StoredRow[]> {
      const rows = asStored(db)
        .selectFrom(own.table)
        .selectAll()
        .where(own.column, '=', valueIn(own, identifier));
      const rest = after === null ? rows : rows.where(own.key, '>', after);
      return rest.orderBy(own.key).limit(limit).execute();
    },

    /** What a person did to others, without naming them; by id. */
    deeds(identifier: string, after: string | null, limit: number): Promise<StoredRow[]> {
      const rows = asStored(db)
        .selectFrom('audit_events')
        .select(['id', 'at', 'type', 'connection_name', 'reference', 'address'])
        .where('actor', '=', principalKeyOf(identifier))
        .where((is) => is.or([is('identifier', 'is', null), is('identifier', '!=', identifier)]));
      const rest = after === null ? rows : rows.where('id', '>', after);
      return rest.orderBy('id').limit(limit).execute();
    },

    /**
     * Deletes all rows of a person but their audit events, in which a pseudonym takes their place, and leaves a
     * tombstone: all of it or nothing. Other apps are told so.
     */
    erase: (identifier: string, pseudonym: string, erasedAt: number): Promise<RowCounts> =>
      inDirectoryTurn(db, async (transaction) => {
        await tombstones.put(identifier, erasedAt, transaction);
        const tellErasure = await erasureToTell(transaction, identifier, erasedAt);
        const counts = await deleteRows(transaction, identifier);
        counts.set('audit_events', await anonymise(transaction, identifier, pseudonym));
        counts.set('client_deliveries', await tellErasure());
        await clearMomentary(transaction, identifier);
        return Object.fromEntries([...counts].filter(([, count]) => count > 0));
      }),

    /** Deletes all rows of somebody who is gone by themselves, but their audit events, which go by their own age. */
    async forget(identifier: string): Promise<void> {
      await inDirectoryTurn(db, async (transaction) => {
        await deleteRows(transaction, identifier);
        await forgetTold(transaction, identifier);
      });
    },
  };
}

export type PersonStore = ReturnType<typeof createPersonStore>;
