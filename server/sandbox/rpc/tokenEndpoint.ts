import express, { type Router } from 'express';
import { faultStatuses } from '../control/faults.js';
import type { Environment } from '../environment.js';
import { leave, pause } from '../pause.js';
import type { TokenIssuer } from './tokens.js';

/** `/oauth/token` for the operator's client credentials, and `/keys`. */
export function tokenEndpoint(
  tokens: TokenIssuer,
  environment: Environment,
  origin: () => string,
  closing: AbortSignal,
): Router {
  const router = express.Router();
  router.get('/keys', (_request, response) => {
    response.json(tokens.keySet());
  });
  router.post(
    '/oauth/token',
    express.urlencoded({ extended: false, limit: '10kb' }),
    async (request, response) => {
      const done = environment.calls.arrived('token', '');
      response.once('close', done);
      const strike = environment.faults.take('token');
      await pause(strike.latencyMs, closing);
      if (strike.error) {
        response.status(faultStatuses[strike.error]).json({ error: `simulated_${strike.error}` });
        return;
      }
      const answer = tokenAnswer(tokens, origin(), request.body);
      environment.calls.carriedOut('token');
      if (strike.lostAnswer) await leave(closing);
      response.set('cache-control', 'no-store').status(answer.status).json(answer.body);
    },
  );
  return router;
}

function tokenAnswer(tokens: TokenIssuer, issuer: string, form: Readonly<Record<string, unknown>> = {}) {
  const { grant_type: grantType, client_id: clientId, client_secret: clientSecret } = form;
  if (grantType !== 'client_credentials') return { status: 400, body: { error: 'unsupported_grant_type' } };
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string') {
    return { status: 400, body: { error: 'invalid_request' } };
  }
  if (!tokens.accepts(clientId, clientSecret)) return { status: 401, body: { error: 'invalid_client' } };
  return { status: 200, body: tokens.issue(issuer) };
}
