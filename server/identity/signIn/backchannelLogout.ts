import { type RequestHandler, Router, urlencoded } from 'express';
import { z } from 'zod';
import { bounded } from '../../http/bodies.js';
import { notFound } from '../../http/commonErrors.js';
import { requestInfo } from '../../http/requestInfo.js';
import { answerJson } from '../../http/wantsJson.js';
import { routes } from '../../paths.js';
import type { AuditTrail } from '../../store/auditTrail.js';
import type { ChangeEvents } from '../../store/database/changeEvents.js';
import type { createLogoutStore, Logout } from '../../store/logoutStore.js';
import { LogoutTokenRefusal } from './logoutToken.js';
import type { OpenidProvider } from './openidProvider.js';

export interface BackchannelLogoutDeps {
  /** Null where users don't sign in at a provider. The address does not exist then. */
  readonly openid: OpenidProvider | null;
  readonly logouts: ReturnType<typeof createLogoutStore>;
  readonly audit: Pick<AuditTrail, 'recording'>;
  readonly events: ChangeEvents;
  readonly logger: { warn(details: object, message: string): void };
}

/** A token of an RSA key has about a thousand characters. */
const limit = 16 * 1024;
const parameterLimit = 5;

const formBody = bounded(limit, urlencoded({ extended: false, limit, parameterLimit, inflate: false }));

const body = z.object({ logout_token: z.string().min(1) });

/**
 * Where the OpenID provider says that it ended a session (OpenID Connect Back-Channel Logout 1.0, section 2.5). It has
 * no session and no CSRF token: the logout token is its proof.
 * @param limitLogouts limits the requests of one address
 */
export function backchannelLogoutRoutes(deps: BackchannelLogoutDeps, limitLogouts: RequestHandler): Router {
  const { openid, logouts, audit, events, logger } = deps;
  const router = Router();

  /** @throws LogoutTokenRefusal when the token was taken before */
  async function end(logout: Logout, info: ReturnType<typeof requestInfo>): Promise<void> {
    await logouts.remember(logout);
    const users = await audit.recording(async ({ within, record }) => {
      const ended = await logouts.within(within).end(logout);
      for (const identifier of ended ?? []) {
        record({ type: 'user.signed_out_by_provider', actor: null, identifier, ...info });
      }
      return ended;
    });
    if (users === null) throw new LogoutTokenRefusal('it was taken before');
    // Every instance reads the sessions of its open pages again.
    for (const identifier of users) await events.publish({ kind: 'sessions', identifier });
  }

  router.post(routes.backchannelLogout, answerJson, limitLogouts, formBody, async (request, response) => {
    if (openid === null) throw notFound();
    response.setHeader('Cache-Control', 'no-store');
    try {
      const sent = body.safeParse(request.body);
      if (!sent.success) throw new LogoutTokenRefusal('logout_token is missing in the form');
      await end(await openid.readLogoutToken(sent.data.logout_token), requestInfo(request));
      response.status(200).end();
    } catch (error) {
      if (!(error instanceof LogoutTokenRefusal)) throw error;
      // No security event: anybody may send anything here, and would raise the alarm.
      const reason = error.message;
      logger.warn({ reason, reference: request.id }, 'a logout token of the OpenID provider was refused');
      response.status(400).json({ error: 'invalid_request', error_description: reason });
    }
  });
  return router;
}
