import { createHmac, randomBytes } from 'node:crypto';
import { derivedKeys } from '../kernel/derivedKeys.js';

/** 256 random bits. The database holds their hash only. */
const newSecret = () => randomBytes(32).toString('base64url');

/** The value of the cookie that a start sets. */
export const newCookieValue = newSecret;

/** The code that the browser brings back from the other app. */
export const newContinueCode = newSecret;

/**
 * What the other app's backend proves with that its user is at the browser that started. It comes of the cookie, so
 * that a browser that is sent there once more brings the same one; it does not tell the cookie.
 */
export const confirmNonceOf = (id: string, cookie: string): string =>
  createHmac('sha256', cookie).update(`onboarding confirm ${id}`).digest('base64url');

/**
 * A start token is made of the onboarding's id and the session secret, so that a repeated request gets the address
 * of the first once more although we keep the token's hash alone. Nobody finds it without the secret.
 * @param secrets the first makes new tokens
 */
export function createStartTokens(secrets: readonly string[]) {
  const keys = derivedKeys(secrets, 'onboarding start');
  /** The tokens that an onboarding may have, as its secret may have been replaced since. */
  const candidates = (id: string) =>
    keys.map((key) => createHmac('sha256', key).update(id).digest('base64url'));
  return {
    /** The token of a new onboarding. */
    of: (id: string): string => candidates(id)[0] ?? '',
    candidates,
  };
}

export type StartTokens = ReturnType<typeof createStartTokens>;
