import type { Db } from '../store/database/schema.js';

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

export function createSigningKeyStore(db: Db) {
  return {
    /** The newest first. */
    list: (): Promise<StoredKey[]> =>
      db.selectFrom('signingKeys').selectAll().orderBy('generation', 'desc').execute(),
    /** Adds a key, unless another instance has added one of that generation. */
    async add(key: StoredKey): Promise<void> {
      await db
        .insertInto('signingKeys')
        .values(key)
        .onConflict((conflict) => conflict.column('generation').doNothing())
        .execute();
    },
    /** Deletes a generation and all before it. */
    async deleteUpTo(generation: number): Promise<void> {
      await db.deleteFrom('signingKeys').where('generation', '<=', generation).execute();
    },
  };
}

export type SigningKeyStore = ReturnType<typeof createSigningKeyStore>;
