import type { Db } from './database.js';

export interface UserStore {
  /**
   * Notes that a user signed in, so that admins can find them.
   * @param email the address that this sign-in verified, the only one that mail may go to
   */
  seen(identifier: string, displayName: string | null, email?: string | null): Promise<void>;
}

/** The users that the app has met. */
export function createUserStore(db: Db): UserStore {
  return {
    async seen(identifier, displayName, email = null) {
      const now = Date.now();
      const latest = { display_name: displayName, email, last_seen_at: now };
      await db
        .insertInto('users')
        .values({ identifier, first_seen_at: now, ...latest })
        .onConflict((conflict) => conflict.column('identifier').doUpdateSet(latest))
        .execute();
    },
  };
}
