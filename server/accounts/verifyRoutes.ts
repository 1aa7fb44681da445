import { type Request, Router } from 'express';
import { principalOf } from '../identity/principal.js';
import { routes } from '../paths.js';
import type { Logger } from '../web/logging.js';
import { toldByOthers } from '../web/maskedPath.js';
import { queryParam } from '../web/params.js';
import { requestInfo } from '../web/requestInfo.js';
import type { Flow } from './flow.js';
import { userPlace } from './flowPlace.js';
import type { FlowOwner, Verification } from './verification.js';

export interface VerifyRoutesDeps {
  readonly verification: Verification;
  readonly logger: Logger;
  /** Who asks for a flow that belongs to a principal of another kind than users, or null when it does not. */
  otherOwnerOf(request: Request, flow: Flow): Promise<FlowOwner | null>;
}

/** Where the browser comes back to after consent, whoever's flow it is. */
export function verifyRoutes({ verification, logger, otherOwnerOf }: VerifyRoutesDeps): Router {
  const router = Router();

  // Express answers HEAD by the handler of GET, which acts here; scanners of links send it.
  router.head(routes.userVerify, (_request, response) => {
    response.setHeader('Allow', 'GET');
    response.status(405).end();
  });

  /** A flow asks for the cookie of its own kind of principal, and never for another's. */
  const ownerOf = async (request: Request, flow: Flow): Promise<FlowOwner> =>
    (await otherOwnerOf(request, flow)) ?? { asking: principalOf(request), place: userPlace };

  /** The one GET that acts, since Scalekit sends the browser here. */
  router.get(routes.userVerify, async (request, response) => {
    const error = queryParam(request, 'error');
    if (error !== null) logConsentError(request, error);
    const returned = {
      state: queryParam(request, 'state'),
      authRequestId: queryParam(request, 'auth_request_id'),
      error,
      repeatUrl: request.originalUrl,
    };
    const { flow, place } = await verification.handleReturn(
      (found) => ownerOf(request, found),
      returned,
      requestInfo(request),
    );
    response.redirect(303, place.status(flow.connectionName, flow.id));
  });

  /** The provider's own words are for the log and never for a page: anybody can put words into an address. */
  function logConsentError(request: Request, error: string): void {
    const description = toldByOthers(String(request.query.error_description ?? ''), 300);
    logger.info(
      { reference: request.id, error: toldByOthers(error, 100), description },
      'consent came back with an error',
    );
  }

  return router;
}
