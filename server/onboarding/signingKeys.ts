import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import type { Sealing } from '../kernel/sealed.js';
import type { SigningKeyStore, StoredKey } from './signingKeyStore.js';

/** ECDSA on P-256: RFC 7518, 3.4. */
export const signingAlgorithm = 'ES256';

/** A key to sign with. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

const dayMs = 24 * 3_600_000;
/** How long a key signs. */
const usedForMs = 90 * dayMs;
/** How long a key is published before it signs, and after it signed: far longer than anybody caches the key set. */
const publishedAroundMs = dayMs;

export interface SigningKeysDeps {
  readonly store: SigningKeyStore;
  readonly sealing: Sealing;
  now?(): number;
}

/** The key pairs of this app, kept in the database that its instances share. */
export function createSigningKeys({ store, sealing, now = () => Date.now() }: SigningKeysDeps) {
  const imported = new Map<string, SigningKey>();

  async function add(generation: number, usedFrom: number): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true });
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    await store.add({
      generation,
      kid,
      publicKey: JSON.stringify({ ...jwk, kid, alg: signingAlgorithm, use: 'sig' }),
      sealedPrivateKey: sealing.seal(JSON.stringify(await exportJWK(privateKey))),
      createdAt: now(),
      usedFrom,
    });
  }

  async function importKey({ kid, sealedPrivateKey }: StoredKey): Promise<SigningKey | null> {
    const known = imported.get(kid);
    if (known !== undefined) return known;
    const opened = sealing.open(sealedPrivateKey);
    if (opened === null) return null;
    const privateKey = (await importJWK(JSON.parse(opened) as JWK, signingAlgorithm)) as CryptoKey;
    imported.set(kid, { kid, privateKey });
    return { kid, privateKey };
  }

  /** The newest key that is in use and can be opened: after all secrets were replaced at once there is none. */
  async function usable(keys: readonly StoredKey[]): Promise<SigningKey | null> {
    for (const stored of keys) {
      const key = stored.usedFrom <= now() ? await importKey(stored) : null;
      if (key !== null) return key;
    }
    return null;
  }

  async function current(): Promise<SigningKey> {
    const keys = await store.list();
    const key = await usable(keys);
    if (key !== null) return key;
    await add((keys[0]?.generation ?? 0) + 1, now());
    const made = await usable(await store.list());
    if (made === null) throw new Error('no key to sign results with can be opened');
    return made;
  }

  return {
    /** The key that signs now, the same on every instance. It is made when there is none. */
    current,
    /** The published keys: the one in use, the next one, and former ones whose signatures may still be valid. */
    publicKeys: async (): Promise<JWK[]> =>
      (await store.list()).map(({ publicKey }) => JSON.parse(publicKey) as JWK),
    /** Makes the first key, or the next one when it is due, and deletes those that are long out of use. */
    async rotate(): Promise<void> {
      await current();
      const keys = await store.list();
      const [newest] = keys;
      if (newest !== undefined && newest.usedFrom + usedForMs - publishedAroundMs <= now()) {
        await add(newest.generation + 1, now() + publishedAroundMs);
      }
      const inUse = keys.find(({ usedFrom }) => usedFrom + publishedAroundMs <= now());
      if (inUse !== undefined) await store.deleteUpTo(inUse.generation - 1);
    },
  };
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;
