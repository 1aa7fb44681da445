import type { Request, RequestHandler } from 'express';
import { onboardingRoutes, routes } from '../../paths.js';
import type { Metrics } from './metrics.js';

/** The status that proxies log when the client left before the answer (nginx's 499). */
const clientGone = 499;

const streams: readonly string[] = [routes.events, onboardingRoutes.events];

/** The pattern of the route that a request matched: as many values as there are routes. */
function routeOf({ route }: Request): string {
  const path: unknown = route?.path;
  return typeof path === 'string' ? path : 'none';
}

/** Measures each request until its answer is sent. Streams are not timed: how long one was open says nothing. */
export function measureRequests(metrics: Pick<Metrics, 'request'>): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    response.once('close', () => {
      const route = routeOf(request);
      if (streams.includes(route) && response.statusCode === 200) return;
      const status = response.writableFinished ? response.statusCode : clientGone;
      metrics.request(route, request.method, status, (performance.now() - began) / 1000);
    });
    next();
  };
}
