import type { Db } from '../store/database/schema.js';

export interface GoneUsers {
  readonly identifiers: readonly string[];
  readonly next: string | null;
}

/** Times are epoch milliseconds. */
export function createRetentionStore(db: Db) {
  async function withoutTies(identifiers: readonly string[], now: number): Promise<string[]> {
    if (identifiers.length === 0) return [];
    const [accounts, sessions] = await Promise.all([
      db
        .selectFrom('directoryAccounts')
        .select('identifier')
        .where('identifier', 'in', identifiers)
        .execute(),
      db
        .selectFrom('sessions')
        .select('identifier')
        .where('identifier', 'in', identifiers)
        .where('expiresAt', '>', now)
        .execute(),
    ]);
    const tied = new Set([...accounts, ...sessions].map(({ identifier }) => identifier));
    return identifiers.filter((identifier) => !tied.has(identifier));
  }

  return {
    /** Deletes some audit events that are older. @returns how many */
    async deleteEvents(before: number, limit: number): Promise<number> {
      const oldest = db
        .selectFrom('auditEvents')
        .select('id')
        .where('at', '<', before)
        .orderBy('at')
        .limit(limit);
      const { numDeletedRows } = await db
        .deleteFrom('auditEvents')
        .where('id', 'in', oldest)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },

    /**
     * Looks at some users, by identifier, for those who were not seen since, are not signed in, and have no account
     * that is known of.
     * @returns where to go on, or null at the end
     */
    async goneUsers(after: string, before: number, limit: number): Promise<GoneUsers> {
      const users = await db
        .selectFrom('users')
        .select(['identifier', 'firstSeenAt', 'lastSeenAt'])
        .where('identifier', '>', after)
        .orderBy('identifier')
        .limit(limit)
        .execute();
      const unseen = users.filter((user) => (user.lastSeenAt ?? user.firstSeenAt) < before);
      const identifiers = await withoutTies(
        unseen.map(({ identifier }) => identifier),
        Date.now(),
      );
      return { identifiers, next: users.length < limit ? null : (users.at(-1)?.identifier ?? null) };
    },

    /** Whether all accounts were read since: only then does no account here mean that there is none. */
    async allReadSince(at: number): Promise<boolean> {
      const row = await db
        .selectFrom('directorySyncs')
        .select('id')
        .where('startedAt', '>=', at)
        .where('finishedAt', 'is not', null)
        .where('fault', 'is', null)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
