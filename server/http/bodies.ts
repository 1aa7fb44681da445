import type { Socket } from 'node:net';
import { type Request, type RequestHandler, urlencoded } from 'express';
import multer, { MulterError } from 'multer';
import type { DomainError } from '../kernel/errors.js';
import { badRequest, tooLarge } from './commonErrors.js';

/**
 * Limits what a body parser of Express reads. The parser alone refuses a body that is too large only after reading all
 * of it, which for an endless body is when the request times out.
 * @param limit in bytes, as they come
 * @param fault makes what is answered to one that is larger
 */
export function bounded(
  limit: number,
  parser: RequestHandler,
  fault: () => DomainError = tooLarge,
): RequestHandler {
  return (request, response, next) => {
    if (Number(request.headers['content-length']) > limit) return next(fault());
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
      if (received > limit && !settled) settle(fault());
    });
  };
}

const formLimit = 16 * 1024;

/** Forms carry a token, a name and an identifier of 100 characters; 16 kB is far more than any of ours. */
export function formBodies(): RequestHandler {
  const read = bounded(formLimit, urlencoded({ extended: false, limit: formLimit, parameterLimit: 20 }));
  // A form with a file, which is larger, has been read by its own route.
  return (request, response, next) => (request.body === undefined ? read(request, response, next) : next());
}

/** What a body has besides the file: the token of the form, and the heads and borders of the parts. */
const aroundFile = 4 * 1024;

/**
 * Makes what reads a form with one file and the token, into memory: nothing is kept before the token was checked. The browser's word on the
 * file, its name and its type, is left aside.
 * @param field of the file
 * @param limit in bytes, of the file
 * @returns given what is answered to a file that is larger, the handler
 */
export function uploadBodies(field: string, limit: number) {
  const parse = multer({
    limits: {
      fileSize: limit,
      files: 1,
      fields: 2,
      parts: 3,
      fieldNameSize: 100,
      fieldSize: 1024,
      fieldNestingDepth: 0,
      headerPairs: 10,
    },
  }).single(field);
  return (fault: () => DomainError): RequestHandler =>
    bounded(
      limit + aroundFile,
      (request, response, next) =>
        parse(request, response, (error: unknown) => {
          if (!error) return next();
          const isTooLarge = error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE';
          next(isTooLarge ? fault() : badRequest(error));
        }),
      fault,
    );
}

/** The file that `uploadBodies` read; empty when none was chosen. */
export const uploadedFile = ({ file }: Request): Buffer => file?.buffer ?? Buffer.alloc(0);

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
