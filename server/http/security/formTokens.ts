import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { derivedKeys } from '../../kernel/derivedKeys.js';

function xor(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((byte, index) => byte ^ (other[index] ?? 0));
}

/**
 * What a page shows of a token: random bytes, and the token XORed with them. It differs in each answer, so that the
 * sizes of compressed answers do not tell it (the BREACH attack, CVE-2013-3587).
 */
export function maskedToken(token: Uint8Array): string {
  const mask = randomBytes(token.length);
  return Buffer.concat([mask, xor(mask, token)]).toString('base64url');
}

/** Whether what a form brought is a token under some mask. It takes as long for one that is wrong. */
export function isMasked(given: unknown, token: Uint8Array): boolean {
  if (typeof given !== 'string') return false;
  const bytes = Buffer.from(given, 'base64url');
  if (bytes.length !== 2 * token.length) return false;
  return timingSafeEqual(xor(bytes.subarray(0, token.length), bytes.subarray(token.length)), token);
}

/**
 * Tokens of forms that nothing is kept of.
 * @param secrets the first makes tokens, each is good for checking them
 * @param purpose keeps the tokens apart from those of others
 */
export function createFormTokens(secrets: readonly string[], purpose: string) {
  const keys = derivedKeys(secrets, purpose);
  const tokenOf = (key: KeyObject, binding: readonly string[]) =>
    createHmac('sha256', key).update(JSON.stringify(binding)).digest();
  return {
    /** @param binding what the page is bound to: the value of a cookie first of all */
    of(...binding: string[]): string {
      const [key] = keys;
      if (key === undefined) throw new Error('there is no secret to make tokens with');
      return maskedToken(tokenOf(key, binding));
    },
    fits: (given: unknown, ...binding: string[]): boolean =>
      keys.some((key) => isMasked(given, tokenOf(key, binding))),
  };
}

export type FormTokens = ReturnType<typeof createFormTokens>;
