import { randomBytes } from 'node:crypto';
import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler, Response } from 'express';
import { formExpired } from '../commonErrors.js';
import { browserCookie } from './cookies.js';
import { createFormTokens } from './formTokens.js';
import type { HttpsCheck } from './httpsCheck.js';

const { generateToken, isRequestValid } = csrfSync({ getTokenFromRequest: (request) => tokenIn(request) });

const tokenIn = (request: Request) => (request.body as { readonly _csrf?: string } | undefined)?._csrf;

/** The token of a signed-in user's session, made when it has none yet. */
export const sessionToken = (request: Request): string => generateToken(request);

const reading: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

export interface CsrfOptions {
  /** The first makes tokens, each is good for checking them. */
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  readonly checkHttps: HttpsCheck;
}

export type Csrf = ReturnType<typeof createCsrf>;

/**
 * Keeps other sites from sending our forms. The token of a signed-in user lies in the session. Who is not signed in
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
    if (request.session.user !== undefined) return isRequestValid(request);
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
