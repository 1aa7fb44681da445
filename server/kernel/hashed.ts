import { createHash } from 'node:crypto';

/** SHA-256 in base64url, for random secrets of at least 128 bits, which need no salt. */
export function hashed(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
