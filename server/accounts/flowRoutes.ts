import { type Request, type RequestHandler, Router } from 'express';
import { currentPrincipal, requireUser } from '../identity/guards.js';
import { principalOf } from '../identity/principal.js';
import { paths, routes } from '../paths.js';
import { localPath } from '../web/localPath.js';
import type { Logger } from '../web/logging.js';
import { pathParam, queryParam } from '../web/params.js';
import { requestInfo } from '../web/requestInfo.js';
import type { CatalogueReader } from './catalogue.js';
import type { ConnectFlow } from './connectFlow.js';
import type { FlowProgressReader } from './flowProgress.js';
import { paced } from './livePace.js';
import { entityTagOf, statusAnswer, statusPage } from './statusPage.js';
import type { Verification } from './verification.js';

export interface FlowRoutesDeps {
  readonly catalogue: CatalogueReader;
  readonly connectFlow: ConnectFlow;
  readonly verification: Verification;
  readonly progress: FlowProgressReader;
  /** Whether Scalekit is known to tell us of changes just now. */
  webhooksArrive(): boolean;
  /** The guard that keeps one principal from starting flows without end. */
  readonly limitStarts: RequestHandler;
  readonly logger: Logger;
}

interface StartForm {
  readonly return_to?: unknown;
}

/** The routes of the connect flow: start, return, status, cancel. */
export function flowRoutes(deps: FlowRoutesDeps): Router {
  const { catalogue, connectFlow, verification, progress, webhooksArrive, limitStarts, logger } = deps;
  const router = Router();

  router.post(routes.startConnect, requireUser, limitStarts, async (request, response) => {
    const form = (request.body ?? {}) as StartForm;
    const returnTo = localPath(form.return_to ?? request.query.return_to);
    const name = pathParam(request, 'name');
    const url = await connectFlow.start(currentPrincipal(request), name, returnTo, requestInfo(request));
    // The one redirect to an address that came from outside: the gateway let only Scalekit's link through.
    response.redirect(303, url);
  });

  router.post(routes.openLink, requireUser, limitStarts, async (request, response) => {
    const principal = currentPrincipal(request);
    const name = pathParam(request, 'name');
    response.redirect(303, await connectFlow.openLink(principal, name, pathParam(request, 'flow')));
  });

  router.post(routes.cancelFlow, requireUser, async (request, response) => {
    const principal = currentPrincipal(request);
    const name = pathParam(request, 'name');
    const flowId = pathParam(request, 'flow');
    const flow = await connectFlow.cancel(principal, name, flowId, requestInfo(request));
    response.redirect(303, flow.returnTo ?? paths.listAfter(flow.id));
  });

  // Express answers HEAD by the handler of GET, which acts here; scanners of links send it.
  router.head(routes.userVerify, (_request, response) => {
    response.setHeader('Allow', 'GET');
    response.status(405).end();
  });

  /** The one GET that acts, since Scalekit sends the browser here. */
  router.get(routes.userVerify, async (request, response) => {
    const error = queryParam(request, 'error');
    if (error !== null) logConsentError(request, error);
    const flow = await verification.handleReturn(
      principalOf(request),
      {
        state: queryParam(request, 'state'),
        authRequestId: queryParam(request, 'auth_request_id'),
        error,
        repeatUrl: request.originalUrl,
      },
      requestInfo(request),
    );
    response.redirect(303, paths.status(flow.connectionName, flow.id));
  });

  /** The provider's own words are for the log and never for a page: anybody can put words into an address. */
  function logConsentError(request: Request, error: string): void {
    const description = String(request.query.error_description ?? '').slice(0, 300);
    logger.info(
      { reference: request.id, error: error.slice(0, 100), description },
      'consent came back with an error',
    );
  }

  async function readProgress(request: Request) {
    const name = pathParam(request, 'name');
    const flow = await connectFlow.flowOf(currentPrincipal(request), name, queryParam(request, 'flow'));
    return progress.read(flow, requestInfo(request));
  }

  router.get(routes.status, requireUser, async (request, response) => {
    const current = await readProgress(request);
    const entry = await catalogue.entry(current.flow.connectionName);
    response.render('pages/status', statusPage(current, entry));
  });

  router.get(routes.statusJson, requireUser, async (request, response) => {
    const current = await readProgress(request);
    const entry = await catalogue.entry(current.flow.connectionName);
    const listens = queryParam(request, 'live') === '1';
    const answer = paced(statusAnswer(current, entry.title), current.flow, listens, webhooksArrive());
    response.setHeader('Cache-Control', 'private, no-cache');
    response.setHeader('ETag', entityTagOf(answer, current.answer?.fresh ?? true));
    response.json(answer);
  });

  return router;
}
