import { onboardingRefusal } from '../api/apiErrors.js';
import { type ApiClient, clientKeyOf } from '../identity/clients/apiClient.js';
import { hashed } from '../kernel/hashed.js';
import { confirmAddress, continueAddress, registeredStill } from './addresses.js';
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
  { publicUrl }: Pick<OnboardingSessionsDeps, 'publicUrl'>,
  { find, clientOf, record, change }: OnboardingRecords,
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
        const brought = { type: otherUser, actor: userKeyOf(identifier), info } as const;
        const ended = await change(brought, (changing) =>
          changing.cancelByNonce(id, nonceHash, outcomes, Date.now()),
        );
        if (ended === null) return refuse(client, id);
        await closeFlows(ended, info);
        throw onboardingRefusal('other_user');
      }
      const code = newContinueCode();
      const said = { type: 'onboarding.confirmed', actor: clientKeyOf(client), info } as const;
      const confirmed = await change(said, (changing) =>
        changing.confirm(id, nonceHash, hashed(code), Date.now()),
      );
      if (confirmed === null) return refuse(client, id);
      return continueAddress(publicUrl, id, code);
    },

    async confirmUrlOf(session, cookie) {
      const client = await clientOf(session);
      const url = client === null ? null : registeredStill(client, 'confirmUrls', session.confirmUrl);
      return url === null ? null : confirmAddress(url, session, confirmNonceOf(cookie));
    },

    async continueWith(id, code, cookie, info) {
      const codeHash = hashed(code);
      if (cookie !== null) {
        const continued = { type: 'onboarding.continued', actor: onboardingKeyOf({ id }), info } as const;
        const session = await change(continued, (changing) =>
          changing.continueWith(id, codeHash, hashed(cookie), Date.now()),
        );
        if (session !== null) return session;
      }
      const elsewhere = { type: 'security.onboarding_other_browser', actor: null, info } as const;
      await change(elsewhere, (changing) => changing.burnCode(id, codeHash));
      return null;
    },

    async signedInAs(session, identifier, info) {
      if (identifier !== session.identifier) {
        await record({ type: otherUser, actor: userKeyOf(identifier), info }, session);
        return null;
      }
      const continued = { type: 'onboarding.continued', actor: onboardingKeyOf(session), info } as const;
      return change(continued, (changing) => changing.passCheck(session.id, Date.now()));
    },
  };
}
