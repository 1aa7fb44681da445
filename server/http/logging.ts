import type { RequestHandler } from 'express';
import { type Logger, pino } from 'pino';
import { maskedPath } from '../kernel/maskedPath.js';
import { masked, maskedStack } from '../kernel/maskedText.js';
import { newReference } from '../kernel/reference.js';
import { DatabaseFault } from '../store/database/databaseFault.js';
import { stdoutByTurn } from './stdoutByTurn.js';

declare module 'http' {
  interface IncomingMessage {
    /** The request's reference id, which error pages show and every log line carries. */
    id: string;
  }
}

export type { Logger };

/** Keys whose values are secret wherever they are logged. */
const secretKeys = [
  'authorization',
  'cookie',
  'state',
  'auth_request_id',
  'authRequestId',
  'link',
  'clientSecret',
  'client_secret',
  'token',
  'access_token',
];

/**
 * The app's logger: JSON lines on stdout.
 * @param destination where the lines go instead, for tests that read them
 */
export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    // Errors are logged by name, message and stack only: what a client library attaches to one may be secret. Whoever
    // worded a message may have put an address, a token or a whole URL into it.
    serializers: { err: serializeError },
  };
  return pino(options, destination ?? stdoutByTurn());
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'not an error' };
  // Express quotes the part of a path that it can't decode.
  if (error instanceof URIError) return { type: error.name, message: 'a part of the path can’t be decoded' };
  // The stack of a database fault tells nothing, and every request would log it until the fault is over.
  if (error instanceof DatabaseFault)
    return { type: error.name, kind: error.kind, message: masked(error.message) };
  return {
    type: error.name,
    message: masked(error.message),
    stack: maskedStack(error),
    ...(error.cause instanceof Error ? { cause: serializeError(error.cause) } : {}),
  };
}

/**
 * One line for each request, with its reference id, once its answer is out or its client has gone. Headers, query strings and bodies
 * are never logged. Why an answer is a 5xx is told by the error handler, with its cause and at its own level.
 */
export function logRequests(logger: Logger): RequestHandler {
  // What these lines are made of is no secret: there is nothing to look for in them.
  const lines = logger.child({}, { redact: [] });
  return (request, response, next) => {
    const reference = newReference();
    const began = Date.now();
    request.id = reference;
    response.setHeader('X-Request-Id', reference);
    // What a stream's answer holds on to is held for as long as it is open.
    const { method, originalUrl } = request;
    let fault: Error | null = null;
    response.once('error', (error) => {
      fault = error;
    });
    response.once('close', () => {
      const { statusCode: status, writableEnded } = response;
      const line = {
        reference,
        req: { method, path: maskedPath(originalUrl) },
        res: { status },
        responseTime: Date.now() - began,
      };
      if (fault !== null) logger.error({ ...line, err: fault }, 'request errored');
      else if (status >= 500) lines.info(line, 'request errored');
      else lines.info(line, writableEnded ? 'request completed' : 'request aborted');
    });
    next();
  };
}
