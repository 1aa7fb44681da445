import type { ApiClient } from '../identity/clients/apiClient.js';
import { isRegistered } from '../identity/clients/registeredUrls.js';
import { paths } from '../paths.js';
import type { OnboardingSession } from './onboardingSession.js';

/**
 * What we add to the addresses of other apps. Anybody can type an address, so the names say what proves something:
 * the signed result, and a nonce that the app's backend brings to our API. `state` is the app's own.
 */
export const addedParameters = {
  sessionId: 'unverified_session_id',
  state: 'state',
  result: 'signed_result',
  nonce: 'nonce',
} as const;

/** An address with more parameters. Its own query stays as it is, to the letter. */
function withParameters(address: string, values: Readonly<Record<string, string | null>>): string {
  const url = new URL(address);
  const added = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== null) added.set(name, value);
  url.search = [url.search.replace(/^\?/, ''), String(added)].filter((part) => part !== '').join('&');
  return url.href;
}

/** Whether an address already has a parameter that this app adds, so that it would be there twice. */
export const hasAddedParameter = (address: string): boolean => {
  const own = new URL(address).searchParams;
  return Object.values(addedParameters).some((name) => own.has(name));
};

/** Where the browser goes at the end. @param result as this app signed it */
export const returnAddress = ({ returnUrl, id, state }: OnboardingSession, result: string): string =>
  withParameters(returnUrl, {
    [addedParameters.sessionId]: id,
    [addedParameters.state]: state,
    [addedParameters.result]: result,
  });

/** Where the browser goes so that the other app says who its user is. */
export const confirmAddress = (confirmUrl: string, { id }: OnboardingSession, nonce: string): string =>
  withParameters(confirmUrl, { [addedParameters.sessionId]: id, [addedParameters.nonce]: nonce });

export const startAddress = (publicUrl: string, token: string): string =>
  publicUrl + paths.onboardingStart(token);

export const continueAddress = (publicUrl: string, id: string, code: string): string =>
  publicUrl + paths.onboardingContinue(id, code);

/** The address of an onboarding if its client still has it registered, or null. */
export function registeredStill(
  client: ApiClient,
  kind: 'returnUrls' | 'confirmUrls' | 'refreshUrls',
  address: string | null,
): string | null {
  return address !== null && isRegistered(client[kind], address) ? address : null;
}

/** The origins of a session's addresses that the pages' form-action does not allow already: those on this machine. */
export const loopbackOriginsOf = ({ returnUrl, confirmUrl, refreshUrl }: OnboardingSession): string[] => [
  ...new Set(
    [returnUrl, confirmUrl, refreshUrl].flatMap((address) =>
      address?.startsWith('http:') ? [new URL(address).origin] : [],
    ),
  ),
];
