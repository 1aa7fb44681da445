import type { Environment } from '../environment.js';
import { pause } from '../pause.js';
import type { Authorizations, Link } from './authorization.js';
import type { ProviderError } from './consentFaults.js';
import { consentedTokens } from './credentials.js';
import type { EndingName } from './hostedTexts.js';

/** What people, providers and networks can make of a consent, and the words on the button. */
export const consentOutcomes = {
  allow: 'Allow',
  deny: 'Deny',
  link_expired: 'Expired session',
  organization_blocks: 'Blocked by the organization',
  user_not_assigned: 'User not assigned to the app',
  admin_approval: 'Admin has to approve',
  admin_policy: 'Forbidden by policy',
  unpublished_app: 'Unpublished app',
  internal_app: 'App of another organization',
  sign_in_again: 'Sign in again first',
  failed_to_exchange_token: 'Exchange fails',
  server_error: 'Server error',
  temporarily_unavailable: 'Provider overloaded',
  invalid_scope: 'Invalid scope',
  deny_without_state: 'Denied without state',
  not_scalekit_user: 'Not signed in to Scalekit',
  slow: 'Slow provider',
  stuck: 'Browser never returns',
} as const;
export type ConsentOutcome = keyof typeof consentOutcomes;

const appId = '0c6f7d2e-5a41-4c8e-9a57-3f1d2b6e8a90';

/** The outcomes that are refusals, as the providers word them. */
const refusals = {
  deny: { error: 'access_denied', description: 'The user denied access' },
  deny_without_state: { error: 'access_denied', description: 'The user denied access', withoutState: true },
  organization_blocks: {
    error: 'access_denied',
    description: `AADSTS65001: The user or administrator has not consented to use the application with ID '${appId}' named 'Sandbox'. Send an interactive authorization request for this user and resource.`,
  },
  user_not_assigned: {
    error: 'access_denied',
    description: `AADSTS50105: Your administrator has configured the application Sandbox ('${appId}') to block users unless they are specifically granted ('assigned') access to the application.`,
  },
  admin_approval: {
    error: 'consent_required',
    description:
      'AADSTS90094: An administrator of your organization has to grant the requested permissions before you can use this app.',
  },
  admin_policy: {
    error: 'admin_policy_enforced',
    description: 'The account cannot authorize one or more scopes due to the policies of its administrator.',
  },
  unpublished_app: {
    error: 'access_denied',
    description:
      'Sandbox has not completed the Google verification process. The app is currently being tested, and can only be accessed by developer-approved testers.',
  },
  internal_app: {
    error: 'org_internal',
    description: 'This client is restricted to users within its organization.',
  },
  sign_in_again: {
    error: 'interaction_required',
    description:
      'AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication.',
  },
  failed_to_exchange_token: {
    error: 'failed_to_exchange_token',
    description: 'The authorization code could not be exchanged',
  },
  server_error: { error: 'server_error', description: 'The provider had an internal error' },
  temporarily_unavailable: {
    error: 'temporarily_unavailable',
    description: 'The provider cannot handle the request due to a temporary overload',
  },
  invalid_scope: { error: 'invalid_scope', description: 'The requested scope is invalid' },
} as const satisfies Partial<Record<ConsentOutcome, ProviderError>>;

/** Where the browser goes: back to the app, or to an ending on a page of Scalekit's. */
export type Destination =
  | { readonly redirect: string }
  | { readonly ending: EndingName; readonly error?: ProviderError };

/** How a consent page was answered, and with whose account at the provider. */
export interface ConsentAnswer {
  readonly outcome: ConsentOutcome | ProviderError;
  readonly providerAccount: string;
}

export function isConsentOutcome(outcome: unknown): outcome is ConsentOutcome {
  return typeof outcome === 'string' && Object.hasOwn(consentOutcomes, outcome);
}

const isRefusal = (outcome: ConsentOutcome): outcome is keyof typeof refusals =>
  Object.hasOwn(refusals, outcome);

/** Carries out the answer to a consent page. The link is used up by it. */
export async function answerConsent(
  environment: Environment,
  authorizations: Authorizations,
  link: Link,
  { outcome, providerAccount }: ConsentAnswer,
  closing: AbortSignal,
): Promise<Destination> {
  if (typeof outcome === 'object') return refuse(environment, link, outcome);
  if (isRefusal(outcome)) return refuse(environment, link, refusals[outcome]);
  if (outcome === 'link_expired' || outcome === 'stuck') return { ending: outcome };
  if (outcome === 'not_scalekit_user' && environment.verification === 'scalekit') return { ending: outcome };
  if (outcome === 'slow') await pause(environment.slowProviderMs, closing);
  return allow(environment, authorizations, link, providerAccount);
}

function allow(
  environment: Environment,
  authorizations: Authorizations,
  link: Link,
  providerAccount: string,
): Destination {
  const { account, userVerifyUrl, state } = link;
  if (!authorizations.exists(account)) return { ending: 'account_gone' };
  const connection = environment.connections.get(account.connectionName);
  if (!connection?.enabled) return { ending: 'connection_unavailable' };
  const fault = environment.consentFaults.take(account.connectionName);
  if (fault) return refuse(environment, link, fault);
  const tokens = consentedTokens(connection);
  if (environment.verification !== 'custom') {
    environment.announce('connected_account.oauth_succeeded', account);
    authorizations.activate(account, tokens, providerAccount);
    return { ending: 'connected' };
  }
  if (userVerifyUrl === '') return { ending: 'failed_to_exchange' };
  environment.announce('connected_account.oauth_succeeded', account);
  const authRequestId = authorizations.awaitVerification(account, tokens, providerAccount);
  return { redirect: withParameters(userVerifyUrl, { auth_request_id: authRequestId, state }) };
}

/** The error goes back to the app where the app verifies its users; else it stays on Scalekit's own page. */
function refuse(
  { verification }: Environment,
  { userVerifyUrl, state }: Pick<Link, 'userVerifyUrl' | 'state'>,
  refusal: ProviderError,
): Destination {
  const { error, description, withoutState } = refusal;
  if (verification !== 'custom' || userVerifyUrl === '') return { ending: endingOf(error), error: refusal };
  return {
    redirect: withParameters(userVerifyUrl, {
      error,
      error_description: description,
      state: withoutState ? '' : state,
    }),
  };
}

/** The errors that Scalekit's own page has words for. */
const wordedErrors = ['access_denied', 'failed_to_exchange_token', 'server_error', 'invalid_scope'] as const;

const endingOf = (error: string): EndingName =>
  wordedErrors.find((worded) => worded === error) ?? 'provider_refused';

/** Adds parameters to an address. Empty values are left out. */
function withParameters(address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== '') url.searchParams.set(name, value);
  }
  return url.href;
}
