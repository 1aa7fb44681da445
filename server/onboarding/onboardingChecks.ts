import { type ApiClient, clientKeyOf } from '../identity/apiClient.js';
import { hashed } from '../store/hashed.js';
import { confirmAddress, continueAddress, registeredStill } from './addresses.js';
import { onboardingRefusal } from './apiErrors.js';
import type { CloseFlows } from './flowClosing.js';
import type { OnboardingProgress } from './onboardingProgress.js';
import type { OnboardingRecords } from './onboardingRecords.js';
import { confirmNonceOf, newContinueCode } from './onboardingSecrets.js';
import { isUnended, onboardingKeyOf } from './onboardingSession.js';
import type { OnboardingSessions, OnboardingSessionsDeps } from './onboardingSessions.js';

const otherUser = 'security.onboarding_other_user';
const userKeyOf = (identifier: string) => `user:${identifier}`;

/** How it is made sure that the person at the browser is the user that an onboarding was made for. */
export function createOnboardingChecks(
  { store, publicUrl }: Pick<OnboardingSessionsDeps, 'store' | 'publicUrl'>,
  { find, clientOf, record }: OnboardingRecords,
  closeFlows: CloseFlows,
  { endOf }: Pick<OnboardingProgress, 'endOf'>,
): Pick<OnboardingSessions, 'confirm' | 'confirmUrlOf' | 'continueWith' | 'signedInAs'> {
  async function refuse(client: ApiClient, id: string): Promise<never> {
    const session = await find(client, id);
    if (session.status === 'open') throw onboardingRefusal('onboarding_not_started');
    if (!isUnended(session)) throw onboardingRefusal('onboarding_ended');
    throw onboardingRefusal(session.checkedAt === null ? 'nonce_unknown' : 'onboarding_confirmed');
  }

  return {
    async confirm(client, id, { nonce, identifier }, info) {
      const session = await find(client, id);
      if (session.userCheck !== 'confirm') throw onboardingRefusal('confirm_not_expected');
      const nonceHash = hashed(nonce);
      if (identifier !== session.identifier) {
        const { outcomes } = await endOf(session, true);
        const ended = await store.cancelByNonce(id, nonceHash, outcomes, Date.now());
        if (ended === null) return refuse(client, id);
        await record(otherUser, userKeyOf(identifier), ended, info);
        await closeFlows(ended, info);
        throw onboardingRefusal('other_user');
      }
      const code = newContinueCode();
      const confirmed = await store.confirm(id, nonceHash, hashed(code), Date.now());
      if (confirmed === null) return refuse(client, id);
      await record('onboarding.confirmed', clientKeyOf(client), confirmed, info);
      return continueAddress(publicUrl, id, code);
    },

    async confirmUrlOf(session, cookie) {
      const client = await clientOf(session);
      const url = client === null ? null : registeredStill(client, 'confirmUrls', session.confirmUrl);
      return url === null ? null : confirmAddress(url, session, confirmNonceOf(cookie));
    },

    async continueWith(id, code, cookie, info) {
      const codeHash = hashed(code);
      const session =
        cookie === null ? null : await store.continueWith(id, codeHash, hashed(cookie), Date.now());
      if (session !== null) {
        await record('onboarding.continued', onboardingKeyOf(session), session, info);
        return session;
      }
      const burned = await store.burnCode(id, codeHash);
      if (burned !== null) await record('security.onboarding_other_browser', null, burned, info);
      return null;
    },

    async signedInAs(session, identifier, info) {
      if (identifier !== session.identifier) {
        await record(otherUser, userKeyOf(identifier), session, info);
        return null;
      }
      const passed = await store.passCheck(session.id, Date.now());
      if (passed !== null) await record('onboarding.continued', onboardingKeyOf(passed), passed, info);
      return passed;
    },
  };
}
