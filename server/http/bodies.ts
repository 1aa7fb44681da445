import type { Socket } from 'node:net';
import { type RequestHandler, urlencoded } from 'express';
import { tooLarge } from './commonErrors.js';

/**
 * Bounds what a parser of Express reads. By itself it answers a body that is too large only once all of it has come,
 * which for an endless one is when its time is over.
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
    // It read nothing: there is no body, or none of its type.
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

/** For how long what still comes is read after the last answer of a connection. */
const lingerMs = 1_000;

/** Has a connection close in two steps: at once, whoever is still sending would get a reset for an answer. RFC 9112, 9.6. */
function closeInSteps(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  };
}

/**
 * Makes the answer to a request whose body was not read to its end the last one of its connection. Node would read
 * off the rest, for as long as it comes.
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
