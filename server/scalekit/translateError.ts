import { codesOf, isConnectionBroken, isNotCarriedOut } from './connectionFailure.js';
import { ScalekitError, type ScalekitErrorKind } from './scalekitError.js';
import { TokenError } from './tokenError.js';

/** gRPC's status codes: their names, and what each means here. */
const STATUSES: Readonly<Record<number, readonly [name: string, kind: ScalekitErrorKind]>> = {
  1: ['canceled', 'timeout'],
  2: ['unknown', 'unexpected'],
  3: ['invalid_argument', 'invalid'],
  4: ['deadline_exceeded', 'timeout'],
  5: ['not_found', 'not_found'],
  6: ['already_exists', 'already_exists'],
  7: ['permission_denied', 'forbidden'],
  8: ['resource_exhausted', 'rate_limited'],
  9: ['failed_precondition', 'invalid'],
  // A connection reset half-way surfaces as aborted, although the SDK calls it a conflict.
  10: ['aborted', 'timeout'],
  11: ['out_of_range', 'invalid'],
  12: ['unimplemented', 'unexpected'],
  13: ['internal', 'unexpected'],
  14: ['unavailable', 'unreachable'],
  15: ['data_loss', 'unexpected'],
  // The SDK has fetched a new token before it lets this through.
  16: ['unauthenticated', 'credentials'],
};

/**
 * Says in our words why a call failed. Nothing of the original is kept but names and codes: its messages may
 * echo identifiers, and an HTTP client's error holds the request.
 * @param error what the SDK rejected with
 * @param lastFailure what the last try rejected with, which still has the cause that the SDK drops
 */
export function translateError(method: string, error: unknown, lastFailure: unknown): ScalekitError {
  if (error instanceof ScalekitError) return error;
  if (error instanceof TokenError) return new ScalekitError(error.kind, method, { detail: error.message });
  const status = STATUSES[statusOf(error) ?? statusOf(lastFailure) ?? -1];
  const [name, kindOfStatus] = status ?? [nameOf(error), 'unexpected' as const];
  const codes = [errorCodeOf(error), ...codesOf(lastFailure)].filter(isPlainCode);
  const detail = [...new Set([name, ...codes])].join(' ');
  return new ScalekitError(kindOfFailure(lastFailure) ?? kindOfStatus, method, { detail });
}

/** What happened to the connection says more than the status that was made of it. */
function kindOfFailure(lastFailure: unknown): ScalekitErrorKind | undefined {
  if (isNotCarriedOut(lastFailure)) return 'unreachable';
  return isConnectionBroken(lastFailure) ? 'timeout' : undefined;
}

/** The SDK's exceptions say `grpcStatus`, the errors below it `code`. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('grpcStatus' in error && typeof error.grpcStatus === 'number') return error.grpcStatus;
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function errorCodeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'errorCode' in error ? error.errorCode : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** Codes are upper-case words; anything else could carry what must not be logged. */
function isPlainCode(code: unknown): code is string {
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code);
}
