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
      .selectFrom('signInTries')
      .select('stateHash')
      .where('sessionHash', '=', browserHash)
      .orderBy('createdAt', 'desc')
      .orderBy('stateHash')
      .limit(keptPerBrowser);
    await db
      .deleteFrom('signInTries')
      .where('sessionHash', '=', browserHash)
      .where('stateHash', 'not in', newest)
      .execute();
  }

  return {
    /** Stores a try under its `state`. Each browser keeps its newest ten. */
    async create(state: string, { browserHash, ...started }: SignInTry): Promise<void> {
      await db
        .insertInto('signInTries')
        .values({
          ...started,
          stateHash: hashed(state),
          sessionHash: browserHash,
          createdAt: Date.now(),
        })
        .execute();
      await trim(browserHash);
    },
    /** Takes a try out, so that only one caller gets it; null when there is none. */
    async take(state: string): Promise<SignInTry | null> {
      const row = await db
        .deleteFrom('signInTries')
        .where('stateHash', '=', hashed(state))
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return null;
      const { sessionHash: browserHash, stateHash: _1, createdAt: _2, ...started } = row;
      return { browserHash, ...started };
    },
    /** Moves the tries of a browser to its new hash. */
    async move(fromBrowserHash: string, toBrowserHash: string): Promise<void> {
      await db
        .updateTable('signInTries')
        .set({ sessionHash: toBrowserHash })
        .where('sessionHash', '=', fromBrowserHash)
        .execute();
    },
    async deleteExpired(before: number): Promise<void> {
      await db.deleteFrom('signInTries').where('expiresAt', '<', before).execute();
    },
  };
}

export type SignInTryStore = ReturnType<typeof createSignInTryStore>;
