import { type ErrorRequestHandler, type Request, Router } from 'express';
import { errorOfCode, notFound } from '../../http/commonErrors.js';
import { logFault, toDomainError } from '../../http/errorHandler.js';
import type { Logger } from '../../http/logging.js';
import { queryParam } from '../../http/params.js';
import { requestInfo } from '../../http/requestInfo.js';
import { principalOf } from '../../identity/principal.js';
import { toldByOthers } from '../../kernel/maskedText.js';
import { createSealing } from '../../kernel/sealed.js';
import { paths, routes } from '../../paths.js';
import type { CatalogueReader } from '../list/catalogue.js';
import { isFailureCode } from './failureCodes.js';
import { failure, toldAt } from './failures.js';
import type { Flow } from './flow.js';
import { userPlace } from './flowPlace.js';
import type { FlowStore } from './flowStore.js';
import { readProviderError } from './providerErrors.js';
import type { FlowOwner, Verification } from './verification.js';

export interface VerifyRoutesDeps {
  readonly verification: Verification;
  readonly flows: Pick<FlowStore, 'find'>;
  readonly catalogue: CatalogueReader;
  readonly logger: Logger;
  readonly sessionSecrets: readonly string[];
  /** The principals of another kind than users that the request's cookies speak for. */
  otherOwnersIn(request: Request): Promise<readonly FlowOwner[]>;
  /** Who asks for a flow that belongs to a principal of another kind than users, or null when it does not. */
  otherOwnerOf(request: Request, flow: Flow): Promise<FlowOwner | null>;
}

/** What the provider says when nobody consented (RFC 6749, 4.1.2.1), or null. */
function toldIn(request: Request): { readonly error: string; readonly description: string } | null {
  const error = queryParam(request, 'error');
  const { error_description: description } = request.query;
  return !error ? null : { error, description: typeof description === 'string' ? description : '' };
}

/** Why a return from consent came to nothing here, as the address of its page has it. */
interface Problem {
  readonly code: string;
  /** The flow that it came back for, where it is one of ours. */
  readonly flowId: string | null;
  /** The reference id of the return. */
  readonly reference: string;
}

/**
 * Where the browser comes back to after consent, whoever's flow it is. Every answer leads on to a clean address, faults
 * and refusals too: the one that came holds an auth request, and what stays in an address bar can be copied from there.
 */
export function verifyRoutes(deps: VerifyRoutesDeps): {
  readonly router: Router;
  /** To be mounted at the same address, behind everything that may fail before the route, such as reading the session. */
  readonly leadOn: ErrorRequestHandler;
} {
  const { verification, flows, catalogue, logger } = deps;
  const sealing = createSealing(deps.sessionSecrets, 'returns from consent');
  const router = Router();

  const problemAt = (problem: Problem) => paths.returned(sealing.seal(JSON.stringify(problem)));

  // Express answers HEAD by the handler of GET, which acts here; scanners of links send it.
  router.head(routes.userVerify, (_request, response) => {
    response.setHeader('Allow', 'GET');
    response.status(405).end();
  });

  /** A flow asks for the cookie of its own kind of principal, and never for another's. */
  const ownerOf = async (request: Request, flow: Flow): Promise<FlowOwner> =>
    (await deps.otherOwnerOf(request, flow)) ?? { asking: principalOf(request), place: userPlace };

  /** Everybody whom the request's cookies speak for. */
  const ownersIn = async (request: Request): Promise<FlowOwner[]> => [
    { asking: principalOf(request), place: userPlace },
    ...(await deps.otherOwnersIn(request)),
  ];

  /** The one GET that acts, since Scalekit sends the browser here. */
  router.get(routes.userVerify, async (request, response) => {
    const told = toldIn(request);
    const error = told === null ? null : readProviderError(told.error, told.description);
    if (told !== null) {
      // The provider's own words are for the log and never for a page: anybody can put words into an address.
      logger.info(
        {
          reference: request.id,
          error: toldByOthers(told.error, 100),
          description: toldByOthers(told.description, 300),
          code: error?.failure,
        },
        'consent came back with an error',
      );
    }
    const returned = {
      // Some providers send an empty parameter for one that they don't have.
      state: queryParam(request, 'state') || null,
      authRequestId: queryParam(request, 'auth_request_id'),
      error,
    };
    const info = requestInfo(request);
    const { flow, place, refusal } = await verification.handleReturn(
      (found) => ownerOf(request, found),
      () => ownersIn(request),
      returned,
      info,
    );
    if (refusal === null) return response.redirect(303, place.status(flow.connectionName, flow.id));
    const { reference } = info;
    logger.warn({ reference, code: refusal }, 'a return from consent connected nothing');
    response.redirect(303, problemAt({ code: refusal, flowId: flow.id, reference }));
  });

  const leadOn: ErrorRequestHandler = (thrown, request, response, next) => {
    if (response.headersSent || request.method !== 'GET') return next(thrown);
    const error = toDomainError(thrown, request);
    logFault(logger, error, request);
    response.redirect(303, problemAt({ code: error.code, flowId: null, reference: String(request.id) }));
  };
  /** Says why nothing was connected. It shows only what we sealed, to whoever was sent there. */
  router.get(routes.returned, async (request) => {
    const opened = sealing.open(queryParam(request, 'problem') ?? '');
    if (opened === null) throw notFound();
    const { code, flowId, reference } = JSON.parse(opened) as Problem;
    // What a reader quotes leads to the return itself.
    request.id = reference;
    if (!isFailureCode(code)) throw errorOfCode(code);
    const flow = flowId === null ? null : await flows.find(flowId);
    if (flow === null) throw failure(code, null);
    const { connectionName } = flow;
    const { title } = await catalogue.entry(connectionName);
    throw toldAt(failure(code, { connectionName, title }), (await ownerOf(request, flow)).place);
  });

  return { router, leadOn };
}
