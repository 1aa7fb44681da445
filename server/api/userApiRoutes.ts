import { type Request, Router } from 'express';
import { pathParam, queryParam } from '../http/params.js';
import { requestInfo } from '../http/requestInfo.js';
import { perMinute, type RateLimit } from '../http/security/rateLimits.js';
import { clientKeyOf } from '../identity/clients/apiClient.js';
import { type ApiClientGuard, currentClient } from '../identity/clients/apiClientGuard.js';
import { isoTime } from '../kernel/times.js';
import { apiRoutes as routes } from '../paths.js';
import type { Privacy } from '../privacy/privacy.js';
import {
  givenAddressOf,
  idempotencyKeyOf,
  identifierOf,
  jsonBodyIfAny,
  type RefuseRetired,
  refuseOtherParameters,
} from './apiRequests.js';
import type { ErasureAnswer, InvitationAnswer, StatusAnswer } from './userApiSchemas.js';
import type { InviteUser } from './userInvitations.js';
import type { ReadUserStatus, UserStatus } from './userStatus.js';

export interface UserApiDeps {
  readonly status: ReadUserStatus;
  readonly invite: InviteUser;
  readonly eraseUser: Privacy['eraseUser'];
  readonly pool: RateLimit['pool'];
  readonly refuseRetired: RefuseRetired;
}

/** How many mails a client may ask for in a minute. */
const invitationsPerMinute = 60;

/** Room for twenty long names. */
const namesMaxLength = 8192;

function namesOf(request: Request): string[] | null {
  refuseOtherParameters(request, ['connections']);
  const names = queryParam(request, 'connections', namesMaxLength);
  return names?.split(',').map((name) => name.trim()) ?? null;
}

const statusAnswer = (identifier: string, status: UserStatus): StatusAnswer => ({
  identifier,
  ready: status.ready,
  as_of: isoTime(status.asOf),
  stale: status.staleReason !== null,
  stale_reason: status.staleReason,
  connections: status.connections.map(({ name, state, notReadyReason, since, connectedAs, connectUrl }) => ({
    name,
    state,
    not_ready_reason: notReadyReason,
    since: since === null ? null : isoTime(since),
    connected_as: connectedAs,
    connect_url: connectUrl,
  })),
});

/** What other apps ask about their users, and have done for them. */
export function userApiRoutes(deps: UserApiDeps, guard: ApiClientGuard): Router {
  const router = Router();
  /** Asked again and again, the answer is the same until the user is read again. */
  const written = new WeakMap<UserStatus, string>();
  const requireReader = guard.requireClient('status:read');
  const requireWriter = guard.requireClient('users:write');
  const limitInvitations = perMinute({
    name: 'api_invitations',
    points: invitationsPerMinute,
    pool: deps.pool,
    keyOf: (request) => clientKeyOf(currentClient(request)),
  });

  router.get(routes.userConnections, requireReader, async (request, response) => {
    const identifier = identifierOf(request);
    await deps.refuseRetired(identifier);
    const status = await deps.status(identifier, namesOf(request));
    const body = written.get(status) ?? JSON.stringify(statusAnswer(identifier, status));
    written.set(status, body);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(body);
  });

  router.post(
    routes.userInvitations,
    requireWriter,
    limitInvitations,
    jsonBodyIfAny,
    async (request, response) => {
      const asked = {
        identifier: identifierOf(request),
        connectionName: pathParam(request, 'name'),
        address: givenAddressOf(request),
      };
      await deps.refuseRetired(asked.identifier);
      const key = idempotencyKeyOf(request);
      const outcome = await deps.invite(currentClient(request), asked, key, requestInfo(request));
      const answer: InvitationAnswer = { outcome, detail: request.t(`api.users.outcomes.${outcome}`) };
      response.status(outcome === 'queued' ? 202 : 200).json(answer);
    },
  );

  router.delete(routes.user, requireWriter, async (request, response) => {
    const actor = clientKeyOf(currentClient(request));
    const done = await deps.eraseUser(identifierOf(request), actor, requestInfo(request));
    const answer: ErasureAnswer = {
      disconnected: [...done.disconnected],
      flows_cancelled: done.flowsCancelled,
      sessions_ended: done.sessionsEnded,
      erased: { ...done.erased },
    };
    response.json(answer);
  });

  return router;
}
