import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { parsedUrl } from '../kernel/parsedUrl.js';
import { badRequest } from './commonErrors.js';

/** What follows the authority of an absolute http URL. */
const afterAuthority = /^https?:\/\/[^/?#]+(.*)$/is;

/** The path and the query that a request asks for (RFC 9112, 3.2), or null when its target has none. */
function pathIn(target: string): string | null {
  if (target.startsWith('/')) return target;
  const rest = parsedUrl(target) === null ? undefined : afterAuthority.exec(target)?.[1];
  if (rest === undefined) return null;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Turns every request target into a path before Express reads it, since routers and sessions know only paths. A server
 * has to accept the absolute form too, which clients use with proxies; the host in it decides nothing here. A fragment is no
 * part of a target: it is cut off as nginx does, since Express would take the backslashes before it for slashes, and find
 * routes that a proxy hides.
 * A target without a path is kept as the `originalUrl`, by which `answerNoPath` knows it.
 */
export function makePath(request: IncomingMessage & { originalUrl?: string }): void {
  const [target = ''] = (request.url ?? '').split('#', 1);
  const path = pathIn(target);
  request.originalUrl = path ?? target;
  request.url = path ?? '/';
}

/** Answers requests without a path: `OPTIONS *` asks whether the server is alive (RFC 9110, 9.3.7); all else is refused. */
export const answerNoPath: RequestHandler = (request, response, next) => {
  if (request.originalUrl.startsWith('/')) return next();
  if (request.method !== 'OPTIONS' || request.originalUrl !== '*') throw badRequest();
  response.status(204).end();
};
