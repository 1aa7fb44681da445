import { type Request, Router } from 'express';
import { requestInfo } from '../../http/requestInfo.js';
import { paths, routes } from '../../paths.js';
import type { AuditTrail, AuditType } from '../../store/auditTrail.js';
import type { ChangeEvents } from '../../store/database/changeEvents.js';
import type { SessionStore } from '../../store/sessionStore.js';
import { currentPrincipal, requireUser } from '../guards.js';
import { principalOf } from '../principal.js';
import type { OpenidProvider } from './openidProvider.js';
import { endSession } from './signingIn.js';

export interface SignOutOptions {
  readonly sessionStore: SessionStore;
  readonly events: ChangeEvents;
  readonly audit: AuditTrail;
  /** Null where users don't sign in at a provider. */
  readonly openid: OpenidProvider | null;
}

/** Signing out, in this browser or everywhere. */
export function signOutRoutes({ sessionStore, events, audit, openid }: SignOutOptions): Router {
  const router = Router();

  async function record(request: Request, type: AuditType): Promise<void> {
    const principal = principalOf(request);
    if (principal === null) return;
    await audit.record({
      type,
      actor: principal.key,
      identifier: principal.identifier,
      ...requestInfo(request),
    });
  }

  /** Ends this browser's session. @returns where the browser goes then: to the provider, when it signs out too */
  async function leave(request: Request): Promise<string> {
    const { idToken } = request.session;
    await endSession(request, events);
    const atProvider = idToken === undefined ? null : await openid?.endSessionUrl(idToken);
    return atProvider ?? paths.signIn;
  }

  router.post(routes.signOut, async (request, response) => {
    await record(request, 'user.signed_out');
    response.redirect(303, await leave(request));
  });

  router.post(routes.signOutEverywhere, requireUser, async (request, response) => {
    const { identifier } = currentPrincipal(request);
    await record(request, 'user.signed_out_everywhere');
    await sessionStore.destroyAllOf(identifier);
    response.redirect(303, await leave(request));
  });

  return router;
}
