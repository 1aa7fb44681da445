import { constants } from 'node:zlib';
import compression from 'compression';
import type { Request, RequestHandler, Response } from 'express';
import { routesWithSecrets } from '../paths.js';

const secret: ReadonlySet<unknown> = new Set(routesWithSecrets);

/** The bodies of redirects repeat their address, which may be a link that lets its holder do something. */
const isRedirect = ({ statusCode }: Response) => statusCode >= 300 && statusCode < 400;

const isStream = (response: Response) =>
  String(response.getHeader('Content-Type') ?? '').startsWith('text/event-stream');

/** Whether an answer may be compressed; asked when its route is known, as its headers are sent. */
function mayCompress(request: Request, response: Response): boolean {
  if (secret.has(request.route?.path) || isRedirect(response) || isStream(response)) return false;
  return compression.filter(request, response);
}

/** Compresses pages, JSON and exports by what the client takes: Brotli before gzip. */
export const compressAnswers = (): RequestHandler =>
  compression({
    filter: mayCompress,
    // More costs more than it saves while somebody waits.
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  });
