import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import express, { type RequestHandler, Router } from 'express';
import { routes } from '../../paths.js';
import type { Metrics } from './metrics.js';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** A guard that requires one of the bearer tokens (RFC 6750), when there are any. */
function requireToken(tokens: readonly string[]): RequestHandler {
  const expected = tokens.map((token) => digest(`Bearer ${token}`));
  return (request, response, next) => {
    const given = digest(request.headers.authorization ?? '');
    if (tokens.length === 0 || expected.some((one) => timingSafeEqual(one, given))) return next();
    response.status(401).setHeader('WWW-Authenticate', 'Bearer');
    response.type('text/plain').send('A token is needed.\n');
  };
}

/** Where Prometheus reads the metrics. */
export function metricsRoutes(metrics: Metrics, tokens: readonly string[]): Router {
  const router = Router();
  router.get(routes.metrics, requireToken(tokens), async (_request, response) => {
    const { contentType, body } = await metrics.render();
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', contentType);
    response.end(body);
  });
  return router;
}

/** A server for the metrics alone, which users can't reach. It does not listen yet. */
export function createMetricsServer(metrics: Metrics, tokens: readonly string[]): Server {
  const app = express();
  app.disable('x-powered-by');
  app.set('env', 'production');
  app.use(metricsRoutes(metrics, tokens));
  return createServer(app);
}
