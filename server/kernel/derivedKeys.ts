import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * A key of 256 bits from each secret (HKDF, RFC 5869): the first for what is made, all for what is looked at, so that a
 * secret can be replaced. As a `KeyObject`, since Node.js 24 takes six times as long to hash with the bytes.
 * @param purpose keeps the keys apart from those of others
 */
export const derivedKeys = (secrets: readonly string[], purpose: string): KeyObject[] =>
  secrets.map((secret) => createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))));
