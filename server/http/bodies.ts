import type { Socket } from 'node:net';
import { type RequestHandler, urlencoded } from 'express';
import { tooLarge } from './commonErrors.js';

/**
 * Limits what a body parser of Express reads. The parser alone refuses a body that is too large only after reading all
 * of it, which for an endless body is when the request times out.
 * @param limit in bytes, as they come
 */
export function bounded(limit: number, parser: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (Number(request.headers['content-length']) > limit) return next(tooLarge());
    let settled = false;
    const settle = (error?: unknown) => {
      if (settled) return;
      settled = true;
      next(error);
    };
    parser(request, response, settle);
    // The parser read nothing: there is no body, or not one of its type.
    if (settled) return;
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > limit) settle(tooLarge());
    });
  };
}

const formLimit = 16 * 1024;

/** Forms carry a token, a name and an identifier of 100 characters; 16 kB is far more than any of ours. */
export const formBodies = (): RequestHandler =>
  bounded(formLimit, urlencoded({ extended: false, limit: formLimit, parameterLimit: 20 }));

/** How long a connection is still read after its last answer, in milliseconds. */
const lingerMs = 1_000;

/** Closes a connection in two steps. Closing at once would reset it under a client that is still sending (RFC 9112, 9.6). */
function closeInSteps(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  };
}

/**
 * Closes the connection after answering a request whose body was not read to its end. Node would read the rest for as
 * long as it comes.
 */
export const endUnreadBodies: RequestHandler = (request, response, next) => {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (coding === undefined && Number(length) === 0) return next();
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  closeInSteps(request.socket);
  request.once('end', () => {
    response.shouldKeepAlive = shouldKeepAlive;
  });
  next();
};
