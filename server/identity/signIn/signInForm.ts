import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { formExpired } from '../../http/commonErrors.js';
import { anything, readForm } from '../../http/form.js';
import type { Csrf } from '../../http/security/csrf.js';
import { wantsJson } from '../../http/wantsJson.js';
import { localPath } from '../../kernel/localPath.js';
import { paths } from '../../paths.js';
import { principalOf } from '../principal.js';

/** What every sign-in is guarded by. */
export interface SignInGuards {
  readonly csrf: Csrf;
  /** Refuses who could not be signed in, since the proxy does not tell that they came by https. */
  readonly requireHttps: RequestHandler;
  /** Refuses while nobody could be signed in, since the database is away or takes nothing. */
  readonly requireDatabase: RequestHandler;
  /** Keeps one address from trying without end. */
  readonly limitSignIns: RequestHandler;
}

/** What the forms of every sign-in carry. */
const signInForm = z.object({ return_to: anything, another: anything });

/** What a sign-in page is shown for. */
export interface SignInPage {
  /** Where the user wanted to go: a local path, or null for the usual page. */
  readonly returnTo: string | null;
  /** Whether somebody is to sign in although somebody is signed in. */
  readonly another: boolean;
  /** Whether a form that was out of date led here. */
  readonly stale: boolean;
}

export const askedPage = ({ query }: Request): SignInPage => ({
  returnTo: localPath(query.return_to),
  another: query.another === '1',
  stale: false,
});

/** What a form asks for, once it is known to be ours. */
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
