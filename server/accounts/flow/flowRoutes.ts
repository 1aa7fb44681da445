import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { anything, readForm } from '../../http/form.js';
import type { Logger } from '../../http/logging.js';
import { pathParam, queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { lookedAtSessions, type SessionOptions } from '../../http/security/session.js';
import { currentPrincipal, requireUser } from '../../identity/guards.js';
import type { Principal } from '../../identity/principal.js';
import { localPath } from '../../kernel/localPath.js';
import { routes } from '../../paths.js';
import type { Tombstones } from '../../store/tombstoneStore.js';
import type { CatalogueReader } from '../list/catalogue.js';
import { paced } from '../live/livePace.js';
import type { ConnectFlow, LinkedFlow } from './connectFlow.js';
import type { Flow } from './flow.js';
import { type FlowPlace, userPlace } from './flowPlace.js';
import type { FlowProgressReader } from './flowProgress.js';
import type { FlowPolls } from './flowStore.js';
import { continueUrlOf, entityTagOf, statusAnswer, statusPage } from './statusPage.js';
import type { Verification } from './verification.js';

export interface FlowRoutesDeps {
  readonly catalogue: CatalogueReader;
  readonly connectFlow: ConnectFlow;
  readonly progress: FlowProgressReader;
  readonly verification: Verification;
  /** Whether Scalekit is known to tell us of changes just now. */
  webhooksArrive(): boolean;
  readonly logger: Logger;
  readonly brand: { readonly name: string };
}

/** How one kind of principal goes through flows. */
export interface FlowMount {
  /** The patterns of its addresses, each with the `name` of a connection. */
  readonly routes: Readonly<
    Record<'startConnect' | 'openLink' | 'cancelFlow' | 'finishFlow' | 'status' | 'statusJson', string>
  >;
  /** The guards of routes that only read. */
  readonly looking: readonly RequestHandler[];
  /** The guards of routes that change something. */
  readonly acting: readonly RequestHandler[];
  /** The guard that limits how many flows one principal starts. */
  readonly limitStarts: RequestHandler;
  /** The principal that the guards let through. */
  principalOf(request: Request): Principal;
  placeOf(request: Request): FlowPlace;
  /** Where the user wants to go after a flow: a local path, or null. */
  returnToOf(request: Request): string | null;
  /**
   * Whether the principal of a request has not ended or been erased since: asked after a flow has begun, so that
   * either what ends the principal finds the flow, or the flow finds that.
   * @param since when the request came, in epoch milliseconds
   */
  mayGoOn(request: Request, since: number): Promise<boolean>;
}

const startForm = z.object({ return_to: anything });

/** How signed-in users go through flows. */
export const userFlows = (
  limitStarts: RequestHandler,
  tombstones: Pick<Tombstones, 'covers'>,
): FlowMount => ({
  routes,
  looking: [requireUser],
  acting: [requireUser],
  limitStarts,
  principalOf: currentPrincipal,
  placeOf: () => userPlace,
  returnToOf(request) {
    return localPath(readForm(startForm, request).return_to ?? request.query.return_to);
  },
  async mayGoOn(request, since) {
    const { identifier } = currentPrincipal(request);
    return !(await tombstones.covers({ identifier, asOf: since }));
  },
});

/** The routes of the connect flow that a principal's own pages lead to: start, link, cancel, status. */
export function flowRoutes(deps: FlowRoutesDeps, mount: FlowMount): Router {
  const { catalogue, connectFlow, progress, verification, logger } = deps;
  const { name: productName } = deps.brand;
  const { looking, acting, limitStarts, principalOf, placeOf } = mount;
  const router = Router();

  /** The one redirect to an address that came from outside: the gateway let only Scalekit's link through. */
  function leadOn(request: Request, response: Response, { flow, link }: LinkedFlow): void {
    const left = () =>
      connectFlow.left(flow).catch((error: unknown) => {
        logger.warn({ err: error }, 'it could not be noted that a browser left for the provider');
      });
    if (link !== null) response.once('finish', left);
    response.redirect(303, link ?? placeOf(request).status(flow.connectionName, flow.id));
  }

  router.post(mount.routes.startConnect, ...acting, limitStarts, async (request, response) => {
    const name = pathParam(request, 'name');
    const returnTo = mount.returnToOf(request);
    const since = Date.now();
    const mayGoOn = () => mount.mayGoOn(request, since);
    const [principal, info] = [principalOf(request), requestInfo(request)];
    const started = await connectFlow.start(principal, name, returnTo, info, mayGoOn);
    leadOn(request, response, started);
  });

  router.post(mount.routes.openLink, ...acting, limitStarts, async (request, response) => {
    const name = pathParam(request, 'name');
    const [principal, info] = [principalOf(request), requestInfo(request)];
    const linked = await connectFlow.openLink(principal, name, pathParam(request, 'flow'), info);
    leadOn(request, response, linked);
  });

  router.post(mount.routes.cancelFlow, ...acting, async (request, response) => {
    const name = pathParam(request, 'name');
    const flowId = pathParam(request, 'flow');
    const flow = await connectFlow.cancel(principalOf(request), name, flowId, requestInfo(request));
    response.redirect(303, continueUrlOf(flow, placeOf(request)));
  });

  router.post(mount.routes.finishFlow, ...acting, limitStarts, async (request, response) => {
    const [name, principal] = [pathParam(request, 'name'), principalOf(request)];
    const flow = await connectFlow.flowOf(principal, name, pathParam(request, 'flow'));
    await verification.finish(principal, flow, requestInfo(request));
    response.redirect(303, placeOf(request).status(name, flow.id));
  });

  router.get(mount.routes.status, ...looking, async (request, response) => {
    const name = pathParam(request, 'name');
    const flow = await connectFlow.flowOf(principalOf(request), name, queryParam(request, 'flow'));
    const current = await progress.view(flow, requestInfo(request));
    const entry = await catalogue.entry(current.flow.connectionName);
    response.render('pages/status', statusPage(request.t, current, entry, placeOf(request), productName));
  });

  return router;
}

export type PollDeps = Pick<FlowRoutesDeps, 'catalogue' | 'connectFlow' | 'progress' | 'webhooksArrive'>;

/** How one kind of principal polls. */
export interface PollMount extends Pick<FlowMount, 'looking' | 'principalOf' | 'placeOf'> {
  readonly routes: Pick<FlowMount['routes'], 'statusJson'>;
  /** The flow of an id where the guards have read it, whoever's it is; left out where they read none. */
  readFlow?(request: Request): Flow | null;
}

/** What the page of a flow asks for every second or so. */
export function pollRoutes(
  { catalogue, connectFlow, progress, webhooksArrive }: PollDeps,
  { routes: { statusJson }, looking, principalOf, placeOf, readFlow }: PollMount,
): Router {
  function flowOf(request: Request): Promise<Flow> {
    const [principal, name] = [principalOf(request), pathParam(request, 'name')];
    const id = queryParam(request, 'flow');
    if (id === null || readFlow === undefined) return connectFlow.flowOf(principal, name, id);
    return connectFlow.ownOf([readFlow(request)], principal, name);
  }

  return Router().get(statusJson, ...looking, async (request, response) => {
    const current = await progress.view(await flowOf(request), requestInfo(request));
    const entry = await catalogue.entry(current.flow.connectionName);
    const listens = queryParam(request, 'live') === '1';
    const said = statusAnswer(request.t, current, entry, placeOf(request));
    const answer = paced(said, current.flow, listens, webhooksArrive());
    response.setHeader('Cache-Control', 'private, no-cache');
    response.setHeader('ETag', entityTagOf(answer, current.answer?.fresh ?? true));
    response.json(answer);
  });
}

/**
 * How signed-in users poll. It stands before what pages need and an answer in JSON does not; the flow is found by the query that reads the
 * session.
 */
export function userPolls(
  sessions: Omit<SessionOptions, 'answerFault'>,
  find: FlowPolls,
  before: readonly RequestHandler[],
  speak: RequestHandler,
): PollMount {
  const found = new WeakMap<Request, Flow | null>();
  const read = lookedAtSessions(sessions, async (request, sid) => {
    const { session, flow } = await find(sid, queryParam(request, 'flow') ?? '');
    found.set(request, flow);
    return session;
  });
  return {
    routes,
    looking: [...before, read, speak, requireUser],
    principalOf: currentPrincipal,
    placeOf: () => userPlace,
    readFlow: (request) => found.get(request) ?? null,
  };
}
