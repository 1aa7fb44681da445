import type { Db } from './database/schema.js';

/** The sessions that a provider ends. At least one of the keys is there. */
interface EndedByProvider {
  readonly tokenHash: string;
  readonly expiresAt: number;
  readonly subjectHash: string | null;
  readonly sessionHash: string | null;
}

/** What an OpenID provider ends, each of its tokens once. */
export function createLogoutStore(db: Db) {
  return {
    within: (transaction: Db) => createLogoutStore(transaction),

    /**
     * Ends the sessions that a logout token means: those of one of the provider's sessions, or all of a subject. With
     * both, a session for which the provider named none of its own is meant by the subject.
     * @returns whose sessions ended, each user once; null when the token was taken before
     */
    async end({ tokenHash, expiresAt, subjectHash, sessionHash }: EndedByProvider): Promise<string[] | null> {
      const taken = await db
        .insertInto('logoutTokens')
        .values({ tokenHash, expiresAt })
        .onConflict((conflict) => conflict.column('tokenHash').doNothing())
        .returning('tokenHash')
        .executeTakeFirst();
      if (taken === undefined) return null;
      let sessions = db.deleteFrom('sessions');
      if (subjectHash !== null) sessions = sessions.where('subjectHash', '=', subjectHash);
      if (sessionHash !== null) {
        sessions = sessions.where((session) =>
          session.or([
            session('providerSessionHash', '=', sessionHash),
            ...(subjectHash === null ? [] : [session('providerSessionHash', 'is', null)]),
          ]),
        );
      }
      const rows = await sessions.returning('identifier').execute();
      return [...new Set(rows.flatMap(({ identifier }) => identifier ?? []))];
    },

    /** Forgets the tokens that nobody would take any more. */
    async deleteExpired(): Promise<void> {
      await db.deleteFrom('logoutTokens').where('expiresAt', '<', Date.now()).execute();
    },
  };
}
