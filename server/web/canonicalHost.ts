import type { RequestHandler } from 'express';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Sends a browser that opened the app under another name of this machine to the one of the public URL. Scalekit
 * sends it back there, and a cookie of `127.0.0.1` does not reach `localhost`.
 * @param publicUrl an origin on loopback
 */
export function canonicalHost(publicUrl: string): RequestHandler {
  const { hostname } = new URL(publicUrl);
  return (request, response, next) => {
    const asked = request.headers.host?.replace(/:\d+$/, '') ?? hostname;
    const otherName = asked !== hostname && loopbackNames.has(asked);
    if (otherName && request.method === 'GET' && request.originalUrl.startsWith('/')) {
      return response.redirect(303, publicUrl + request.originalUrl);
    }
    next();
  };
}
