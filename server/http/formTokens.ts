import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a form proves to have come from: a page that this browser was shown. */
export interface FormTokens {
  /** @param binding what the page is bound to: the value of a cookie first of all */
  of(...binding: string[]): string;
  fits(token: unknown, ...binding: string[]): boolean;
}

/**
 * @param secrets the first makes tokens, each is good for checking them
 * @param purpose keeps the tokens apart from those of others
 */
export function createFormTokens(secrets: readonly string[], purpose: string): FormTokens {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
  const candidates = (binding: readonly string[]) =>
    keys.map((key) => createHmac('sha256', key).update(JSON.stringify(binding)).digest());
  return {
    of: (...binding) => candidates(binding)[0]?.toString('base64url') ?? '',
    fits(token, ...binding) {
      if (typeof token !== 'string') return false;
      const given = Buffer.from(token, 'base64url');
      return candidates(binding).some(
        (expected) => expected.length === given.length && timingSafeEqual(expected, given),
      );
    },
  };
}
