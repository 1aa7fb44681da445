import type { Selectable } from 'kysely';
import type { Db, SigningKeysTable } from '../store/database/schema.js';

/** A key pair that results are signed with. Times are epoch milliseconds. */
export interface StoredKey {
  /** Counts up from 1. */
  readonly generation: number;
  readonly kid: string;
  /** A JWK, as JSON. */
  readonly publicKey: string;
  readonly sealedPrivateKey: string;
  readonly createdAt: number;
  readonly usedFrom: number;
}

const toKey = (row: Selectable<SigningKeysTable>): StoredKey => ({
  generation: row.generation,
  kid: row.kid,
  publicKey: row.public_key,
  sealedPrivateKey: row.sealed_private_key,
  createdAt: row.created_at,
  usedFrom: row.used_from,
});

export function createSigningKeyStore(db: Db) {
  return {
    /** The newest first. */
    async list(): Promise<StoredKey[]> {
      const rows = await db.selectFrom('signing_keys').selectAll().orderBy('generation', 'desc').execute();
      return rows.map(toKey);
    },
    /** Adds a key, unless another instance has added one of that generation. */
    async add(key: StoredKey): Promise<void> {
      await db
        .insertInto('signing_keys')
        .values({
          generation: key.generation,
          kid: key.kid,
          public_key: key.publicKey,
          sealed_private_key: key.sealedPrivateKey,
          created_at: key.createdAt,
          used_from: key.usedFrom,
        })
        .onConflict((conflict) => conflict.column('generation').doNothing())
        .execute();
    },
    /** Deletes a generation and all before it. */
    async deleteUpTo(generation: number): Promise<void> {
      await db.deleteFrom('signing_keys').where('generation', '<=', generation).execute();
    },
  };
}

export type SigningKeyStore = ReturnType<typeof createSigningKeyStore>;
