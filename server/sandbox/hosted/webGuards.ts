import type { RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { isLoopbackHost } from '../../kernel/loopback.js';
import { parsedUrl } from '../../kernel/parsedUrl.js';

/** Refuses a request target that is no address. Express answers it past every handler, and later versions of Node.js throw. */
export const addressesOnly =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    if (parsedUrl(request.url ?? '', 'http://sandbox') !== null) return listener(request, response);
    response
      .writeHead(400, { 'content-type': 'text/plain', connection: 'close' })
      .end('The request was not understood.\n');
  };

/** Answers only to the names of this machine: another page's name that was made to point here (DNS rebinding) is refused. */
export const loopbackHostOnly: RequestHandler = (request, response, next) => {
  const origin = parsedUrl(`http://${request.get('host') ?? ''}`);
  if (origin !== null && isLoopbackHost(origin.hostname)) next();
  else response.status(403).type('text').send('This sandbox answers to the names of this machine only.\n');
};

/**
 * Lets no other page change anything here. Another port of this machine is another page too. Callers that are
 * no browser send neither header.
 */
export const ownPostsOnly: RequestHandler = (request, response, next) => {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const own = site
    ? site === 'same-origin' || site === 'none'
    : origin === undefined || origin === `http://${request.get('host')}`;
  if (request.method === 'GET' || request.method === 'HEAD' || own) next();
  else response.status(403).type('text').send('This request was made by another page.\n');
};

/** No script at all. Chromium applies `form-action` to the redirect after a form: the way back to the app. */
export const pageHeaders: RequestHandler[] = [
  helmet({
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'", 'http://localhost:*', 'http://127.0.0.1:*', 'https:'],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
  }),
  (_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  },
];
