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
  /** Of a token that was refused for how it is signed. */
  readonly header?: { readonly alg?: unknown };
  readonly alg?: unknown;
}

/**
 * The rules of an organization: Entra's codes of conditional access, of a second step that is missing, and of users who
 * were not given the app (https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes); Okta's words.
 */
const policies =
  /AADSTS(?:50005|50074|50076|50079|50097|50105|50131|50158|53\d{3,4})\b|conditional access|\bpolicy\b/i;

/** Errors that are about a user, and not about this app. */
const aboutUsers = [
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'invalid_grant',
];

const isOfPolicy = ({ error = '', error_description: description = '' }: OpenidError) =>
  aboutUsers.includes(error) && policies.test(description);

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
  if (status >= 500) return 'provider_error';
  switch (error) {
    case 'invalid_grant':
      return 'code_refused';
    case 'invalid_client':
    case 'invalid_request':
    case 'invalid_scope':
    case 'unauthorized_client':
    case 'unsupported_grant_type':
      return 'operator_settings';
    // Some providers have codes of their own, which mean anything.
    default:
      return 'provider_error';
  }
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

/** The algorithm of a token that is signed with a secret that both sides know (RFC 7518, section 3.2), or null. */
function secretAlgorithm(chain: readonly OpenidError[]): string | null {
  const told = chain.map(({ alg, header }) => alg ?? header?.alg).find((alg) => alg !== undefined);
  return typeof told === 'string' && /^HS\d{3}$/.test(told) ? told : null;
}

function codeOf(error: unknown): SignInFailureCode {
  const chain = chainOf(error);
  const [first = {}] = chain;
  if (isOfPolicy(first)) return 'policy_refused';
  if (first.code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') return codeOfRedirect(first.error);
  if (first.code === 'OAUTH_RESPONSE_BODY_ERROR') return codeOfRefusal(first);
  if (first.code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return 'operator_settings';
  if (first.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return 'clock_skew';
  if (isUnreachable(chain)) return 'provider_unreachable';
  if (secretAlgorithm(chain) !== null) return 'signed_with_secret';
  return chain.some(({ code }) => code !== undefined && untrusted.has(code))
    ? 'answer_not_trusted'
    : 'provider_error';
}

/** What is written down of an error that came over the wire, in the log and in the audit trail. */
function detailOf(error: unknown): string | null {
  const chain = chainOf(error);
  const [first = {}] = chain;
  const algorithm = secretAlgorithm(chain);
  if (algorithm !== null)
    return `ID tokens are signed with ${algorithm}: choose RS256 or ES256 for this app there`;
  const told = [first.error, first.error_description].filter((text) => typeof text === 'string').join(': ');
  const status = chain.map((link) => link.status).find((each) => each !== undefined);
  if (told === '') return status === undefined ? (first.code ?? null) : `status ${status}`;
  return toldByOthers(told, 300);
}

/** The refusal that an error of openid-client, or of the network below it, means. */
export function toRefusal(error: unknown): SignInRefusal {
  if (error instanceof SignInRefusal) return error;
  return new SignInRefusal(codeOf(error), detailOf(error), { cause: error });
}
