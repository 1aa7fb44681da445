import { tellClients } from '../store/clientEventStore.js';
import { asStored, type Db } from '../store/database/schema.js';
import { isRetired } from '../store/retiredStore.js';
import { writeTerms } from '../store/userStore.js';
import { termsOf } from '../store/userTerms.js';
import { replaceMentions } from './mentionStore.js';
import { actorColumns, ownTables, passingColumns, principalKeyOf } from './personalData.js';

/** Why nobody was renamed. */
export type RenamingRefusal = 'unknown' | 'retired' | 'target_exists' | 'target_erased';

/** What a read of Scalekit left behind says nothing of anybody, nor does what other apps were told. */
const saysNothing = new Set(['last_known', 'client_deliveries']);

/** Whether there is a row of somebody besides the one of `users`. */
async function holdsAnythingOf(db: Db, identifier: string): Promise<boolean> {
  for (const { table, column } of ownTables) {
    if (table === 'users' || saysNothing.has(table)) continue;
    const row = await asStored(db)
      .selectFrom(table)
      .select(column)
      .where(column, '=', identifier)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

/** Ends what would go on under the identifier that is given up. */
async function endOpenRows(db: Db, from: string, now: number): Promise<void> {
  await db.deleteFrom('sessions').where('identifier', '=', from).execute();
  const ended = await db
    .updateTable('onboardingSessions')
    .set({ status: 'cancelled', endedAt: now, continueCodeHash: null })
    .where('identifier', '=', from)
    .where('endedAt', 'is', null)
    .returning(['id', 'clientId', 'metadata'])
    .execute();
  const ends = ended.map(({ id, clientId, metadata }) => ({
    type: 'onboarding.ended' as const,
    identifier: from,
    connectionName: null,
    // What became of its connections is asked of the API.
    data: { session_id: id, status: 'cancelled', connections: null, metadata: JSON.parse(metadata) },
    onlyClient: clientId,
  }));
  await tellClients(db, ends, now);
  await db
    .updateTable('outbox')
    .set({ withdrawnAt: now })
    .where('identifier', '=', from)
    .where('sentAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .where('failedAt', 'is', null)
    .execute();
}

async function moveRows(db: Db, from: string, to: string): Promise<void> {
  const keys = { from: principalKeyOf(from), to: principalKeyOf(to) };
  await db
    .updateTable('flows')
    .set({ identifier: to })
    .where('identifier', '=', from)
    // One that began a moment ago is about an account of the former identifier, and ends under it.
    .where('endedAt', 'is not', null)
    .execute();
  await db
    .updateTable('flows')
    .set({ principal: keys.to })
    .where('identifier', '=', to)
    .where('principal', '=', keys.from)
    .execute();
  for (const { table, column, renaming } of ownTables) {
    if (renaming !== 'moves') continue;
    await asStored(db)
      .updateTable(table)
      .set({ [column]: to })
      .where(column, '=', from)
      .execute();
  }
  for (const { table, column } of actorColumns) {
    await asStored(db)
      .updateTable(table)
      .set({ [column]: keys.to })
      .where(column, '=', keys.from)
      .execute();
  }
  for (const passing of passingColumns) await replaceMentions(db, passing, from, to);
}

/** Moves what was written down about somebody. */
export async function moveEvents(db: Db, from: string, to: string): Promise<void> {
  await db.updateTable('auditEvents').set({ identifier: to }).where('identifier', '=', from).execute();
}

/**
 * Moves what is held of a person to another identifier, and gives up the former one. It belongs into a transaction. The
 * row of each name in `users` is locked first, as a sign-in does, so that a sign-in of either comes before all of this
 * or after it.
 * @returns null when it is done, else why nothing was changed
 */
export async function renamePerson(
  db: Db,
  from: string,
  to: string,
  now: number,
): Promise<RenamingRefusal | null> {
  const user = await db
    .updateTable('users')
    .set({ identifier: from })
    .where('identifier', '=', from)
    .returningAll()
    .executeTakeFirst();
  if (user === undefined) return 'unknown';
  if (await isRetired(db, from)) return 'retired';
  const { displayName, email, firstSeenAt, lastSeenAt, mailDeclinedAt, language, lastLanguage } = user;
  const target = await db
    .insertInto('users')
    .values({
      identifier: to,
      displayName,
      email,
      firstSeenAt,
      lastSeenAt,
      mailDeclinedAt,
      language,
      lastLanguage,
    })
    .onConflict((conflict) => conflict.column('identifier').doNothing())
    .returning('identifier')
    .executeTakeFirst();
  if (target === undefined || (await holdsAnythingOf(db, to))) return 'target_exists';
  // What is left of the former one is what its accounts at Scalekit need.
  await db
    .updateTable('users')
    .set({
      displayName: null,
      email: null,
      lastSeenAt: null,
      mailDeclinedAt: now,
      language: null,
      lastLanguage: null,
    })
    .where('identifier', '=', from)
    .execute();
  await writeTerms(db, from, termsOf(from, null, null));
  await writeTerms(db, to, termsOf(to, displayName, email));
  await endOpenRows(db, from, now);
  await moveRows(db, from, to);
  await db.updateTable('retiredIdentifiers').set({ renamedTo: to }).where('renamedTo', '=', from).execute();
  await db
    .insertInto('retiredIdentifiers')
    .values({ identifier: from, renamedTo: to, retiredAt: now })
    .execute();
  return null;
}
