import { clientKeyOf } from '../identity/apiClient.js';
import { newReference } from '../web/reference.js';
import { registeredStill, returnAddress } from './addresses.js';
import type { CloseFlows } from './flowClosing.js';
import type { OnboardingProgress } from './onboardingProgress.js';
import type { OnboardingRecords } from './onboardingRecords.js';
import { isUnended, onboardingKeyOf } from './onboardingSession.js';
import type { OnboardingSessions, OnboardingSessionsDeps } from './onboardingSessions.js';

type Ending = Pick<OnboardingSessions, 'skip' | 'cancel' | 'finish' | 'returnUrlOf' | 'tidy'>;

/** How an onboarding ends. */
export function createOnboardingEnding(
  deps: OnboardingSessionsDeps,
  records: OnboardingRecords,
  closeFlows: CloseFlows,
  { endOf, recorded }: OnboardingProgress,
): Ending {
  const { store, results } = deps;
  const { current, find, clientOf, record } = records;

  return {
    async skip(session, name) {
      const asked = session.connections.find((connection) => connection.name === name);
      if (asked === undefined || asked.required) return null;
      return store.skip(session.id, name, Date.now());
    },

    async cancel(client, id, info) {
      const found = await find(client, id);
      // Before what became of them is read, as when its user leaves it.
      await closeFlows(found, info);
      if (!isUnended(found)) return found;
      const { outcomes } = await endOf(found, true);
      const cancelled = await store.cancel(id, outcomes, Date.now());
      if (cancelled === null) return find(client, id);
      await record('onboarding.cancelled', clientKeyOf(client), cancelled, info);
      // What began meanwhile.
      await closeFlows(cancelled, info);
      return cancelled;
    },

    async finish(session, { leaving }, info) {
      const now = async () => current(await store.find(session.id)) ?? session;
      if (!leaving && (await endOf(session, leaving)).status !== 'complete') return now();
      // Before what became of them is read: one that is just being verified counts.
      await closeFlows(session, info);
      const { status, outcomes } = await endOf(session, leaving);
      if (!leaving && status !== 'complete') return now();
      const finished = await store.finish(session.id, status, outcomes, Date.now());
      if (finished === null) return now();
      await record('onboarding.finished', onboardingKeyOf(finished), finished, info, status);
      // What began meanwhile.
      await closeFlows(finished, info);
      return finished;
    },

    async returnUrlOf(session) {
      if (session.status !== 'complete' && session.status !== 'incomplete') return null;
      const client = await clientOf(session);
      if (client === null || registeredStill(client, 'returnUrls', session.returnUrl) === null) return null;
      return returnAddress(session, await results.resultFor(session));
    },

    async tidy(endedBefore) {
      const now = Date.now();
      const info = { reference: newReference(), address: null };
      // First, so that whoever finds one that is not marked yet after a crash does it again.
      for (const session of await store.ranOut(now)) {
        await closeFlows(session, info);
        await store.keepOutcomes(session.id, await recorded(session));
      }
      const expired = await store.tidy(now, endedBefore);
      for (const session of expired) await record('onboarding.expired', null, session, {});
    },
  };
}
