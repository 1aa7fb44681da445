import type { FailureCode } from './failureCodes.js';

/** What an error of a provider comes to. */
interface Meaning {
  /** Who has to do something before another try can succeed; nobody where time alone helps. */
  readonly mustAct: 'user' | 'organization' | 'operator' | 'nobody';
  /** Error codes as providers send them, in lower case. */
  readonly errors: readonly string[];
  /** The numbers of Microsoft's codes, `AADSTS65001`, which stand in the description whatever the error is. */
  readonly microsoft: readonly number[];
  /** What a description says that goes with an error such as `access_denied`, which may mean anything. */
  readonly said: readonly RegExp[];
  /** How an error is called that no list here names. */
  readonly called: RegExp | null;
}

/**
 * The table of provider errors. The order is that in which descriptions and unlisted errors are looked up. The words of
 * each are in `words/`, under `flow.failures`; its next step is in the table of failures.
 *
 * Sources: RFC 6749 (4.1.2.1, 5.2), OpenID Connect Core (3.1.2.6), Microsoft Entra's reference of AADSTS codes, and the pages
 * on authorization errors of Google, GitHub, Slack, Salesforce, LinkedIn and Okta.
 */
const meanings = {
  /** The app is not set up at the provider as it should be, or is not published there. */
  operator_setup: {
    mustAct: 'operator',
    errors: [
      'application_disabled',
      'application_suspended',
      'bad_client_secret',
      'bad_redirect_uri',
      'client_not_found',
      'deleted_client',
      'disabled_client',
      'incorrect_client_credentials',
      'invalid_client',
      'invalid_client_id',
      'invalid_redirect_uri',
      'invalid_request',
      'invalid_request_object',
      'invalid_request_uri',
      'invalid_resource',
      'invalid_team_for_non_distributed_app',
      'oauth_authorization_url_mismatch',
      'redirect_uri_mismatch',
      'redirect_uri_missing',
      'registration_not_supported',
      'request_not_supported',
      'request_uri_not_supported',
      'restricted_client',
      'unauthorized_client',
      'unsupported_grant_type',
      'unsupported_response_type',
    ],
    microsoft: [
      50001, 500011, 50003, 50011, 50146, 50194, 65002, 65005, 650054, 650056, 650057, 70001, 70002, 70003,
      70004, 70005, 70007, 700011, 700016, 700025, 700027, 700030, 700054, 7000114, 7000215, 7000218, 7000222,
      90002, 90009, 90014, 900144, 900971, 90023, 9001023, 9002313, 9002332, 90124, 90130,
    ],
    said: [
      /redirect[ _]?ur[il]|response[ _]?type/,
      /\b(invalid|unknown|missing|wrong|incorrect|expired)\b.{0,30}\bclient[ _]?(id|secret)/,
      /\bclient[ _]?(id|secret)\b.{0,40}\b(invalid|unknown|missing|mismatch|expired|incorrect|not found)/,
      /verification process|approved tester|\btest(ing)? (user|mode)|development mode|unpublished/,
      /\bnot (yet )?(been )?(publicly )?(published|distributed|verified|listed)\b/,
    ],
    called:
      /client|redirect|callback|distribut|publish|config|response_type|unsupported|(^|_)app(lication)?_(suspended|disabled|deleted|unknown)/,
  },
  /** The organization of the user, or a policy of it, stands against it. */
  organization_blocked: {
    mustAct: 'organization',
    errors: [
      'access_not_configured',
      'admin_approval_required',
      'admin_consent_required',
      'admin_policy_enforced',
      'admin_required',
      'app_approval_request_denied',
      'app_approval_request_eligible',
      'app_approval_request_pending',
      'app_not_approved',
      'app_not_installed',
      'consent_required',
      'ekm_access_denied',
      'inactive_org',
      'inactive_user',
      'invalid_app_access',
      'not_approved',
      'oauth_app_access_denied',
      'oauth_app_blocked',
      'oauth_approval_error_generic',
      'oauth_ec_app_not_found',
      'org_internal',
      'org_login_required',
      'policy_enforced',
      'restricted_action',
      'sso_required',
      'team_access_not_granted',
      'user_is_restricted',
      'user_is_ultra_restricted',
    ],
    microsoft: [
      50002, 500021, 500022, 500212, 500213, 50005, 50057, 50097, 50105, 50129, 50131, 50177, 50178, 53000,
      53001, 53002, 53003, 530032, 530034, 530035, 53010, 53011, 54000, 65001, 650052, 7000112, 90008, 90084,
      90093, 90094, 900941, 90095, 90099, 90123, 1000031, 1000104,
    ],
    said: [
      /\b(admin(istrator)?s?|account owner)\b.{0,80}\b(approv|consent|permi|allow|authori|block|restrict|install)/,
      /\badmin(istrator)?s?\b.{0,80}\b(enabl|disabl|polic|review|grant|assign|requir)/,
      /\b(approv|block|restrict|disabl|polic|prohibit)\w*.{0,60}\b(admin|account owner|organi[sz]ation|workspace)/,
      /\b(approv|block|restrict|disabl|polic|prohibit)\w*.{0,60}\b(tenant|company|enterprise)/,
      /\b(organi[sz]ation|workspace|tenant|company|enterprise)\b.{0,80}\b(approv|block|restrict|disallow|disabled|polic)/,
      /\b(organi[sz]ation|workspace|tenant|company|enterprise)\b.{0,80}\b(not allow|does ?n.t allow|prohibit)/,
      /\bcontact (an|your|the)( \w+){0,2} admin/,
      /\bnot assigned to\b|conditional access|\baccess restrictions\b|\bsaml (enforcement|sso|single)|policy evaluation failed/,
    ],
    called:
      /admin|(^|_)org(anization)?(_|$)|polic|approv|block|restrict|tenant|workspace|complian|not_(allowed|assigned|installed)|forbidden|entitle|licen[cs]e/,
  },
  /** The provider does not show its pages in the window that the user has. */
  browser_refused: {
    mustAct: 'user',
    errors: ['disallowed_useragent'],
    microsoft: [220450],
    said: [/embedded (browser|web ?view)|\bweb ?view\b/],
    called: /user_?agent|web_?view|browser/,
  },
  /** The provider wants the user to sign in there once more, or with another account. */
  sign_in_needed: {
    mustAct: 'user',
    errors: [
      'account_selection_required',
      'immediate_failed',
      'immediate_unsuccessful',
      'interaction_required',
      'login_required',
      'session_selection_required',
      'unmet_authentication_requirements',
      'unverified_user_email',
      'user_logged_out',
    ],
    microsoft: [
      16000, 16001, 16002, 16003, 160021, 50014, 50020, 500208, 50034, 50053, 50055, 50056, 50058, 50064,
      50072, 50074, 50076, 50078, 50079, 50085, 50089, 50125, 50126, 50132, 50133, 50135, 50139, 50140, 50143,
      50144, 50158, 50173, 50197, 51004, 51006, 53004, 70043, 700020, 70044, 81010, 81012, 90072,
    ],
    said: [
      /\b(sign|log) ?in again\b|\bnot (logged|signed) in\b|re-?authenticat|\b(another|different) account\b/,
      /\bsession (has |is )?(expired|timed out|invalid)|multi-?factor|\bmfa\b/,
    ],
    called: /log_?in|sign_?in|session|reauth|mfa|interaction|account_selection|password/,
  },
  /** The user's own no. */
  consent_denied: {
    mustAct: 'user',
    errors: [
      'access_denied',
      'authorization_declined',
      'cancelled',
      'canceled',
      'consent_declined',
      'end_user_denied',
      'user_canceled',
      'user_cancelled',
      'user_cancelled_authorize',
      'user_cancelled_login',
      'user_denied',
    ],
    microsoft: [65004],
    said: [/\b(user|owner|you|member|customer)\b.{0,30}\b(cancel|declin|den(y|ied)|reject|refus|abort)/],
    called: /cancel|declin|abort|user_(denied|rejected|refused)|denied_by_user/,
  },
  /** The app asks for permissions that the provider does not know or does not give it. */
  permission_missing: {
    mustAct: 'operator',
    errors: [
      'insufficient_scope',
      'invalid_scope',
      'missing_scope',
      'unapproved_scope',
      'unauthorized_scope_error',
    ],
    microsoft: [28002, 28003, 70011, 700022, 700023],
    said: [/\bscopes?\b/],
    called: /scope|permission/,
  },
  /** The user approved, and the provider gave Scalekit no access for it: most often a wrong client secret. */
  exchange_failed: {
    mustAct: 'operator',
    errors: [
      'bad_verification_code',
      'code_already_used',
      'failed_to_exchange',
      'failed_to_exchange_token',
      'invalid_code',
      'invalid_grant',
    ],
    microsoft: [50147, 501481, 54005, 70000, 700005, 70008],
    said: [],
    called: /exchange|(^|_)(grant|code)(_|$)/,
  },
  /** It passes. */
  provider_error: {
    mustAct: 'nobody',
    errors: [
      'internal_error',
      'internal_server_error',
      'rate_limit_exceeded',
      'ratelimited',
      'request_timeout',
      'server_error',
      'service_unavailable',
      'slow_down',
      'temporarily_unavailable',
      'timeout',
      'too_many_requests',
    ],
    microsoft: [
      50000, 50033, 50087, 50088, 50166, 50196, 70012, 80001, 80002, 80005, 80014, 90006, 90012, 90024, 90033,
      90055, 90090, 90091,
    ],
    said: [
      /temporar|\btimed? ?out\b|too many requests|rate limit|overload|\bunavailable\b|internal (server )?error/,
    ],
    called:
      /unavailable|time_?out|timed_out|rate_?limit|throttl|too_many|overload|busy|internal|server|retry|maintenance/,
  },
  /** Nobody here knows the error. */
  provider_refused: { mustAct: 'operator', errors: [], microsoft: [], said: [], called: null },
} as const satisfies Partial<Record<FailureCode, Meaning>>;

/** The failures that an error of a provider can be. */
type ProviderFailure = keyof typeof meanings;

const table: Readonly<Record<ProviderFailure, Meaning>> = meanings;
const failures = Object.keys(meanings) as ProviderFailure[];

/** Who has to do something before another try can succeed; null where no provider's error made the failure. */
export const whoMustAct = (failure: FailureCode): Meaning['mustAct'] | null =>
  Object.hasOwn(meanings, failure) ? table[failure as ProviderFailure].mustAct : null;

const failureOfError = new Map(
  failures.flatMap((failure) => table[failure].errors.map((error) => [error, failure])),
);
const failureOfNumber = new Map(
  failures.flatMap((failure) => table[failure].microsoft.map((number) => [number, failure])),
);

/** Errors that say nothing of their reason, so that the description decides. */
const vague: ReadonlySet<string> = new Set([
  'access_denied',
  'invalid_grant',
  'invalid_request',
  'unauthorized_client',
]);

/** An error of a provider, understood. It came in an address that anybody can write, so it decides words and nothing else. */
export interface ProviderError {
  readonly failure: ProviderFailure;
  /** The provider's code, of letters, digits and underscores only; null when what it sent is no code. */
  readonly code: string | null;
}

const errorMaxLength = 64;
const descriptionMaxLength = 1000;

/** Some servers encode what they pass on once more. What we look for is ASCII, and a text that was cut has to do. */
const decoded = (text: string): string =>
  text.replace(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

const codePattern = /^[a-z]\w{1,39}$/i;
const microsoftCode = /\bAADSTS(\d{4,8})(?!\d)/gi;

/** `Access Denied`, `access-denied` and `ACCESS_DENIED` are one error. */
const errorName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ');

/** A name that says the user cancelled says it whatever else it says. */
const asNamesGo: readonly ProviderFailure[] = ['consent_denied', ...failures];

function failureOf(name: string, description: string): ProviderFailure {
  const named = failureOfError.get(name);
  if (named !== undefined && !vague.has(name)) return named;
  const said = plain(description);
  return (
    failures.find((failure) => table[failure].said.some((words) => words.test(said))) ??
    named ??
    asNamesGo.find((failure) => table[failure].called?.test(name)) ??
    'provider_refused'
  );
}

/**
 * Understands what a provider sent in place of a consent.
 * @param error the `error` of the return (RFC 6749, 4.1.2.1), from whoever made the address
 * @param description its `error_description`, which decides where the error alone does not; it is not kept
 */
export function readProviderError(error: string, description: string): ProviderError {
  const given = decoded(error.slice(0, errorMaxLength * 3))
    .normalize('NFKC')
    .trim()
    .slice(0, errorMaxLength);
  const text = decoded(description.slice(0, descriptionMaxLength)).normalize('NFKC');
  const name = errorName(given);
  const numbers = [...`${given} ${text}`.matchAll(microsoftCode)].map(([, digits]) => Number(digits));
  const known = numbers.find((number) => failureOfNumber.has(number));
  const number = known ?? numbers[0];
  const isCode = failureOfError.has(name) || codePattern.test(given);
  return {
    failure: (known === undefined ? undefined : failureOfNumber.get(known)) ?? failureOf(name, text),
    code: number === undefined ? (isCode ? name : null) : `AADSTS${number}`,
  };
}

/** Whether a code is a provider's own for certain: anybody can put words with underscores into an address. */
export const isKnownProviderCode = (code: string): boolean =>
  failureOfError.has(code) || /^AADSTS\d{4,8}$/.test(code);
