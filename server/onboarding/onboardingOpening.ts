import { type ApiClient, mayAsk } from '../identity/clients/apiClient.js';
import { hashed } from '../kernel/hashed.js';
import { registeredStill } from './addresses.js';
import type { OnboardingRecords } from './onboardingRecords.js';
import { confirmNonceOf, newCookieValue } from './onboardingSecrets.js';
import { type OnboardingSession, onboardingKeyOf, startedLifetimeMs } from './onboardingSession.js';
import type { Look, OnboardingSessions, OnboardingSessionsDeps } from './onboardingSessions.js';
import type { Start } from './onboardingStore.js';

/** Whether a client still may what it was allowed when it made an onboarding. */
const mayStill = (client: ApiClient, { userCheck }: OnboardingSession): boolean =>
  client.scopes.includes('onboarding') && mayAsk(client, userCheck);

function startNow({ userCheck }: OnboardingSession, cookie: string): Start {
  const now = Date.now();
  return {
    now,
    expiresAt: now + startedLifetimeMs,
    cookieHash: hashed(cookie),
    nonceHash: userCheck === 'confirm' ? hashed(confirmNonceOf(cookie)) : null,
    checkedAt: userCheck === 'none' ? now : null,
  };
}

/** From the address of an onboarding to the cookie of its browser. */
export function createOnboardingOpening(
  { store }: Pick<OnboardingSessionsDeps, 'store'>,
  { current, clientOf, change }: OnboardingRecords,
): Pick<OnboardingSessions, 'lookAt' | 'start' | 'ofCookie'> {
  async function lookAt(token: string): Promise<Look | null> {
    const session = current(await store.findByToken(hashed(token)));
    if (session === null) return null;
    const client = await clientOf(session);
    return {
      session,
      client,
      startable: client !== null && session.status === 'open' && mayStill(client, session),
      refreshUrl: client === null ? null : registeredStill(client, 'refreshUrls', session.refreshUrl),
    };
  }

  return {
    lookAt,
    async start(token, info) {
      const look = await lookAt(token);
      if (look === null || !look.startable) return null;
      const cookie = newCookieValue();
      const started = { type: 'onboarding.started', actor: onboardingKeyOf(look.session), info } as const;
      const session = await change(started, (changing) =>
        changing.start(hashed(token), startNow(look.session, cookie)),
      );
      return session === null ? null : { session, cookie };
    },
    ofCookie: async (cookie) => current(await store.findByCookie(hashed(cookie))),
  };
}
