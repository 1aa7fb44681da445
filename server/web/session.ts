import type { RequestHandler } from 'express';
import session, { type Store } from 'express-session';

export interface SessionOptions {
  /** At least 32 characters each: the first signs, all verify, so that one can be rotated. */
  readonly secrets: readonly string[];
  readonly https: boolean;
  readonly store: Store;
}

/** The name of the session cookie. `__Host-` binds a Secure cookie to this host and path (RFC 6265bis, 4.1.3.2). */
export const sessionCookieName = (https: boolean) => (https ? '__Host-connect' : 'connect');

/** The signed-in user's session. It lasts until the browser closes, or until one of the store's limits. */
export function sessions({ secrets, https, store }: SessionOptions): RequestHandler {
  return session({
    name: sessionCookieName(https),
    secret: [...secrets],
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: https, path: '/' },
  });
}
