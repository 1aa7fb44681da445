import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A key of an API client, taken apart. */
export interface ParsedApiKey {
  /** Names the key; no secret. */
  readonly id: string;
  readonly secret: string;
}

const shape = /^cak_([0-9a-f]{16})_([0-9a-f]{64})([0-9a-f]{8})$/;

/** The checksum tells a mistyped key from a real one without a read. */
const checksumOf = (id: string, secret: string) => crc32(`${id}_${secret}`).toString(16).padStart(8, '0');

/**
 * A new key: `cak_<id>_<secret><checksum>`. The prefix and the checksum are for programs that look for secrets in
 * places where none should be. The secret has 256 random bits.
 */
export function newApiKey(): ParsedApiKey & { readonly text: string } {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('hex');
  return { id, secret, text: `cak_${id}_${secret}${checksumOf(id, secret)}` };
}

/** Takes a key apart, or null when it is none: cut off, mistyped, or something else. */
export function parseApiKey(text: string): ParsedApiKey | null {
  const [, id = '', secret = '', checksum] = shape.exec(text) ?? [];
  return checksum !== undefined && checksum === checksumOf(id, secret) ? { id, secret } : null;
}
