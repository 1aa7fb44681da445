import { type Request, type RequestHandler, type Response, Router } from 'express';
import { paths, routes } from '../paths.js';
import { badRequest, signInUnavailable } from '../web/commonErrors.js';
import { csrfToken } from '../web/csrf.js';
import { localPath } from '../web/localPath.js';
import { en } from '../web/texts.js';
import { identifierFault } from './identifier.js';
import { principalOf, type SignedInUser } from './principal.js';
import { type RoleRules, roleOf } from './roles.js';
import { type SignInRecords, signIn } from './signingIn.js';

/** A user that the sign-in page offers by a button. */
export interface SampleUser {
  readonly identifier: string;
  readonly displayName: string;
  readonly isAdmin: boolean;
  /** One line on what there is to see as this user. */
  readonly note: string;
}

export interface DevelopmentSignInOptions extends SignInRecords {
  /** False off loopback: every route then answers that nobody can sign in. */
  readonly available: boolean;
  readonly sampleUsers: readonly SampleUser[];
  readonly roles: RoleRules;
  /** The guard that keeps one address from trying without end. */
  readonly limitSignIns: RequestHandler;
}

interface SignInForm {
  readonly identifier?: unknown;
  readonly return_to?: unknown;
}

/** Sign-in without a password, for a browser on the machine that the app runs on. */
export function developmentSignIn(options: DevelopmentSignInOptions): Router {
  const { sampleUsers, roles } = options;
  const router = Router();

  /** @param typed what was sent, or null when nothing was */
  function showPage(
    request: Request,
    response: Response,
    returnTo: string | null,
    typed: string | null,
  ): void {
    const fault = typed === null ? null : identifierFault(typed);
    response.status(fault === null ? 200 : 422).render('pages/signIn', {
      returnTo,
      sampleUsers,
      // What cannot be seen cannot be mended in the field either.
      identifier: fault === 'odd_characters' ? '' : (typed ?? ''),
      fault: fault === null ? null : en.identifierFaults[fault],
      csrfToken: csrfToken(request),
    });
  }

  function userOf(identifier: string): SignedInUser {
    const sample = sampleUsers.find((candidate) => candidate.identifier === identifier);
    const role = sample?.isAdmin ? 'admin' : roleOf(identifier, roles);
    return { identifier, displayName: sample?.displayName ?? null, role };
  }

  const requireAvailable = (): void => {
    if (!options.available) throw signInUnavailable();
  };

  router.get(routes.signIn, (request, response) => {
    requireAvailable();
    const returnTo = localPath(request.query.return_to);
    const another = request.query.another === '1';
    if (principalOf(request) !== null && !another)
      return response.redirect(303, returnTo ?? paths.connections);
    showPage(request, response, returnTo, null);
  });

  router.post(routes.signIn, options.limitSignIns, async (request, response) => {
    requireAvailable();
    const form = (request.body ?? {}) as SignInForm;
    if (typeof form.identifier !== 'string') throw badRequest();
    const returnTo = localPath(form.return_to);
    if (identifierFault(form.identifier) !== null) {
      return showPage(request, response, returnTo, form.identifier);
    }
    await signIn(request, { user: userOf(form.identifier) }, options);
    response.redirect(303, returnTo ?? paths.connections);
  });

  return router;
}
