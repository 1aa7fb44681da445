import { createHmac, randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { formExpired } from '../commonErrors.js';
import { browserCookie } from './cookies.js';
import { createFormTokens, isMasked, maskedToken } from './formTokens.js';
import type { HttpsCheck } from './httpsCheck.js';

declare module 'express-session' {
  interface SessionData {
    /** What the tokens of its forms are masks of, in base64url. */
    csrfToken?: string;
  }
}

const tokenIn = (request: Request): unknown =>
  (request.body as { readonly _csrf?: unknown } | undefined)?._csrf;

/** The token for the forms of a signed-in user's pages, of which the session gets one when it has none yet. */
export function sessionToken({ session }: Request): string {
  session.csrfToken ??= randomBytes(32).toString('base64url');
  return maskedToken(Buffer.from(session.csrfToken, 'base64url'));
}

/** Tells pages of one session from those of another, and tells nothing else: it is not secret, and no key of anything. */
export const sessionMark = ({ sessionID }: Request): string =>
  createHmac('sha256', sessionID)
    .update('the mark of a session on its pages')
    .digest('base64url')
    .slice(0, 16);

const reading: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

export interface CsrfOptions {
  /** The first makes tokens, each is good for checking them. */
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  readonly checkHttps: HttpsCheck;
}

export type Csrf = ReturnType<typeof createCsrf>;

/**
 * Keeps other sites from sending our forms. The token of a signed-in user lies in the session (OWASP's synchronizer
 * token). Who is not signed in
 * has none, so that looking at a page writes nothing: there the token comes of a cookie, which no other site can read
 * or set, and of our secret (OWASP's signed double-submit cookie). The cookie ends with the browser.
 */
export function createCsrf({ secrets, publicUrl, checkHttps }: CsrfOptions) {
  const cookie = browserCookie('connect-form', { publicUrl });
  const forms = createFormTokens(secrets, 'forms of browsers without a session');

  function renewBrowser(response: Response): string {
    const value = randomBytes(32).toString('base64url');
    cookie.set(response, value);
    return value;
  }

  /** The cookie that identifies this browser before anybody has signed in; set when it is missing. */
  const browserOf = (request: Request, response: Response) => cookie.of(request) ?? renewBrowser(response);

  /** Whether a form came from a page that this browser was shown. */
  function fits(request: Request): boolean {
    const { user, csrfToken } = request.session;
    if (user !== undefined) {
      return csrfToken !== undefined && isMasked(tokenIn(request), Buffer.from(csrfToken, 'base64url'));
    }
    const browser = cookie.of(request);
    return browser !== null && forms.fits(tokenIn(request), browser);
  }

  /** Refuses every request that changes something and does not carry the token. */
  const protection: RequestHandler = (request, _response, next) => {
    if (reading.includes(request.method) || fits(request)) return next();
    checkHttps(request);
    throw formExpired();
  };

  return {
    /** The token for the forms of a page. */
    token: (request: Request, response: Response): string =>
      request.session.user === undefined ? forms.of(browserOf(request, response)) : sessionToken(request),
    fits,
    protection,
    browserOf,
    /** The browser of a request, or null when it was never shown a form. */
    knownBrowserOf: cookie.of,
    renewBrowser,
  };
}
