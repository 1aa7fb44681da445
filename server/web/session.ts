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

/**
 * Redirects without a body. Of an answer with one express-session sends all but the last byte before the session is
 * saved, and browsers go on as soon as they have the head: they would find the session as it was before.
 */
const bareRedirects: RequestHandler = (_request, response, next) => {
  response.redirect = (first: number | string, second?: number | string) => {
    const [status, url] = typeof first === 'number' ? [first, String(second)] : [302, first];
    response.status(status).location(url).set('Content-Length', '0').end();
  };
  next();
};

/** The signed-in user's session. It lasts until the browser closes, or until one of the store's limits. */
export function sessions({ secrets, https, store }: SessionOptions): RequestHandler[] {
  const handler = session({
    name: sessionCookieName(https),
    secret: [...secrets],
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: https, path: '/' },
  });
  return [handler, bareRedirects];
}
