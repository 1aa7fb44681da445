import { createHmac } from 'node:crypto';
import { derivedKeys } from '../kernel/derivedKeys.js';
import type { Db } from './database/schema.js';

/** News of a user: whose it is, and how old. */
export interface News {
  readonly identifier: string;
  /** The time that the news is true for, in epoch milliseconds. Null means unknown, and counts as old. */
  readonly asOf: number | null;
}

/** Webhooks are kept for as long, so no older news can come again. */
const keptMs = 90 * 24 * 3_600_000;

/** Far below the number of parameters that either database takes. */
const atOnce = 400;

/** @param secrets the session secrets: a key of the first hashes, those of all are looked under */
export function createTombstones(db: Db, secrets: readonly string[]) {
  const keys = derivedKeys(secrets, 'tombstones');
  const hashesOf = (identifier: string) =>
    keys.map((key) => createHmac('sha256', key).update(identifier).digest('base64url'));

  /** The time when each of these users was erased. Users who were not erased are left out. */
  async function erasures(identifiers: Iterable<string>, from: Db): Promise<ReadonlyMap<string, number>> {
    const owners = new Map(
      [...new Set(identifiers)].flatMap((one) => hashesOf(one).map((hash) => [hash, one])),
    );
    const hashes = [...owners.keys()];
    const erased = new Map<string, number>();
    for (let start = 0; start < hashes.length; start += atOnce) {
      const rows = await from
        .selectFrom('tombstones')
        .selectAll()
        .where('identifierHash', 'in', hashes.slice(start, start + atOnce))
        .execute();
      for (const { identifierHash: hash, erasedAt: at } of rows) {
        const identifier = owners.get(hash) ?? '';
        erased.set(identifier, Math.max(at, erased.get(identifier) ?? 0));
      }
    }
    return erased;
  }

  async function spared<Item>(
    items: readonly Item[],
    newsOf: (item: Item) => News | null,
    from: Db = db,
  ): Promise<Item[]> {
    const erased = await erasures(
      items.flatMap((item) => newsOf(item)?.identifier ?? []),
      from,
    );
    if (erased.size === 0) return [...items];
    return items.filter((item) => {
      const news = newsOf(item);
      const at = news === null ? undefined : erased.get(news.identifier);
      return at === undefined || (news?.asOf ?? 0) > at;
    });
  }

  return {
    /**
     * The news that may be taken in: what is newer than an erasure of its person, of somebody never erased, or of
     * nobody.
     * @param from the transaction to look in
     */
    spared,
    /** Whether news is older than an erasure of its person. */
    covers: async (news: News): Promise<boolean> => (await spared([news], (one) => one)).length === 0,

    /** Whether somebody was erased and is unknown since. */
    async isGone(identifier: string): Promise<boolean> {
      if ((await erasures([identifier], db)).size === 0) return false;
      const user = await db
        .selectFrom('users')
        .select('identifier')
        .where('identifier', '=', identifier)
        .executeTakeFirst();
      return user === undefined;
    },

    /** @param erasedAt news up to this time is ignored; replaces an earlier tombstone */
    async put(identifier: string, erasedAt: number, within: Db = db): Promise<void> {
      const [hash = ''] = hashesOf(identifier);
      await within
        .insertInto('tombstones')
        .values({ identifierHash: hash, erasedAt })
        .onConflict((conflict) => conflict.column('identifierHash').doUpdateSet({ erasedAt }))
        .execute();
    },

    /** Deletes the tombstones that no news can be older than any more. */
    async tidy(now: number): Promise<void> {
      await db
        .deleteFrom('tombstones')
        .where('erasedAt', '<', now - keptMs)
        .execute();
    },
  };
}

export type Tombstones = ReturnType<typeof createTombstones>;
