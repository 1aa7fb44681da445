import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { RoleRules } from '../../config/signInSettings.js';
import { signInUnavailable } from '../../http/commonErrors.js';
import { form } from '../../http/form.js';
import { identifierFault } from '../../kernel/identifier.js';
import { paths, routes } from '../../paths.js';
import { principalOf, type SignedInUser } from '../principal.js';
import { roleOf } from '../roles.js';
import { orFailure } from './signInFailures.js';
import {
  adviceFor,
  askedPage,
  requireOwnForm,
  type SignInGuards,
  type SignInPage,
  sentForm,
} from './signInForm.js';
import { type SignInRecords, signIn } from './signingIn.js';

/** A user that the sign-in page offers by a button. */
export interface SampleUser {
  readonly identifier: string;
  readonly displayName: string;
  readonly isAdmin: boolean;
  /** One line that says what this sample user shows. */
  readonly note: string;
}

export interface DevelopmentSignInOptions extends SignInRecords, SignInGuards {
  /** False off loopback: every route then answers that nobody can sign in. */
  readonly available: boolean;
  readonly sampleUsers: readonly SampleUser[];
  readonly roles: RoleRules;
}

/** Sign-in without a password, for a browser on the machine that the app runs on. */
export function developmentSignIn(options: DevelopmentSignInOptions): Router {
  const { sampleUsers, roles, csrf, requireHttps, requireDatabase, signInLimit } = options;
  const router = Router();

  /** @param typed what was sent, or null when nothing was */
  function showPage(request: Request, response: Response, page: SignInPage, typed: string | null): void {
    const fault = typed === null ? null : identifierFault(typed);
    if (fault !== null) response.status(422);
    const { returnTo, stale } = page;
    response.render('pages/signIn', {
      returnTo,
      stale,
      advice: adviceFor(response, page),
      reference: String(request.id),
      sampleUsers,
      // What cannot be seen cannot be mended in the field either.
      identifier: fault === 'odd_characters' ? '' : (typed ?? ''),
      fault: fault === null ? null : request.t(`identity.identifierFaults.${fault}`),
      csrfToken: csrf.token(request, response),
    });
  }

  function userOf(identifier: string): SignedInUser {
    const sample = sampleUsers.find((candidate) => candidate.identifier === identifier);
    const role = sample?.isAdmin ? 'admin' : roleOf(identifier, roles);
    return { identifier, displayName: sample?.displayName ?? null, role };
  }

  const requireAvailable: RequestHandler = (_request, _response, next) => {
    if (!options.available) throw signInUnavailable();
    next();
  };

  router.get(routes.signIn, requireHttps, requireAvailable, requireDatabase, (request, response) => {
    const page = askedPage(request);
    if (principalOf(request) !== null && !page.another)
      return response.redirect(303, page.returnTo ?? paths.connections);
    showPage(request, response, page, null);
  });

  const ownForm = requireOwnForm(csrf, (request, response, page) => showPage(request, response, page, null));
  const guards = [requireHttps, requireAvailable, requireDatabase, ownForm, ...signInLimit.guards];

  // A space comes along when an address is pasted.
  const typed = z.object({ identifier: z.string().trim() });
  const signInAs = form(typed, async (request, response, sent) => {
    const identifier = request.canonical(sent.identifier);
    const { returnTo, another } = sentForm(request);
    if (identifierFault(identifier) !== null) {
      return showPage(request, response, { returnTo, another, stale: false }, identifier);
    }
    await orFailure(returnTo, () => signIn(request, { user: userOf(identifier) }, options));
    await signInLimit.succeeded(request);
    response.redirect(303, returnTo ?? paths.connections);
  });
  router.post(routes.signIn, guards, signInAs);

  return router;
}
