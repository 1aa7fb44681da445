import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/errdetails/errdetails_pb.js';
import { ScalekitError, type ScalekitErrorKind } from './scalekitError.js';

/** The kind of failure for each gRPC status. */
const KINDS: Readonly<Record<Code, ScalekitErrorKind>> = {
  [Code.Canceled]: 'timeout',
  [Code.Unknown]: 'unexpected',
  [Code.InvalidArgument]: 'invalid',
  [Code.DeadlineExceeded]: 'timeout',
  [Code.NotFound]: 'not_found',
  [Code.AlreadyExists]: 'already_exists',
  [Code.PermissionDenied]: 'forbidden',
  [Code.ResourceExhausted]: 'rate_limited',
  [Code.FailedPrecondition]: 'invalid',
  // A connection that is reset half-way surfaces as aborted.
  [Code.Aborted]: 'timeout',
  [Code.OutOfRange]: 'invalid',
  [Code.Unimplemented]: 'unexpected',
  [Code.Internal]: 'unexpected',
  [Code.Unavailable]: 'unreachable',
  [Code.DataLoss]: 'unexpected',
  // The call was repeated with a new token before this counts.
  [Code.Unauthenticated]: 'credentials',
};

const TLS_FAILURE = /CERT|^ERR_(SSL|TLS)_|^EPROTO$|UNABLE_TO_VERIFY/;
const BREAKAGE = /^(ECONNRESET|EPIPE|ETIMEDOUT|ERR_HTTP2_\w+|ERR_STREAM_\w+)$/;

// Errors are read by their properties and not by their class: Node's own errors may stem from another realm.
interface NodeErrorLike {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/**
 * Whether a try certainly did nothing at Scalekit's side: no connection came about, the stream was refused
 * (which HTTP/2 defines as not processed), or Scalekit says that it is unavailable.
 */
export function isNotCarriedOut(error: unknown): boolean {
  const causes = causesOf(error);
  if (isStreamRefused(error) || causes.some(isConnectFailure)) return true;
  return causes[0]?.code === Code.Unavailable && !isLostBehindProxy(error) && !causes.some(isBreakage);
}

/** A load balancer forwarded the call and lost its answer: HTTP's 502 and 504. */
const isLostBehindProxy = (error: unknown): boolean =>
  error instanceof ConnectError && /^HTTP 50[24]$/.test(error.rawMessage);

/** The server took the connection down before it looked at the stream; repeating at once is safe (RFC 9113, 8.7). */
export function isStreamRefused(error: unknown): boolean {
  return causesOf(error).some((cause) => /REFUSED_STREAM/.test(String(cause.message)));
}

/** Whether the connection broke before the answer: the call may have been carried out. */
export function isConnectionBroken(error: unknown): boolean {
  if (isNotCarriedOut(error)) return false;
  const causes = causesOf(error);
  const status = causes[0]?.code;
  const broken = status === Code.Canceled || status === Code.Aborted || isLostBehindProxy(error);
  return broken || causes.some(isBreakage);
}

/** Whether Scalekit sent the error, rather than a failed connection or a deadline of this app. */
export function isAnswer(error: unknown): boolean {
  if (!(error instanceof ConnectError) || error.cause !== undefined) return false;
  return error.code !== Code.Canceled && error.code !== Code.DeadlineExceeded;
}

/** Whether a later try may succeed: Scalekit, or a proxy before it, is unavailable for a moment. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof ConnectError && error.code === Code.Unavailable;

export const isUnauthenticated = (error: unknown): boolean =>
  error instanceof ConnectError && error.code === Code.Unauthenticated;

/**
 * Says in our words why a call failed. Nothing of the original is kept but names and codes: its messages may
 * echo identifiers, and an HTTP client's error holds the request.
 */
export function translateError(method: string, error: unknown): ScalekitError {
  if (error instanceof ScalekitError) return error;
  if (error instanceof TokenError) return new ScalekitError(error.kind, method, { detail: error.message });
  const status = error instanceof ConnectError ? error.code : undefined;
  const name = status === undefined ? nameOf(error) : nameOfStatus(status);
  const codes = [...errorCodesOf(error), ...codesOf(error)].filter(isPlainCode);
  const detail = [...new Set([name, ...codes])].join(' ');
  const kindOfStatus = status === undefined ? undefined : KINDS[status];
  return new ScalekitError(kindOfFailure(error) ?? kindOfStatus ?? 'unexpected', method, { detail });
}

/** The fault of the connection says more than the status that was derived from it. */
function kindOfFailure(error: unknown): ScalekitErrorKind | undefined {
  if (isNotCarriedOut(error)) return 'unreachable';
  return isConnectionBroken(error) ? 'timeout' : undefined;
}

/** `DeadlineExceeded` → `deadline_exceeded`, as gRPC writes it. */
const nameOfStatus = (status: Code): string =>
  (Code[status] ?? `status ${status}`).replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** What the service itself says of an error. */
const errorCodesOf = (error: unknown): string[] =>
  error instanceof ConnectError ? error.findDetails(ErrorInfoSchema).map(({ errorCode }) => errorCode) : [];

/** The error codes of Node and OpenSSL down the chain of causes. */
function codesOf(error: unknown): string[] {
  return causesOf(error).flatMap((cause) => (typeof cause.code === 'string' ? [cause.code] : []));
}

/** Codes are upper-case words; anything else could carry what must not be logged. */
const isPlainCode = (code: string): boolean => /^[A-Z][A-Z0-9_]{1,63}$/.test(code);

function isConnectFailure(cause: NodeErrorLike): boolean {
  if (cause.syscall === 'connect' || cause.syscall === 'getaddrinfo') return true;
  return typeof cause.code === 'string' && TLS_FAILURE.test(cause.code);
}

/** Whether an open connection broke. A failure to connect is none: its system call tells it apart. */
function isBreakage(cause: NodeErrorLike): boolean {
  return typeof cause.code === 'string' && BREAKAGE.test(cause.code) && !isConnectFailure(cause);
}

function causesOf(error: unknown): NodeErrorLike[] {
  const chain: NodeErrorLike[] = [];
  let next = error;
  while (typeof next === 'object' && next !== null && chain.length < 8) {
    chain.push(next);
    next = (next as NodeErrorLike).cause;
  }
  return chain;
}

/** The app got no access token, so the call was not carried out. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(
    readonly kind: ScalekitErrorKind,
    detail: string,
  ) {
    super(`token endpoint: ${detail}`);
  }

  /** Keeps the HTTP status or Node's error code and nothing else: the original may hold the client secret. */
  static from(error: unknown): TokenError {
    const status = httpStatusOf(error);
    if (status !== undefined) return new TokenError(kindOfHttpStatus(status), `HTTP ${status}`);
    const [code] = codesOf(error);
    return new TokenError('unreachable', code === undefined || code === 'ERR_CANCELED' ? 'no answer' : code);
  }
}

function kindOfHttpStatus(status: number): ScalekitErrorKind {
  if (status === 429) return 'rate_limited';
  if (status === 400 || status === 401 || status === 403) return 'credentials';
  return status >= 500 ? 'unreachable' : 'unexpected';
}

function httpStatusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  const { response } = error;
  if (typeof response !== 'object' || response === null || !('status' in response)) return undefined;
  return typeof response.status === 'number' ? response.status : undefined;
}
