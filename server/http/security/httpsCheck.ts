import type { Request } from 'express';
import { httpsUnknown } from '../commonErrors.js';
import type { Logger } from '../logging.js';

/** @throws DomainError when the request does not count as https, so that express-session would set no cookie */
export type HttpsCheck = (request: Request) => void;

const sayEveryMs = 60_000;

/** Tells the operator, in the log, what is wrong with the proxy. */
function faultOf(forwarded: string | undefined): string {
  if (forwarded === undefined) return 'the proxy does not send X-Forwarded-Proto: have it send https';
  if (forwarded.startsWith('https'))
    return 'TRUST_PROXY does not name the proxy that sends X-Forwarded-Proto';
  return 'the proxy sends an X-Forwarded-Proto other than https: have it send what browsers use';
}

/**
 * Notices when the proxy does not say that browsers come by https, although the public URL is https. Nobody could sign
 * in then, and every form would seem out of date. The log says so once a minute.
 */
export function createHttpsCheck(https: boolean, logger: Pick<Logger, 'error'>): HttpsCheck {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (request) => {
    if (!https || request.secure) return;
    const now = Date.now();
    if (now - saidAt >= sayEveryMs) {
      saidAt = now;
      const header = request.headers['x-forwarded-proto'];
      const forwarded = Array.isArray(header) ? header[0] : header;
      const details = { forwardedProto: forwarded ?? null, proxy: request.socket.remoteAddress };
      logger.error(details, `nobody can sign in, since PUBLIC_URL is https but ${faultOf(forwarded)}`);
    }
    throw httpsUnknown();
  };
}
