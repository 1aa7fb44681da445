import type { RequestHandler } from 'express';
import type { Logger } from '../logging.js';
import { askedHost } from './canonicalHost.js';
import { browserCookie } from './cookies.js';

/** Longer than a browser takes to follow a redirect. */
const redirectedForMs = 10_000;

/**
 * Sends browsers that opened a page under another name of the app to the one of the public URL, where their session is and
 * where Scalekit sends them back to. The public URL alone says where. What comes back under the other name all the same
 * came through a proxy that changes the name: it is answered, and told once, or the browser would go round for ever. A cookie
 * tells: it comes back only where the browser itself sees the same host again.
 */
export function aliasHost(publicUrl: string, logger: Pick<Logger, 'warn'>): RequestHandler {
  const { hostname } = new URL(publicUrl);
  const cookie = browserCookie('connect-alias', { publicUrl, lifetimeMs: redirectedForMs });
  let told = false;
  return (request, response, next) => {
    const asked = askedHost(request, hostname);
    const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
    if (asked === hostname || !isPage) return next();
    if (cookie.of(request) === null) {
      cookie.set(response, '1');
      response.setHeader('Cache-Control', 'no-store');
      return response.redirect(307, publicUrl + request.originalUrl);
    }
    if (!told) {
      told = true;
      const words =
        'the proxy changes the Host header: have it pass the name that browsers ask for, which is that of PUBLIC_URL';
      logger.warn({ host: asked.slice(0, 255) }, words);
    }
    next();
  };
}
