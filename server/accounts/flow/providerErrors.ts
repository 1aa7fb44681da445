import type { FailureCode } from './failureCodes.js';

/**
 * What a provider, or Scalekit for it, says when nobody consented, as OAuth has it (RFC 6749, 4.1.2.1; OpenID Connect
 * Core, 3.1.2.6). Both come in an address that anybody can write, so they decide words and nothing else.
 */
export interface ProviderError {
  readonly error: string;
  readonly description: string;
}

/** A kind of provider error: its failure has the words, says what to do next and who has to act. */
type Kind = Extract<
  FailureCode,
  | 'consent_denied'
  | 'organization_blocked'
  | 'operator_setup'
  | 'permission_missing'
  | 'exchange_failed'
  | 'sign_in_needed'
  | 'provider_error'
>;

/** Kinds by the error alone. What is not here is a passing problem of the provider's. */
const kindsByError: Readonly<Record<string, Kind>> = {
  // The user's own no.
  access_denied: 'consent_denied',
  user_cancelled: 'consent_denied',
  user_cancelled_authorize: 'consent_denied',
  user_cancelled_login: 'consent_denied',
  user_denied: 'consent_denied',
  consent_declined: 'consent_denied',
  // An organization blocks the app, or has to approve it.
  admin_consent_required: 'organization_blocked',
  admin_policy_enforced: 'organization_blocked',
  app_approval_required: 'organization_blocked',
  app_not_allowed: 'organization_blocked',
  app_not_approved: 'organization_blocked',
  approval_required: 'organization_blocked',
  consent_required: 'organization_blocked',
  oauth_app_blocked: 'organization_blocked',
  oauth_authorization_blocked: 'organization_blocked',
  org_internal: 'organization_blocked',
  org_login_required: 'organization_blocked',
  policy_enforced: 'organization_blocked',
  restricted_action: 'organization_blocked',
  team_access_not_granted: 'organization_blocked',
  // The operator's own set-up at the provider or at Scalekit.
  access_not_configured: 'operator_setup',
  application_suspended: 'operator_setup',
  bad_client_secret: 'operator_setup',
  bad_redirect_uri: 'operator_setup',
  deleted_client: 'operator_setup',
  disabled_client: 'operator_setup',
  invalid_client: 'operator_setup',
  invalid_client_id: 'operator_setup',
  invalid_redirect_uri: 'operator_setup',
  invalid_request: 'operator_setup',
  oauth_ec_app_not_found: 'operator_setup',
  redirect_uri_mismatch: 'operator_setup',
  restricted_client: 'operator_setup',
  unauthorized_client: 'operator_setup',
  unsupported_response_type: 'operator_setup',
  insufficient_scope: 'permission_missing',
  invalid_scope: 'permission_missing',
  failed_to_exchange: 'exchange_failed',
  failed_to_exchange_token: 'exchange_failed',
  invalid_grant: 'exchange_failed',
  // The provider needs the user to sign in, or to do something there.
  account_selection_required: 'sign_in_needed',
  disallowed_useragent: 'sign_in_needed',
  interaction_required: 'sign_in_needed',
  login_required: 'sign_in_needed',
  // Passing.
  server_error: 'provider_error',
  temporarily_unavailable: 'provider_error',
};

/** Microsoft Entra's numbers, which its `access_denied` and others carry in the description. */
const kindsByEntraCode: Readonly<Record<string, Kind>> = {
  // The app needs an administrator's consent, the user is not assigned, or a policy stands against it.
  AADSTS50105: 'organization_blocked',
  AADSTS53000: 'organization_blocked',
  AADSTS53001: 'organization_blocked',
  AADSTS53003: 'organization_blocked',
  AADSTS53004: 'organization_blocked',
  AADSTS530002: 'organization_blocked',
  AADSTS530003: 'organization_blocked',
  AADSTS65001: 'organization_blocked',
  AADSTS65005: 'organization_blocked',
  AADSTS90008: 'organization_blocked',
  AADSTS90093: 'organization_blocked',
  AADSTS90094: 'organization_blocked',
  AADSTS90095: 'organization_blocked',
  AADSTS650052: 'organization_blocked',
  AADSTS7000112: 'organization_blocked',
  // The user declined.
  AADSTS65004: 'consent_denied',
  // The app is not set up for this user's directory, or not at all.
  AADSTS50011: 'operator_setup',
  AADSTS50020: 'operator_setup',
  AADSTS50194: 'operator_setup',
  AADSTS500113: 'operator_setup',
  AADSTS650056: 'operator_setup',
  AADSTS700016: 'operator_setup',
  AADSTS7000215: 'operator_setup',
  AADSTS7000218: 'operator_setup',
  AADSTS7000222: 'operator_setup',
  AADSTS70011: 'permission_missing',
  AADSTS50058: 'sign_in_needed',
  AADSTS50072: 'sign_in_needed',
  AADSTS50074: 'sign_in_needed',
  AADSTS50076: 'sign_in_needed',
  AADSTS50079: 'sign_in_needed',
  AADSTS16000: 'sign_in_needed',
};

/** What descriptions say where the error is only `access_denied` or the like, the first that fits. */
const kindsByWords: readonly (readonly [RegExp, Kind])[] = [
  [
    /verification process|being tested|test(?:ing)? (?:users?|mode)|not (?:been )?(?:published|verified)|unpublished|in development mode/,
    'operator_setup',
  ],
  [
    /admin\w*(?:'s|’s)? (?:approval|consent)|(?:approval|consent|approved|granted|allowed|enabled) (?:by|of|from) (?:an? |the |your )?(?:\w+ )?(?:admin|owner|organi[sz]ation)|not admin approved/,
    'organization_blocked',
  ],
  [
    /(?:blocked|disabled|restricted|denied|prevented|not (?:permitted|allowed|approved)) by (?:an? |the |your )?(?:\w+ )?(?:admin|compan|organi[sz]ation|org\b|owner|policy|team|tenant|workspace)/,
    'organization_blocked',
  ],
  [
    /access restrictions|organi[sz]ation(?:'s|’s|al)? (?:policy|policies|settings)|saml enforcement|conditional access/,
    'organization_blocked',
  ],
];

const errorMaxLength = 100;
const descriptionMaxLength = 2_000;
const entraCode = /\bAADSTS\d{4,7}\b/;

const bounded = (text: string, length: number) => text.slice(0, length);

const entraCodeIn = ({ description }: ProviderError): string | null =>
  entraCode.exec(bounded(description, descriptionMaxLength))?.[0] ?? null;

/** The failure that says what the provider's error means. */
export function failureOfProviderError(told: ProviderError): Kind {
  const code = entraCodeIn(told);
  const byCode = code !== null && Object.hasOwn(kindsByEntraCode, code) ? kindsByEntraCode[code] : undefined;
  if (byCode !== undefined) return byCode;
  const error = bounded(told.error, errorMaxLength).trim().toLowerCase();
  const byError = Object.hasOwn(kindsByError, error) ? kindsByError[error] : undefined;
  // Providers put what an organization forbids, and what an app lacks, behind the user's own no.
  if (byError !== undefined && byError !== 'consent_denied') return byError;
  const description = bounded(told.description, descriptionMaxLength).toLowerCase();
  const byWords = kindsByWords.find(([words]) => words.test(description))?.[1];
  return byWords ?? byError ?? 'provider_error';
}

/** The provider's code, for an administrator to look up: nothing that could be words of somebody's own. */
export function codeOfProviderError(told: ProviderError): string | null {
  const error = bounded(told.error, errorMaxLength).trim();
  return (
    entraCodeIn(told) ??
    (/^[a-z][a-z0-9]*(?:_[a-z0-9]+){0,6}$/i.test(error) && error.length <= 60 ? error : null)
  );
}
