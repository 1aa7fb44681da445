import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { DomainError, type NextStep } from '../kernel/errors.js';
import { localPath } from '../kernel/localPath.js';
import { paths } from '../paths.js';
import { databaseFaultOf } from '../store/database/databaseFault.js';
import type { Translate } from '../words/words.js';
import { badRequest, databaseUnavailable, internalError, notFound, tooLarge } from './commonErrors.js';
import { speak } from './language.js';
import type { Logger } from './logging.js';
import { wantsJson } from './wantsJson.js';

/** Answers what no route answered. */
export const nothingHere: RequestHandler = () => {
  throw notFound();
};

/** Errors of Express's own parsers carry an HTTP status (http-errors). */
export function toDomainError(error: unknown, request: Request): DomainError {
  const fault = databaseFaultOf(error);
  if (fault !== null) {
    const againUrl = request.method === 'GET' ? localPath(request.originalUrl) : null;
    return databaseUnavailable(fault.kind, againUrl, fault);
  }
  if (error instanceof DomainError) return error;
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 413) return tooLarge();
  if (typeof status === 'number' && status >= 400 && status < 500) return badRequest(error);
  return internalError(error);
}

/** RFC 9457. `code`, `reference` and `errors` are our own members. */
function problemOf({ told, status, code, fields }: DomainError, t: Translate, reference: string) {
  const errors = fields.map((fault) => ({ ...fault, detail: fault.detail(t) }));
  return {
    type: 'about:blank',
    title: told.heading(t),
    status,
    detail: told.detail(t).replaceAll('\n', ' '),
    code,
    reference,
    ...(errors.length === 0 ? {} : { errors }),
  };
}

/** What middleware knows of the client. */
interface PageLocals {
  readonly csrfToken?: string;
  /** The way back for a client that is not a signed-in user; null when there is none. */
  readonly wayBack?: NextStep | null;
}

/** The next steps of a page; one that posts needs the token that its form carries. */
function stepsFor(
  error: DomainError,
  t: Translate,
  locals: PageLocals,
  signedIn: boolean,
): readonly NextStep[] {
  const steps = error.nextSteps(t).filter((step) => Boolean(locals.csrfToken) || step.method === 'get');
  if (steps.length > 0 || !error.wayBack) return steps;
  if (locals.wayBack !== undefined) return locals.wayBack === null ? [] : [locals.wayBack];
  const label = signedIn ? t('common.actions.backToAccounts') : t('common.actions.signIn');
  return [{ label, url: paths.connections, method: 'get', filled: true }];
}

/** Logs a fault with its cause. */
export function logFault(logger: Logger, error: DomainError, { id }: Request): void {
  const fault = { reference: String(id), code: error.code, err: error.cause };
  logger[error.level](fault, `answered with ${error.code}`);
}

/** Answers every fault: with a page, or with problem+json. The cause stays in the log. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = toDomainError(thrown, request);
    const { t } = request;
    const reference = String(request.id);
    logFault(logger, error, request);
    // A half-sent answer can't be taken back. Express would close the connection too, and write a stack to stderr.
    if (response.headersSent) return void request.socket.destroy();
    response.status(error.status).set(error.headers);
    response.setHeader('Cache-Control', 'no-store');
    response.removeHeader('ETag');
    if (wantsJson(request)) {
      response.type('application/problem+json').send(JSON.stringify(problemOf(error, t, reference)));
      return;
    }
    speak(request, response, t);
    response.render('pages/message', {
      heading: error.told.heading(t),
      sentences: error.told.detail(t).split('\n'),
      actions: stepsFor(error, t, response.locals, isSignedIn(request)),
      reference: error.isRefusal ? null : reference,
    });
  };
}

const isSignedIn = (request: Request): boolean => request.session?.user !== undefined;
