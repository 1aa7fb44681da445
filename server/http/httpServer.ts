import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import { makePath } from './requestTarget.js';

/**
 * Above the 60 s for which nginx keeps idle connections to an instance, so that the proxy closes them first. A request
 * on a connection that this server is just closing would be lost, and answered with 502.
 */
const keepAliveTimeout = 75_000;

/** How long a request's head and body may take, from its first byte on. */
const requestTimeout = 30_000;

/** Refuses CONNECT and upgrade requests with an answer. Node alone would close the connection without a word. */
function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  // Reads what still comes, or the client's close would never be noticed.
  socket.once('finish', () => socket.destroy());
  socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

/** Whether an instance is about to stop. It answers as before, and asks whoever sends the requests to go elsewhere. */
export interface Draining {
  began: boolean;
}

/**
 * Express gives each request and each response the prototype that its app has for them. V8 of Node.js 20 makes a new
 * shape for every object whose prototype changes, and then caches no access to it: that took a quarter to a third
 * of a request. A server that makes them with these prototypes leaves Express nothing to change.
 */
function messagesOf(app: Express): Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  class AppRequest extends IncomingMessage {}
  class AppResponse<AnyRequest extends IncomingMessage> extends ServerResponse<AnyRequest> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

/** The HTTP server of an app, which has no other. It does not listen yet. */
export const createHttpServer = (app: Express, draining: Readonly<Draining> = { began: false }): Server =>
  createServer(
    {
      ...messagesOf(app),
      keepAliveTimeout,
      requestTimeout,
      headersTimeout: requestTimeout,
      // Node checks this often, so that a slow body ends soon after its deadline.
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => {
      makePath(request);
      // `Connection: close` (RFC 9112, 9.6): the proxy opens the next connection, perhaps to another instance.
      if (draining.began) response.shouldKeepAlive = false;
      app(request, response);
    },
  ).on('connect', refuseTunnel);

/** @throws Error with the code of the system, such as `EADDRINUSE` */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

/** Accepts no new connection, closes idle ones at once, and every other one after its current answer. */
export function stopHttpServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Node reads this when an answer ends. Without it the connection would be kept open.
    server.keepAliveTimeout = 1;
  });
}
