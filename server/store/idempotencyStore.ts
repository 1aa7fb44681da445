import type { Db } from './database/schema.js';

/** A request of an API client, under the key that it gave. */
export interface KeyedRequest {
  readonly clientId: string;
  /** The Idempotency-Key of the request. */
  readonly key: string;
  /** Tells one request from another. */
  readonly requestHash: string;
}

/** What a request was answered: JSON, without anything secret or personal. */
export interface KeyedAnswer {
  readonly requestHash: string;
  readonly answer: string;
}

/** How long the same request gets the same answer. */
const keptMs = 24 * 3_600_000;

/** @param db the database, or a transaction */
export function createIdempotencyStore(db: Db) {
  async function find({ clientId, key }: Omit<KeyedRequest, 'requestHash'>, now: number) {
    const row = await db
      .selectFrom('idempotencyKeys')
      .select(['requestHash', 'answer'])
      .where('clientId', '=', clientId)
      .where('key', '=', key)
      .where('expiresAt', '>', now)
      .executeTakeFirst();
    return row === undefined ? null : { requestHash: row.requestHash, answer: row.answer };
  }

  return {
    /** What a key was answered before, whatever the request was, or null. */
    find,
    /**
     * Keeps the answer of a request. Called first in the transaction that does what was asked for, since of callers at
     * the same time all but one wait for its end.
     * @returns null when nobody has used the key before; else what it was answered, which stays true in that transaction
     * even when the key is forgotten meanwhile
     */
    async claim(request: KeyedRequest, answer: string, now: number): Promise<KeyedAnswer | null> {
      const { clientId, key, requestHash } = request;
      const row = { requestHash, answer, expiresAt: now + keptMs };
      const claimed = await db
        .insertInto('idempotencyKeys')
        .values({ clientId, key, ...row })
        .onConflict((conflict) =>
          conflict
            .columns(['clientId', 'key'])
            .doUpdateSet(row)
            .where('idempotencyKeys.expiresAt', '<=', now),
        )
        .returning('key')
        .executeTakeFirst();
      if (claimed !== undefined) return null;
      // In a transaction PostgreSQL has locked the row by now, and SQLite the database. Outside of one it may be gone, and
      // the key free again.
      return (await find(request, now)) ?? this.claim(request, answer, now);
    },
    /** Forgets what expired. */
    async deleteExpired(now: number): Promise<void> {
      await db.deleteFrom('idempotencyKeys').where('expiresAt', '<=', now).execute();
    },
  };
}

export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>;
