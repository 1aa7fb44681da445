import type { Request, Response } from 'express';
import { browserCookie } from '../../http/security/cookies.js';
import { sessionCookie } from '../../http/security/session.js';

/**
 * Whether a sign-in at the provider waits for a click. It does where a session of this browser has ended, since its user
 * may have signed out, here or everywhere, and the provider would sign in again at once who has just left; and after
 * a sign-in that failed, since the next one may fail as well.
 */
export function createSignInByClick(publicUrl: string) {
  const session = browserCookie(sessionCookie, { publicUrl });
  const failure = browserCookie('sign-in-failed', { publicUrl });
  return {
    isNeeded: (request: Request): boolean => session.of(request) !== null || failure.of(request) !== null,
    failed: (response: Response): void => failure.set(response, '1'),
    succeeded(request: Request, response: Response): void {
      if (failure.of(request) !== null) failure.set(response, '');
    },
  };
}

export type SignInByClick = ReturnType<typeof createSignInByClick>;
