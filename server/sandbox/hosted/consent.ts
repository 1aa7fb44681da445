import type { Environment } from '../environment.js';
import { pause } from '../pause.js';
import type { Authorizations, Link } from './authorization.js';
import { consentedTokens } from './credentials.js';
import type { EndingName } from './hostedTexts.js';

/** The outcomes of a consent page that a person, a provider or a network can cause. */
export const consentOutcomes = {
  allow: 'Allow',
  deny: 'Deny',
  link_expired: 'Expired session',
  failed_to_exchange_token: 'Exchange fails',
  server_error: 'Server error',
  invalid_scope: 'Invalid scope',
  deny_without_state: 'Denied without state',
  slow: 'Slow provider',
  stuck: 'Browser never returns',
} as const;
export type ConsentOutcome = keyof typeof consentOutcomes;

/** Where the browser goes: back to the app, or to an ending on a page of Scalekit's. */
export type Destination = { readonly redirect: string } | { readonly ending: EndingName };

export function isConsentOutcome(outcome: unknown): outcome is ConsentOutcome {
  return typeof outcome === 'string' && Object.hasOwn(consentOutcomes, outcome);
}

/** Carries out the answer to a consent page. The link is used up by it. */
export async function answerConsent(
  environment: Environment,
  authorizations: Authorizations,
  link: Link,
  outcome: ConsentOutcome,
  closing: AbortSignal,
): Promise<Destination> {
  switch (outcome) {
    case 'allow':
      return allow(environment, authorizations, link);
    case 'slow':
      await pause(environment.slowProviderMs, closing);
      return allow(environment, authorizations, link);
    case 'deny':
      return refuse(environment, link, 'access_denied', 'The user denied access');
    case 'deny_without_state':
      return refuse(environment, { ...link, state: '' }, 'access_denied', 'The user denied access');
    case 'failed_to_exchange_token':
      return refuse(environment, link, outcome, 'The authorization code could not be exchanged');
    case 'server_error':
      return refuse(environment, link, outcome, 'The provider had an internal error');
    case 'invalid_scope':
      return refuse(environment, link, outcome, 'The requested scope is invalid');
    case 'link_expired':
    case 'stuck':
      return { ending: outcome };
  }
}

function allow(environment: Environment, authorizations: Authorizations, link: Link): Destination {
  const { account, userVerifyUrl, state } = link;
  if (!authorizations.exists(account)) return { ending: 'account_gone' };
  const connection = environment.connections.get(account.connectionName);
  if (!connection?.enabled) return { ending: 'connection_unavailable' };
  const tokens = consentedTokens(connection);
  if (environment.verification === 'scalekit') {
    environment.announce('connected_account.oauth_succeeded', account);
    authorizations.activate(account, tokens);
    return { ending: 'connected' };
  }
  if (userVerifyUrl === '') return { ending: 'failed_to_exchange' };
  environment.announce('connected_account.oauth_succeeded', account);
  const authRequestId = authorizations.awaitVerification(account, tokens);
  return { redirect: withParameters(userVerifyUrl, { auth_request_id: authRequestId, state }) };
}

/** The error goes back to the app where the app verifies its users; else it stays on Scalekit's own page. */
function refuse(
  { verification }: Environment,
  { userVerifyUrl, state }: Pick<Link, 'userVerifyUrl' | 'state'>,
  error: EndingName,
  description: string,
): Destination {
  if (verification === 'scalekit' || userVerifyUrl === '') return { ending: error };
  return { redirect: withParameters(userVerifyUrl, { error, error_description: description, state }) };
}

/** Adds parameters to an address. Empty values are left out. */
function withParameters(address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== '') url.searchParams.set(name, value);
  }
  return url.href;
}
