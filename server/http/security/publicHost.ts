import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '../logging.js';
import { wantsJson } from '../wantsJson.js';
import { browserCookie } from './cookies.js';

/** Marks the address that a browser was sent to from another host, so that it is known when it comes back. */
const mark = 'from_other_host';

const withMark = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}${mark}=1`;

/** A path without the mark. All else of its query stays as it is, to the letter. @returns null when it has none */
function withoutMark(path: string): string | null {
  const [before = '', ...query] = path.split('?');
  const parts = query.join('?').split('&');
  const others = parts.filter((part) => part !== `${mark}=1`);
  if (others.length === parts.length) return null;
  return others.length === 0 ? before : `${before}?${others.join('&')}`;
}

/** Where pages of other hosts lead. @param path the app's own, with its query */
export const markedAddress = (publicUrl: string, path: string): string => publicUrl + withMark(path);

const isPage = (request: Request): boolean =>
  ['GET', 'HEAD'].includes(request.method) && !wantsJson(request) && Boolean(request.accepts('html'));

const servedMs = 3_600_000;
const sayEveryMs = 3_600_000;

/**
 * Sends a browser that asks for a page at another host to the same page at the public URL, where its cookies are and
 * where Scalekit and the sign-in bring it back to. The query goes along, that of `/user/verify` and of the sign-in's
 * callback too: what they need lies in the session at the public URL, and nobody but this app gets to see it. The Host
 * header says whether to redirect, and never where to.
 *
 * A proxy that changes the Host header would bring the browser back for ever. So the address is marked: when it comes
 * back with another host all the same, the page is served as it was asked for, the log tells of the proxy, and a cookie
 * spares this browser more of the same. Where the host is right, one more redirect takes the mark out of the address.
 * @param publicUrl the only target
 */
export function publicHost(publicUrl: string, logger: Pick<Logger, 'warn'>): RequestHandler {
  const { hostname } = new URL(publicUrl);
  const served = browserCookie('connect-host', { publicUrl, lifetimeMs: servedMs });
  let saidAt = Number.NEGATIVE_INFINITY;

  function serve(request: Request, response: Response, path: string): void {
    served.set(response, 'other');
    request.url = path;
    request.originalUrl = path;
    if (Date.now() - saidAt < sayEveryMs) return;
    saidAt = Date.now();
    logger.warn(
      { host: request.hostname.slice(0, 255), proxy: request.socket.remoteAddress },
      'the proxy changes the Host header, so that pages at PUBLIC_URL seem to be asked for at another host: ' +
        'have it pass Host on as it is, or send X-Forwarded-Host',
    );
  }

  return (request, response, next) => {
    if (!isPage(request)) return next();
    const path = withoutMark(request.originalUrl);
    const isOther = request.hostname !== undefined && request.hostname.toLowerCase() !== hostname;
    if (!isOther) return path === null ? next() : response.redirect(307, publicUrl + path);
    if (path === null && served.of(request) === null)
      return response.redirect(307, markedAddress(publicUrl, request.originalUrl));
    if (path !== null) serve(request, response, path);
    next();
  };
}
