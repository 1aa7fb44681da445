import { hashed } from '../../kernel/hashed.js';
import type { Db } from '../../store/database/schema.js';

/** A try to sign in, from the click to the return of its browser. Times in epoch milliseconds. */
export interface SignInTry {
  /** The hash of what tells the browser that began it, the only one that may end it. */
  readonly browserHash: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** A local path, or null for the usual page. */
  readonly returnTo: string | null;
  readonly expiresAt: number;
}

const keptPerBrowser = 10;

/** Tries in the database, so that a browser may come back to another instance. */
export function createSignInTryStore(db: Db) {
  async function trim(browserHash: string): Promise<void> {
    const newest = db
      .selectFrom('sign_in_tries')
      .select('state_hash')
      .where('session_hash', '=', browserHash)
      .orderBy('created_at', 'desc')
      .orderBy('state_hash')
      .limit(keptPerBrowser);
    await db
      .deleteFrom('sign_in_tries')
      .where('session_hash', '=', browserHash)
      .where('state_hash', 'not in', newest)
      .execute();
  }

  return {
    /** Stores a try under its `state`. Each browser keeps its newest ten. */
    async create(
      state: string,
      { browserHash, nonce, codeVerifier, returnTo, expiresAt }: SignInTry,
    ): Promise<void> {
      await db
        .insertInto('sign_in_tries')
        .values({
          state_hash: hashed(state),
          session_hash: browserHash,
          nonce,
          code_verifier: codeVerifier,
          return_to: returnTo,
          created_at: Date.now(),
          expires_at: expiresAt,
        })
        .execute();
      await trim(browserHash);
    },
    /** Takes a try out, so that only one caller gets it; null when there is none. */
    async take(state: string): Promise<SignInTry | null> {
      const row = await db
        .deleteFrom('sign_in_tries')
        .where('state_hash', '=', hashed(state))
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return null;
      return {
        browserHash: row.session_hash,
        nonce: row.nonce,
        codeVerifier: row.code_verifier,
        returnTo: row.return_to,
        expiresAt: row.expires_at,
      };
    },
    /** Moves the tries of a browser to its new hash. */
    async move(fromBrowserHash: string, toBrowserHash: string): Promise<void> {
      await db
        .updateTable('sign_in_tries')
        .set({ session_hash: toBrowserHash })
        .where('session_hash', '=', fromBrowserHash)
        .execute();
    },
    async deleteExpired(before: number): Promise<void> {
      await db.deleteFrom('sign_in_tries').where('expires_at', '<', before).execute();
    },
  };
}

export type SignInTryStore = ReturnType<typeof createSignInTryStore>;
