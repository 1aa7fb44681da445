// Errors are read by their properties and not by their class: Node's own errors may stem from another realm.
interface NodeErrorLike {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

// gRPC's status codes.
const CANCELED = 1;
const ABORTED = 10;
const UNAVAILABLE = 14;

const TLS_FAILURE = /CERT|^ERR_(SSL|TLS)_|^EPROTO$|UNABLE_TO_VERIFY/;
const BREAKAGE = /^(ECONNRESET|EPIPE|ETIMEDOUT|ERR_HTTP2_\w+|ERR_STREAM_\w+)$/;

/**
 * Whether a try certainly did nothing at Scalekit's side: no connection came about, the stream was refused
 * (which HTTP/2 defines as not processed), or Scalekit says that it is unavailable.
 */
export function isNotCarriedOut(error: unknown): boolean {
  const causes = causesOf(error);
  if (isStreamRefused(error) || causes.some(isConnectFailure)) return true;
  return causes[0]?.code === UNAVAILABLE && !causes.some(isBreakage);
}

/** The server took the connection down before it looked at the stream; repeating at once is safe (RFC 9113, 8.7). */
export function isStreamRefused(error: unknown): boolean {
  return causesOf(error).some((cause) => /REFUSED_STREAM/.test(String(cause.message)));
}

/** Whether the connection broke while the answer was awaited: what was asked may have been carried out. */
export function isConnectionBroken(error: unknown): boolean {
  if (isNotCarriedOut(error)) return false;
  const causes = causesOf(error);
  const status = causes[0]?.code;
  return status === CANCELED || status === ABORTED || causes.some(isBreakage);
}

/** The error codes of Node and OpenSSL down the chain of causes. */
export function codesOf(error: unknown): string[] {
  return causesOf(error).flatMap((cause) => (typeof cause.code === 'string' ? [cause.code] : []));
}

function isConnectFailure(cause: NodeErrorLike): boolean {
  if (cause.syscall === 'connect' || cause.syscall === 'getaddrinfo') return true;
  return typeof cause.code === 'string' && TLS_FAILURE.test(cause.code);
}

/** The connection was there: a failure to connect says so in its system call. */
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
