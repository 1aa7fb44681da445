import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { derivedKeys } from './derivedKeys.js';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

function openWith(key: KeyObject, bytes: Buffer): string | null {
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    return `${decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8')}${decipher.final('utf8')}`;
  } catch {
    return null;
  }
}

/**
 * AES-256-GCM, with keys derived from the session secrets.
 * @param secrets the first seals, each of them opens
 * @param purpose keeps the keys apart from those of others
 */
export function createSealing(secrets: readonly string[], purpose: string) {
  const keys = derivedKeys(secrets, purpose);
  return {
    seal(text: string): string {
      const [key] = keys;
      if (key === undefined) throw new Error('there is no secret to seal with');
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    /** What was sealed, or null when none of the secrets fits. */
    open(sealed: string): string | null {
      const bytes = Buffer.from(sealed, 'base64url');
      return keys.map((key) => openWith(key, bytes)).find((text) => text !== null) ?? null;
    },
  };
}

export type Sealing = ReturnType<typeof createSealing>;
