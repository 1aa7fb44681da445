import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { maskedPath } from '../kernel/maskedPath.js';
import { masked, maskedStack } from '../kernel/maskedText.js';
import { newReference } from '../kernel/reference.js';
import { DatabaseFault } from '../store/database/databaseFault.js';

declare module 'http' {
  interface IncomingMessage {
    /** The request's reference id, which error pages show and every log line carries. */
    id: import('pino-http').ReqId;
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
  return destination ? pino(options, destination) : pino(options);
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

function pathOf(request: IncomingMessage): string {
  return maskedPath((request as IncomingMessage & { originalUrl?: string }).originalUrl ?? request.url ?? '');
}

/** One line for each request, with its reference id. Headers, query strings and bodies are never logged. */
export function logRequests(logger: Logger) {
  return pinoHttp({
    logger,
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'reference' },
    genReqId: (_request: IncomingMessage, response: ServerResponse) => {
      const reference = newReference();
      response.setHeader('X-Request-Id', reference);
      return reference;
    },
    wrapSerializers: false,
    serializers: {
      req: (request: IncomingMessage) => ({ method: request.method, path: pathOf(request) }),
      res: (response: ServerResponse) => ({ status: response.statusCode }),
      err: serializeError,
    },
    // Why an answer is a 5xx is told by the error handler, with its cause and at its own level.
    customLogLevel: (_request, _response, error) => (error ? 'error' : 'info'),
    customErrorObject: (_request, _response, error, { err, ...line }: Record<string, unknown>) =>
      error.message.startsWith('failed with status code') ? line : { ...line, err },
  });
}
