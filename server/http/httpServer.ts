import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { makePath } from './requestTarget.js';

/**
 * Above the 60 s for which nginx keeps its connections to an instance, so that it is the proxy who ends an idle one:
 * what it sends on a connection that is just being ended here would be lost, and told as a 502.
 */
const keepAliveTimeout = 75_000;

/** For a request, its head and its body; the clock of one begins with its first byte, however long the pause before. */
const requestTimeout = 30_000;

/** Tells who takes this server for a proxy that it is none. Node alone would close the connection without a word. */
function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  // Nobody reads it any more, so its other end would never be seen to close.
  socket.once('finish', () => socket.destroy());
  socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

/** The server of the app. It listens nowhere yet. */
export const createHttpServer = (listener: RequestListener): Server =>
  createServer(
    {
      keepAliveTimeout,
      requestTimeout,
      headersTimeout: requestTimeout,
      // Checked often, so that a body that trickles in ends soon after its time.
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => {
      makePath(request);
      listener(request, response);
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

/** Takes no new connection, ends the idle ones at once, and every other one after the answer that it waits for. */
export function stopHttpServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Read when an answer is done: without this a connection would then be kept for as long as ever.
    server.keepAliveTimeout = 1;
  });
}
