import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/**
 * @param secrets the first makes tokens, each is good for checking them
 * @param purpose keeps the tokens apart from those of others
 */
export function createFormTokens(secrets: readonly string[], purpose: string) {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
  const candidates = (binding: readonly string[]) =>
    keys.map((key) => createHmac('sha256', key).update(JSON.stringify(binding)).digest());
  return {
    /** @param binding what the page is bound to: the value of a cookie first of all */
    of: (...binding: string[]): string => candidates(binding)[0]?.toString('base64url') ?? '',
    fits(token: unknown, ...binding: string[]): boolean {
      if (typeof token !== 'string') return false;
      const given = Buffer.from(token, 'base64url');
      return candidates(binding).some(
        (expected) => expected.length === given.length && timingSafeEqual(expected, given),
      );
    },
  };
}

export type FormTokens = ReturnType<typeof createFormTokens>;
