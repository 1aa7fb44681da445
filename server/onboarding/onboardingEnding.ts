import { clientKeyOf } from '../identity/clients/apiClient.js';
import { newReference } from '../kernel/reference.js';
import { registeredStill, returnAddress } from './addresses.js';
import type { CloseFlows } from './flowClosing.js';
import type { OnboardingProgress } from './onboardingProgress.js';
import { eventOf, type OnboardingRecords } from './onboardingRecords.js';
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
  const { store, results, audit } = deps;
  const { current, find, clientOf, change } = records;

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
      const end = { type: 'onboarding.cancelled', actor: clientKeyOf(client), info } as const;
      const cancelled = await change(end, (changing) => changing.cancel(id, outcomes, Date.now()));
      if (cancelled === null) return find(client, id);
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
      const end = {
        type: 'onboarding.finished',
        actor: onboardingKeyOf(session),
        info,
        more: status,
      } as const;
      const finished = await change(end, (changing) =>
        changing.finish(session.id, status, outcomes, Date.now()),
      );
      if (finished === null) return now();
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
      await audit.recording(async ({ within, record }) => {
        const expired = await store.within(within).tidy(now, endedBefore);
        for (const session of expired) {
          record(eventOf({ type: 'onboarding.expired', actor: null, info: {} }, session));
        }
      });
    },
  };
}
