import type { Db } from './database.js';

export interface UserStore {
  /** Notes that a user signed in, so that admins can find them. */
  seen(identifier: string, displayName: string | null): Promise<void>;
}

/** The users that the app has met. */
export function createUserStore(db: Db): UserStore {
  return {
    async seen(identifier, displayName) {
      const now = Date.now();
      const latest = { display_name: displayName, last_seen_at: now };
      await db
        .insertInto('users')
        .values({ identifier, first_seen_at: now, ...latest })
        .onConflict((conflict) => conflict.column('identifier').doUpdateSet(latest))
        .execute();
    },
  };
}
