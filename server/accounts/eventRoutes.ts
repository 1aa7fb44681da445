import { Router } from 'express';
import { currentPrincipal, requireUser } from '../identity/guards.js';
import { routes } from '../paths.js';
import { answerJson } from '../web/wantsJson.js';
import type { LiveEvents } from './liveEvents.js';

export interface EventRoutesDeps {
  readonly liveEvents: LiveEvents;
}

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // nginx would keep events back to fill its buffers.
  'X-Accel-Buffering': 'no',
  // A stop waits for connections; this one has no other use.
  Connection: 'close',
};

/**
 * Tells a signed-in user's open pages to read again. Who is signed out gets 401 and no redirect, which an
 * EventSource would follow; 204 makes it stop (HTML Standard, 9.2.3).
 */
export function eventRoutes({ liveEvents }: EventRoutesDeps): Router {
  const router = Router();
  router.get(routes.events, answerJson, requireUser, (request, response) => {
    if (request.method === 'HEAD') return void response.set(headers).end();
    const { identifier } = currentPrincipal(request);
    const { sessionID: sessionId } = request;
    const resumes = request.get('Last-Event-ID') !== undefined;
    // Let go of: a stream that ends late must not prolong its session, nor bring one back that ran out.
    Object.assign(request, { session: undefined });
    response.locals = {};
    const listener = { sessionId, identifier, resumes };
    if (!liveEvents.hasRoomFor(listener)) return void response.status(204).end();
    if (response.destroyed) return;
    // On their own, since Node keeps them as they are sent, and keeps every piece of what is sent in one.
    response.set(headers).flushHeaders();
    response.on('close', liveEvents.open(listener, response));
  });
  return router;
}
