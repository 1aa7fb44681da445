/**
 * Why a call to Scalekit gave no result.
 * - `unreachable`: no connection, or Scalekit says that it is unavailable. The call was not carried out.
 * - `timeout`: our deadline passed, or the connection broke half-way. The call may still be carried out.
 * - `rate_limited`: Scalekit asks us to slow down.
 * - `credentials`: Scalekit does not accept the operator's client id and secret.
 * - `not_found`, `already_exists`, `forbidden`, `invalid`: Scalekit's answer about this call's arguments.
 * - `busy`: too many calls wait in this process, or this one had no time left when its turn came; it was not sent.
 * - `unexpected`: anything else.
 */
export type ScalekitErrorKind =
  | 'unreachable'
  | 'timeout'
  | 'rate_limited'
  | 'credentials'
  | 'not_found'
  | 'already_exists'
  | 'forbidden'
  | 'invalid'
  | 'busy'
  | 'unexpected';

/** The one error that a `ScalekitGateway` rejects with. Its message is for logs, never for a page. */
export class ScalekitError extends Error {
  override readonly name = 'ScalekitError';
  /** The call was given less than its own time, since its request had no more: that says nothing about Scalekit. */
  readonly cutShort: boolean;

  constructor(
    readonly kind: ScalekitErrorKind,
    readonly method: string,
    options: { readonly cause?: unknown; readonly detail?: string; readonly cutShort?: boolean } = {},
  ) {
    super(`${method}: ${kind}${options.detail ? `: ${options.detail}` : ''}`, { cause: options.cause });
    this.cutShort = options.cutShort ?? false;
  }

  /** Scalekit may carry the call out although it was not seen to answer, so its outcome has to be read. */
  get outcomeUnknown(): boolean {
    return this.kind === 'timeout' || this.kind === 'unexpected';
  }
}

/** Thrown to a request that waits for a shared read and has no more time. The read itself goes on. */
export const outOfTime = (method: string): ScalekitError =>
  new ScalekitError('timeout', method, {
    detail: 'its request had no time left to wait for it',
    cutShort: true,
  });
