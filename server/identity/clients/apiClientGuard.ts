import { type Request, type RequestHandler, Router } from 'express';
import { addressKeyOf } from '../../http/security/clientAddress.js';
import {
  type FailureLimit,
  failuresPerMinute,
  perMinute,
  type RateLimit,
} from '../../http/security/rateLimits.js';
import { type ApiClient, clientKeyOf, type Scope } from './apiClient.js';
import type { ApiClients } from './apiClients.js';
import { apiKeyInvalid, apiKeyRequired, scopeRequired } from './apiErrors.js';

export interface ApiClientGuardDeps {
  readonly apiClients: Pick<ApiClients, 'verify'>;
  readonly pool: RateLimit['pool'];
  readonly requestsPerMinute: number;
  readonly failuresPerMinute: number;
}

/** The client of each request. A WeakMap, so that only the guard can set it. */
const clients = new WeakMap<Request, ApiClient>();

/** The client behind `requireClient`. @throws DomainError on a route without that guard */
export function currentClient(request: Request): ApiClient {
  const client = clients.get(request);
  if (client === undefined) throw apiKeyRequired();
  return client;
}

/** The key of a request (RFC 6750, 2.1): in that header alone, since addresses get into logs. */
function bearerOf(request: Request): string | null {
  return /^Bearer +(\S.*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function authenticate(apiClients: ApiClientGuardDeps['apiClients'], failures: FailureLimit): RequestHandler {
  return async (request, _response, next) => {
    const key = bearerOf(request);
    const client = key === null ? null : await apiClients.verify(key);
    if (client === null) {
      await failures.note(addressKeyOf(request));
      throw key === null ? apiKeyRequired() : apiKeyInvalid();
    }
    clients.set(request, client);
    next();
  };
}

const requireScope =
  (scope: Scope): RequestHandler =>
  (request, _response, next) => {
    if (!currentClient(request).scopes.includes(scope)) throw scopeRequired(scope);
    next();
  };

/**
 * The guard of the API. Requests without a good key are bounded for each address, in this process, and the others
 * for each client, on all instances together. The key is looked at first, since others may share the address of a
 * client; a wrong one costs no read of its own.
 */
export function createApiClientGuard(deps: ApiClientGuardDeps) {
  const authenticated = authenticate(deps.apiClients, failuresPerMinute(deps.failuresPerMinute));
  const limited = perMinute({
    name: 'api',
    points: deps.requestsPerMinute,
    pool: deps.pool,
    keyOf: (request) => clientKeyOf(currentClient(request)),
    told: true,
  });
  return {
    /** Lets API clients through that have a scope, or any client with null, as often as they may ask. */
    requireClient(scope: Scope | null): RequestHandler {
      const guards = [authenticated, limited, ...(scope === null ? [] : [requireScope(scope)])];
      return Router().use(guards);
    },
  };
}

export type ApiClientGuard = ReturnType<typeof createApiClientGuard>;
