import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { formExpired } from '../../http/commonErrors.js';
import { anything, readForm } from '../../http/form.js';
import type { InAppAdvice } from '../../http/inAppBrowser.js';
import type { Csrf } from '../../http/security/csrf.js';
import { wantsJson } from '../../http/wantsJson.js';
import { localPath } from '../../kernel/localPath.js';
import { isOnboardingPath, paths } from '../../paths.js';
import { principalOf } from '../principal.js';
import type { SignInByClick } from './signInByClick.js';
import type { SignInLimit } from './signInLimit.js';

/** The guards of every sign-in. */
export interface SignInGuards {
  readonly csrf: Csrf;
  /** Refuses the sign-in when the proxy does not say that the browser came by https: the session cookie would not be set. */
  readonly requireHttps: RequestHandler;
  /** Refuses the sign-in while the database can't be reached or written to. */
  readonly requireDatabase: RequestHandler;
  readonly signInLimit: SignInLimit;
  readonly byClick: SignInByClick;
}

/** The hidden fields of every sign-in form. */
const signInForm = z.object({ return_to: anything, another: anything });

/** What a sign-in page needs to know. */
export interface SignInPage {
  /** The local path that the user asked for, or null for the usual page. */
  readonly returnTo: string | null;
  /** Whether to sign in as another user although one is signed in. */
  readonly another: boolean;
  /** Whether the page is shown because its form was out of date. */
  readonly stale: boolean;
}

export const askedPage = ({ query }: Request): SignInPage => ({
  returnTo: localPath(query.return_to),
  another: query.another === '1',
  stale: false,
});

/**
 * The advice to sign in in a browser instead (`http/inAppBrowser.ts`), or null. Amid an onboarding there is none: it goes on only
 * where it was started.
 */
export const adviceFor = ({ locals }: Response, { returnTo }: SignInPage): InAppAdvice | null =>
  returnTo !== null && isOnboardingPath(returnTo) ? null : locals.inAppAdvice();

/** What a sign-in form asks for, after its token was checked. */
export function sentForm(request: Request): Omit<SignInPage, 'stale'> {
  const form = readForm(signInForm, request);
  return { returnTo: localPath(form.return_to), another: form.another === '1' };
}

/**
 * A guard that takes forms from our own pages alone. One that is out of date signs nobody in, but its user goes on to
 * where they wanted to: by the page once more, or straight there when they have signed in meanwhile. It stands before
 * the limit of the address, which other sites could else use up with forms of theirs.
 */
export const requireOwnForm =
  (csrf: Csrf, show: (request: Request, response: Response, page: SignInPage) => unknown): RequestHandler =>
  async (request, response, next) => {
    if (csrf.fits(request)) return next();
    const { returnTo, another } = sentForm(request);
    if (principalOf(request) !== null || wantsJson(request)) {
      const url = another ? paths.signInAsAnother(returnTo) : (returnTo ?? paths.connections);
      throw formExpired((t) => [{ label: t('common.actions.continueOn'), url, method: 'get', filled: true }]);
    }
    response.status(403);
    await show(request, response, { returnTo, another, stale: true });
  };
