import { type Request, type Response, Router } from 'express';
import { paths, routes } from '../paths.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { UserStore } from '../store/userStore.js';
import { badRequest, signInUnavailable } from '../web/commonErrors.js';
import { csrfToken } from '../web/csrf.js';
import { localPath } from '../web/localPath.js';
import { perMinute } from '../web/rateLimits.js';
import { en } from '../web/texts.js';
import { identifierFault } from './identifier.js';
import { principalOf, type SignedInUser } from './principal.js';

/** A user that the sign-in page offers by a button. */
export interface SampleUser extends SignedInUser {
  readonly displayName: string;
  /** One line on what there is to see as this user. */
  readonly note: string;
}

export interface DevelopmentSignInOptions {
  /** False off loopback: every route then answers that nobody can sign in. */
  readonly available: boolean;
  readonly sampleUsers: readonly SampleUser[];
  readonly users: UserStore;
  readonly audit: AuditTrail;
  readonly signInPerMinute: number;
}

interface SignInForm {
  readonly identifier?: unknown;
  readonly return_to?: unknown;
}

/** Gives the session a new id, so that an id planted before the sign-in is worth nothing after it. */
function renewSession(request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.regenerate((error) => (error ? reject(error) : resolve()));
  });
}

/** Sign-in without a password, for a browser on the machine that the app runs on. */
export function developmentSignIn(options: DevelopmentSignInOptions): Router {
  const { sampleUsers, users, audit } = options;
  const router = Router();

  function showPage(request: Request, response: Response, returnTo: string | null, typed = ''): void {
    const fault = typed === '' && request.method === 'GET' ? null : identifierFault(typed);
    response.status(fault === null ? 200 : 422).render('pages/signIn', {
      returnTo,
      sampleUsers,
      // What cannot be seen cannot be mended in the field either.
      identifier: fault === 'odd_characters' ? '' : typed,
      fault: fault === null ? null : en.identifierFaults[fault],
      csrfToken: csrfToken(request),
    });
  }

  const requireAvailable = (): void => {
    if (!options.available) throw signInUnavailable();
  };

  router.get(routes.signIn, (request, response) => {
    requireAvailable();
    const returnTo = localPath(request.query.return_to);
    if (principalOf(request) !== null) return response.redirect(303, returnTo ?? paths.connections);
    showPage(request, response, returnTo);
  });

  router.post(
    routes.signIn,
    perMinute(options.signInPerMinute, (request) => request.ip ?? ''),
    async (request, response) => {
      requireAvailable();
      const form = (request.body ?? {}) as SignInForm;
      if (typeof form.identifier !== 'string') throw badRequest();
      const returnTo = localPath(form.return_to);
      if (identifierFault(form.identifier) !== null) {
        return showPage(request, response, returnTo, form.identifier);
      }
      await signIn(request, form.identifier);
      response.redirect(303, returnTo ?? paths.connections);
    },
  );

  async function signIn(request: Request, identifier: string): Promise<void> {
    const sample = sampleUsers.find((candidate) => candidate.identifier === identifier);
    const displayName = sample?.displayName ?? null;
    await renewSession(request);
    request.session.user = { identifier, displayName, isAdmin: sample?.isAdmin ?? false };
    csrfToken(request);
    await users.seen(identifier, displayName);
    await audit.record({
      type: 'user.signed_in',
      actor: `user:${identifier}`,
      identifier,
      reference: String(request.id),
      address: request.ip ?? null,
    });
  }

  router.post(routes.signOut, async (request, response) => {
    const principal = principalOf(request);
    if (principal !== null) {
      await audit.record({
        type: 'user.signed_out',
        actor: principal.key,
        identifier: principal.identifier,
        reference: String(request.id),
        address: request.ip ?? null,
      });
    }
    await renewSession(request);
    response.redirect(303, paths.signIn);
  });

  return router;
}
