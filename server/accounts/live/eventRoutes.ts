import { type Request, type RequestHandler, type Response, Router } from 'express';
import { answerJson } from '../../http/wantsJson.js';
import { currentPrincipal, requireUser } from '../../identity/guards.js';
import { routes } from '../../paths.js';
import type { LiveEvents, LiveListener } from './liveEvents.js';

export interface EventRoutesDeps {
  readonly liveEvents: LiveEvents;
  /** Reads the session of a request, and nothing that a stream would have to hold. */
  readonly readSession: RequestHandler;
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
 * Drops what a request came with and what its way here left on it, which would be kept for as long as the stream is open. The session above
 * all: a stream that ends late must not prolong it, nor bring one back that ran out.
 */
function letGo(request: Request, response: Response): void {
  const left = [
    'session',
    'sessionID',
    'sessionStore',
    'next',
    't',
    'canonical',
    '_parsedUrl',
    '_parsedOriginalUrl',
  ];
  for (const name of left) if (name in request) Object.assign(request, { [name]: undefined });
  Object.assign(request, { headers: {}, rawHeaders: [], params: {} });
  response.locals = {};
}

/**
 * Opens a stream for whoever listens, behind the guards of their kind of principal. 204 makes an EventSource stop
 * (HTML Standard, 9.2.3); 503 makes a proxy ask another instance.
 */
export function streamEvents(
  { hasRoomFor, isClosed, open }: Pick<LiveEvents, 'hasRoomFor' | 'isClosed' | 'open'>,
  listenerOf: (request: Request) => Omit<LiveListener, 'resumes'>,
): RequestHandler {
  return (request, response) => {
    if (request.method === 'HEAD') return void response.set(headers).end();
    const resumes = request.get('Last-Event-ID') !== undefined;
    const listener = { ...listenerOf(request), resumes };
    letGo(request, response);
    if (isClosed()) return void response.status(503).end();
    if (!hasRoomFor(listener)) return void response.status(204).end();
    if (response.destroyed) return;
    // On their own, since Node keeps them as they are sent, and keeps every piece of what is sent in one.
    response.set(headers).flushHeaders();
    response.on('close', open(listener, response));
  };
}

/**
 * Tells a signed-in user's open pages to read again. Who is signed out gets 401 and no redirect, which an
 * EventSource would follow.
 */
export function eventRoutes({ liveEvents, readSession }: EventRoutesDeps): Router {
  const router = Router();
  const listenerOf = (request: Request) => ({
    sessionId: request.sessionID,
    identifier: currentPrincipal(request).identifier,
  });
  router.get(routes.events, answerJson, readSession, requireUser, streamEvents(liveEvents, listenerOf));
  return router;
}
