/**
 * Why a call to Scalekit gave no result.
 * - `unreachable`: no connection, or Scalekit says that it is unavailable. The call was not carried out.
 * - `timeout`: our deadline passed, or the connection broke half-way. The call may still be carried out.
 * - `rate_limited`: Scalekit asks us to slow down.
 * - `credentials`: Scalekit does not accept the operator's client id and secret.
 * - `not_found`, `already_exists`, `forbidden`, `invalid`: Scalekit's answer about this call's arguments.
 * - `busy`: too many calls wait in this process, or this one waited until its deadline; it was not sent.
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

  constructor(
    readonly kind: ScalekitErrorKind,
    readonly method: string,
    options: { readonly cause?: unknown; readonly detail?: string } = {},
  ) {
    super(`${method}: ${kind}${options.detail ? `: ${options.detail}` : ''}`, { cause: options.cause });
  }

  /** Scalekit may carry the call out although it was not seen to answer, so its outcome has to be read. */
  get outcomeUnknown(): boolean {
    return this.kind === 'timeout' || this.kind === 'unexpected';
  }
}
