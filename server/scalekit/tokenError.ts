import { codesOf } from './connectionFailure.js';
import type { ScalekitErrorKind } from './scalekitError.js';

/** No access token was to be had, so what needed it was not carried out. */
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
    if (status !== undefined) return new TokenError(kindOf(status), `HTTP ${status}`);
    return new TokenError('unreachable', codesOf(error)[0] ?? 'no answer');
  }
}

function kindOf(status: number): ScalekitErrorKind {
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
