import type { AccountsReading } from '../accounts/accountReader.js';
import { asFailure } from '../accounts/failures.js';
import { clientKeyOf } from '../identity/apiClient.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import { newReference } from '../web/reference.js';
import { registeredStill, returnAddress } from './addresses.js';
import type { CloseFlows } from './flowClosing.js';
import type { OnboardingRecords } from './onboardingRecords.js';
import { isUnderWay, type OnboardingSession, onboardingKeyOf } from './onboardingSession.js';
import type { OnboardingSessions, OnboardingSessionsDeps } from './onboardingSessions.js';
import { type ActiveAccounts, isComplete, nothingDone, outcomesOf } from './outcomes.js';

type Ending = Pick<OnboardingSessions, 'progress' | 'skip' | 'cancel' | 'finish' | 'returnUrlOf' | 'tidy'>;

/** What becomes of an onboarding's connections, and how it ends. */
export function createOnboardingEnding(
  deps: OnboardingSessionsDeps,
  records: OnboardingRecords,
  closeFlows: CloseFlows,
): Ending {
  const { store, reader, reconnects, unverified, flows, results } = deps;
  const { current, find, clientOf, record } = records;

  async function flowsOf({ connections, identifier }: OnboardingSession) {
    return (await Promise.all(connections.map(({ name }) => flows.since(identifier, name, 0)))).flat();
  }

  async function activeIn(
    { identifier }: OnboardingSession,
    reading: AccountsReading,
  ): Promise<ActiveAccounts> {
    const { accounts } = reading;
    const tooOld = await reconnects.of(identifier, accounts);
    const active = [...accounts].filter(([name, { status }]) => status === 'active' && !tooOld.has(name));
    return {
      names: new Set(active.map(([name]) => name)),
      unverified: await unverified.of(identifier, reading),
    };
  }

  /** By a call that begins now. */
  async function readActive(session: OnboardingSession, leaving: boolean) {
    reader.drop(session.identifier);
    try {
      return await activeIn(session, await reader.read(session.identifier));
    } catch (error) {
      if (leaving && error instanceof ScalekitError) return null;
      throw asFailure(error, null);
    }
  }

  /** How an onboarding ends whose user leaves it now. */
  async function endOf(session: OnboardingSession, leaving: boolean) {
    if (!isUnderWay(session, Date.now()))
      return { status: 'incomplete', outcomes: nothingDone(session) } as const;
    const active = await readActive(session, leaving);
    const outcomes = outcomesOf(session, { active, flows: await flowsOf(session) });
    return { status: isComplete(outcomes) ? 'complete' : 'incomplete', outcomes } as const;
  }

  return {
    async progress(session) {
      if (session.outcomes !== null)
        return { outcomes: session.outcomes, asOf: session.endedAt, fresh: true };
      if (session.checkedAt === null) return { outcomes: nothingDone(session), asOf: null, fresh: true };
      const { reading, fresh } = await reader.readOrRecall(session.identifier);
      if (reading === null) return { outcomes: null, asOf: null, fresh };
      const found = { active: await activeIn(session, reading), flows: await flowsOf(session) };
      return { outcomes: outcomesOf(session, found), asOf: reading.asOf, fresh };
    },

    async skip(session, name) {
      const asked = session.connections.find((connection) => connection.name === name);
      if (asked === undefined || asked.required) return null;
      return store.skip(session.id, name, Date.now());
    },

    async cancel(client, id, info) {
      await find(client, id);
      const cancelled = await store.cancel(id, Date.now());
      if (cancelled !== null) await record('onboarding.cancelled', clientKeyOf(client), cancelled, info);
      const session = cancelled ?? (await find(client, id));
      await closeFlows(session, info);
      return session;
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
      for (const session of await store.ranOut(now)) await closeFlows(session, info);
      const expired = await store.tidy(now, endedBefore);
      for (const session of expired) await record('onboarding.expired', null, session, {});
    },
  };
}
