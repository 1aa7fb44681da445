import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { badRequest } from './commonErrors.js';

/** What follows the authority of an address of the web. */
const afterAuthority = /^https?:\/\/[^/?#]+(.*)$/is;

/** The path and the query that a request asks for (RFC 9112, 3.2), or null when its target has none. */
function pathIn(target: string): string | null {
  if (target.startsWith('/')) return target;
  const rest = URL.canParse(target) ? afterAuthority.exec(target)?.[1] : undefined;
  if (rest === undefined) return null;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Makes a path of every target, before Express reads it: its routers, and sessions, know nothing else. Clients ask a
 * proxy by the whole address, and a server has to take that as well; which host it names decides nothing here.
 * A target without a path is kept as the `originalUrl`, by which `answerNoPath` knows it.
 */
export function makePath(request: IncomingMessage & { originalUrl?: string }): void {
  const target = request.url ?? '';
  const path = pathIn(target);
  request.originalUrl = path ?? target;
  request.url = path ?? '/';
}

/** Answers what asks for no path: `OPTIONS *` asks whether the server is there (RFC 9110, 9.3.7), all else is wrong. */
export const answerNoPath: RequestHandler = (request, response, next) => {
  if (request.originalUrl.startsWith('/')) return next();
  if (request.method !== 'OPTIONS' || request.originalUrl !== '*') throw badRequest();
  response.status(204).end();
};
