import { toldByOthers } from '../../kernel/maskedText.js';
import { type SignInFailureCode, SignInRefusal } from './signInFailures.js';

/** What openid-client's errors carry, by their documentation; by shape, since fetch's own errors have no class. */
interface OpenidError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  /** The `error` of a redirect or of an answer (RFC 6749, sections 4.1.2.1 and 5.2). */
  readonly error?: string;
  readonly error_description?: string;
  readonly status?: number;
  readonly cause?: unknown;
}

/** The redirect came back with an error instead of a code (RFC 6749, section 4.1.2.1; OpenID Connect Core, 3.1.2.6). */
function codeOfRedirect(error: string | undefined): SignInFailureCode {
  switch (error) {
    case 'access_denied':
    case 'login_required':
    case 'interaction_required':
    case 'consent_required':
    case 'account_selection_required':
      return 'denied';
    case 'invalid_request':
    case 'invalid_scope':
    case 'unauthorized_client':
    case 'unsupported_response_type':
    case 'request_not_supported':
      return 'operator_settings';
    default:
      return 'provider_error';
  }
}

/** The token endpoint refused (RFC 6749, section 5.2). */
function codeOfRefusal({ error, status = 0 }: OpenidError): SignInFailureCode {
  if (error === 'invalid_grant') return 'try_expired';
  return status >= 500 ? 'provider_error' : 'operator_settings';
}

/** Codes of openid-client that say that an answer is not what the provider would have made for this try. */
const untrusted = new Set([
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_UNSUPPORTED_OPERATION',
]);

function chainOf(error: unknown): OpenidError[] {
  const chain: OpenidError[] = [];
  for (let link = error; typeof link === 'object' && link !== null && chain.length < 5; ) {
    chain.push(link as OpenidError);
    link = (link as OpenidError).cause;
  }
  return chain;
}

const isUnreachable = (chain: readonly OpenidError[]) =>
  chain.some(
    ({ name, code, message }) =>
      code === 'OAUTH_TIMEOUT' ||
      name === 'TimeoutError' ||
      (name === 'TypeError' && message === 'fetch failed'),
  );

function codeOf(error: unknown): SignInFailureCode {
  const chain = chainOf(error);
  const [first = {}] = chain;
  if (first.code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') return codeOfRedirect(first.error);
  if (first.code === 'OAUTH_RESPONSE_BODY_ERROR') return codeOfRefusal(first);
  if (first.code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return 'operator_settings';
  if (first.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return 'clock_skew';
  if (isUnreachable(chain)) return 'provider_unreachable';
  return chain.some(({ code }) => code !== undefined && untrusted.has(code))
    ? 'answer_not_trusted'
    : 'provider_error';
}

/** What is written down of an error that came over the wire, in the log and in the audit trail. */
function detailOf(error: unknown): string | null {
  const [first = {}] = chainOf(error);
  const told = [first.error, first.error_description].filter((text) => typeof text === 'string').join(': ');
  if (told === '') return first.code ?? null;
  return toldByOthers(told, 300);
}

/** The refusal that an error of openid-client, or of the network below it, means. */
export function toRefusal(error: unknown): SignInRefusal {
  if (error instanceof SignInRefusal) return error;
  return new SignInRefusal(codeOf(error), detailOf(error), { cause: error });
}
