import type { Db } from './database/schema.js';

/** Whose sessions a provider ends, by hashes of what it calls them. At least one of the two keys is there. */
export interface Logout {
  readonly subjectHash: string | null;
  readonly sessionHash: string | null;
  /** Names the token. */
  readonly tokenHash: string;
  /** When the token was made, by the provider's clock, in epoch milliseconds. */
  readonly issuedAt: number;
  /** Until when the token could be taken, in epoch milliseconds. */
  readonly expiresAt: number;
}

/** Hashes of what the OpenID provider calls a user and its own session. */
export interface ProviderKeys {
  readonly subjectHash: string;
  /** Null where the provider did not name its session. */
  readonly sessionHash: string | null;
  /** When the ID token was made, by the provider's clock, in epoch milliseconds. */
  readonly issuedAt: number;
}

/** What an OpenID provider ends, each of its tokens once. */
export function createLogoutStore(db: Db) {
  return {
    within: (transaction: Db) => createLogoutStore(transaction),

    /**
     * Remembers a logout token, for `isEnded`. It has to be on record before `end` looks for sessions: one that is stored
     * meanwhile is then found by the one or the other.
     */
    async remember({ tokenHash, expiresAt, subjectHash, sessionHash, issuedAt }: Logout): Promise<void> {
      const row = { subjectHash, providerSessionHash: sessionHash, issuedAt, taken: 0 };
      await db
        .insertInto('logoutTokens')
        .values({ tokenHash, expiresAt, ...row })
        .onConflict((conflict) => conflict.column('tokenHash').doNothing())
        .execute();
    },

    /**
     * Ends the sessions that a remembered logout token means: those of one of the provider's sessions, or all of a
     * subject. With both, a session for which the provider named none of its own is meant by the subject.
     * @returns whose sessions ended, each user once; null when the token was taken before
     */
    async end({ tokenHash, subjectHash, sessionHash }: Logout): Promise<string[] | null> {
      const taken = await db
        .updateTable('logoutTokens')
        .set({ taken: 1 })
        .where('tokenHash', '=', tokenHash)
        .where('taken', '=', 0)
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

    /** Whether a remembered token, made no earlier than a session's ID token, means that session. */
    async isEnded({ subjectHash, sessionHash, issuedAt }: ProviderKeys): Promise<boolean> {
      const meant = await db
        .selectFrom('logoutTokens')
        .select('tokenHash')
        .where('issuedAt', '>=', issuedAt)
        .where(({ or, and, eb }) => {
          const all = and([eb('subjectHash', '=', subjectHash), eb('providerSessionHash', 'is', null)]);
          if (sessionHash === null) return eb('subjectHash', '=', subjectHash);
          const one = eb('providerSessionHash', '=', sessionHash);
          return or([
            all,
            and([one, or([eb('subjectHash', '=', subjectHash), eb('subjectHash', 'is', null)])]),
          ]);
        })
        .limit(1)
        .executeTakeFirst();
      return meant !== undefined;
    },

    /** Forgets the tokens that nobody would take any more. */
    async deleteExpired(): Promise<void> {
      await db.deleteFrom('logoutTokens').where('expiresAt', '<', Date.now()).execute();
    },
  };
}
