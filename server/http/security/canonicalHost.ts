import type { Request, RequestHandler } from 'express';
import { isLoopbackHost } from '../../kernel/loopback.js';
import { foreignHost } from '../commonErrors.js';

/** The name under which a request reached this app, without a port: some proxies leave it out. @param usual where there is none */
export const askedHost = ({ headers }: Pick<Request, 'headers'>, usual: string): string =>
  headers.host?.replace(/:\d+$/, '').toLowerCase() ?? usual;

/**
 * Lets an app on loopback answer under this machine's own names alone. A foreign name that points here (DNS rebinding)
 * would be the same origin, and the development sign-in asks for no password. A browser that opened
 * the app under another name of this machine is sent to the one of the public URL: Scalekit sends it back there,
 * and a cookie of `127.0.0.1` does not reach `localhost`.
 * @param publicUrl an origin on loopback
 */
export function canonicalHost(publicUrl: string): RequestHandler {
  const { hostname } = new URL(publicUrl);
  return (request, response, next) => {
    const asked = askedHost(request, hostname);
    if (asked === hostname) return next();
    if (!isLoopbackHost(asked)) throw foreignHost();
    if (request.method !== 'GET') return next();
    response.redirect(303, publicUrl + request.originalUrl);
  };
}
