import express, { type Request, type Response, type Router } from 'express';
import { faultStatuses, type ProxyAnswer } from '../control/faults.js';
import type { Environment } from '../environment.js';
import type { Account } from '../model.js';
import { leave, pause } from '../pause.js';
import type { TokenIssuer } from '../rpc/tokens.js';
import { type Person, personAt, providerAccountOf } from './person.js';
import { answerOf } from './whoAmI.js';

const hugeBytes = 2 * 1024 * 1024;

/** Markup, marks that turn the direction of writing round, and characters that end lines or do nothing. */
const hostileName =
  '<b onmouseover=alert(1)>Ada</b> \u202Emoc.live\u2066@\u200Bevil\u0007\r\nBcc: all <script>';

/**
 * `/proxy/<path>`: a call to a provider's API with a user's credentials, as `actions.request` makes it. The headers
 * `connection_name` and `identifier` say whose. Behind it is no provider, but what each says of its user.
 */
export function proxy(environment: Environment, tokens: TokenIssuer, closing: AbortSignal): Router {
  const router = express.Router();
  router.use(express.text({ type: () => true, limit: '1mb' }), async (request, response) => {
    if (!isAuthorized(request, tokens)) {
      environment.calls.refused();
      refuse(response, 401, 'the access token is missing, malformed or no longer valid');
      return;
    }
    const done = environment.calls.arrived('proxy', request.get('identifier') ?? '');
    response.once('close', done);
    const strike = environment.faults.take('proxy');
    await pause(strike.latencyMs, closing);
    if (strike.error) {
      refuse(response, faultStatuses[strike.error], `simulated: ${strike.error}`);
      return;
    }
    const account = accountOf(environment, request, response);
    if (!account) return;
    account.lastUsedAt = Date.now();
    environment.calls.carriedOut('proxy');
    if (strike.lostAnswer) await leave(closing);
    send(response, environment, request, account, strike.answer);
  });
  return router;
}

function isAuthorized(request: Request, tokens: TokenIssuer): boolean {
  const [, token] = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '') ?? [];
  return token !== undefined && tokens.isValid(token);
}

/** Scalekit's own refusals, before any provider is asked. */
const refuse = (response: Response, status: number, message: string) =>
  void response.status(status).json({ message });

/** The active account that the headers name. Otherwise refuses and returns undefined. */
function accountOf(environment: Environment, request: Request, response: Response): Account | undefined {
  const connectionName = request.get('connection_name') ?? '';
  const identifier = request.get('identifier') ?? '';
  if (connectionName === '' || identifier === '') {
    refuse(response, 400, 'the headers connection_name and identifier are required');
    return undefined;
  }
  const account = environment.accounts.find(connectionName, identifier);
  if (account?.status === 'ACTIVE') return account;
  if (account) refuse(response, 400, `connected account is not active: ${account.status}`);
  else refuse(response, 404, 'connected account not found');
  return undefined;
}

function send(
  response: Response,
  environment: Environment,
  request: Request,
  account: Account,
  fault: ProxyAnswer | undefined,
): void {
  const provider = environment.connections.get(account.connectionName)?.provider ?? '';
  const person = personAt(provider, providerAccountOf(account));
  const { status, body } = answerTo(request, provider, fault === 'hostile_name' ? hostile(person) : person);
  switch (fault) {
    case 'refused':
      response.status(403).json({ error: { code: 403, message: 'Request had insufficient scopes.' } });
      return;
    case 'html':
      response.status(200).type('html').send('<!doctype html><title>Maintenance</title><h1>Back soon</h1>');
      return;
    case 'malformed':
      response.status(status).type('json').send(JSON.stringify(body).slice(0, -2));
      return;
    case 'redirect':
      response.redirect(302, '/sandbox');
      return;
    case 'huge':
      response.status(status).json({ padding: 'x'.repeat(hugeBytes), ...(body as object) });
      return;
    case 'hostile_name':
    case undefined:
      response.status(status).json(body);
  }
}

const hostile = (person: Person): Person => ({
  ...person,
  account: hostileName,
  name: hostileName,
  givenName: hostileName,
  handle: hostileName,
});

function answerTo(request: Request, provider: string, person: Person) {
  // By itself, a path that begins with two slashes would name a host.
  const { pathname, searchParams } = new URL(`http://provider${request.url}`);
  return answerOf(provider, person, {
    method: request.method,
    path: pathname,
    query: searchParams,
    body: typeof request.body === 'string' ? request.body : '',
  });
}
