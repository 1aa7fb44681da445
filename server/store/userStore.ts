import type { Db } from './database/schema.js';
import { isRetired } from './retiredStore.js';
import { createSubjectStore, type ProviderSubject } from './subjectStore.js';
import { termsOf } from './userTerms.js';

/** Makes a user be found by these terms and no others; nothing is written while they stay the same. */
export async function writeTerms(db: Db, identifier: string, terms: readonly string[]): Promise<void> {
  const ofUser = await db
    .selectFrom('userTerms')
    .select('term')
    .where('identifier', '=', identifier)
    .execute();
  const known = new Set(ofUser.map(({ term }) => term));
  const added = terms.filter((term) => !known.has(term));
  const gone = [...known].filter((term) => !terms.includes(term));
  if (added.length > 0) {
    const rows = added.map((term) => ({ term, identifier }));
    await db
      .insertInto('userTerms')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['term', 'identifier']).doNothing())
      .execute();
  }
  if (gone.length > 0) {
    await db.deleteFrom('userTerms').where('identifier', '=', identifier).where('term', 'in', gone).execute();
  }
}

/** What became of a sign-in: the user is `known` now; or it counts for nothing, and why. */
export type Reception = 'known' | 'other_subject' | 'retired';

/** The users that the app has met. */
export function createUserStore(db: Db) {
  return {
    /**
     * Notes that a user signed in, so that admins can find them, unless the identifier means somebody else or was given
     * up.
     * @param email the address that this sign-in verified, the only one that mail may go to
     * @param subject whom the provider signed in, or null where that proves nothing more
     */
    async seen(
      identifier: string,
      displayName: string | null,
      email: string | null = null,
      subject: ProviderSubject | null = null,
    ): Promise<Reception> {
      const now = Date.now();
      const latest = { displayName, email, lastSeenAt: now };
      return db.transaction().execute(async (transaction) => {
        // The row is locked before anything is read, so that a renaming comes before all of this or after it.
        await transaction
          .insertInto('users')
          .values({ identifier, firstSeenAt: now })
          .onConflict((conflict) => conflict.column('identifier').doUpdateSet({ identifier }))
          .execute();
        if (await isRetired(transaction, identifier)) return 'retired';
        const subjects = createSubjectStore(transaction);
        if (subject !== null && !(await subjects.isMeant(identifier, subject, now))) return 'other_subject';
        await transaction.updateTable('users').set(latest).where('identifier', '=', identifier).execute();
        await writeTerms(transaction, identifier, termsOf(identifier, displayName, email));
        return 'known';
      });
    },
    /** The language that a user chose, or null. */
    async languageOf(identifier: string): Promise<string | null> {
      const user = await db
        .selectFrom('users')
        .select('language')
        .where('identifier', '=', identifier)
        .executeTakeFirst();
      return user?.language ?? null;
    },
    /** Keeps the language that a user chose. */
    async chooseLanguage(identifier: string, language: string): Promise<void> {
      await db.updateTable('users').set({ language }).where('identifier', '=', identifier).execute();
    },
    /** Keeps the language of a user's last visit. */
    async noteLanguage(identifier: string, lastLanguage: string): Promise<void> {
      await db.updateTable('users').set({ lastLanguage }).where('identifier', '=', identifier).execute();
    },
  };
}

export type UserStore = ReturnType<typeof createUserStore>;
