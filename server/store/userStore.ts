import type { Db } from './database/schema.js';
import { termsOf } from './userTerms.js';

/** Makes a user be found by these terms and no others; nothing is written while they stay the same. */
async function writeTerms(db: Db, identifier: string, terms: readonly string[]): Promise<void> {
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

/** The users that the app has met. */
export function createUserStore(db: Db) {
  return {
    /**
     * Notes that a user signed in, so that admins can find them.
     * @param email the address that this sign-in verified, the only one that mail may go to
     */
    async seen(identifier: string, displayName: string | null, email: string | null = null): Promise<void> {
      const now = Date.now();
      const latest = { displayName, email, lastSeenAt: now };
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('users')
          .values({ identifier, firstSeenAt: now, ...latest })
          .onConflict((conflict) => conflict.column('identifier').doUpdateSet(latest))
          .execute();
        await writeTerms(transaction, identifier, termsOf(identifier, displayName, email));
      });
    },
  };
}

export type UserStore = ReturnType<typeof createUserStore>;
