import { asFailure } from '../accounts/flow/failures.js';
import type { AccountsReading } from '../accounts/list/accountReader.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import {
  type ConnectionOutcome,
  isUnderWay,
  isUnended,
  type OnboardingSession,
} from './onboardingSession.js';
import type { OnboardingSessions, OnboardingSessionsDeps } from './onboardingSessions.js';
import { type ActiveAccounts, isComplete, nothingDone, outcomesOf } from './outcomes.js';

/** How an onboarding ends whose user leaves it. */
export interface End {
  readonly status: 'complete' | 'incomplete';
  readonly outcomes: readonly ConnectionOutcome[];
}

export interface OnboardingProgress extends Pick<OnboardingSessions, 'progress'> {
  /**
   * How it would end now, by what Scalekit says from now on.
   * @param leaving it ends even while Scalekit can't be reached
   * @throws DomainError when Scalekit can't be reached
   */
  endOf(session: OnboardingSession, leaving: boolean): Promise<End>;
  /**
   * What became of the connections of one that ended by itself, by what was written down until then. Accounts are
   * not read, since what they are now may have come after the end.
   */
  recorded(session: OnboardingSession): Promise<readonly ConnectionOutcome[]>;
}

/** What becomes of an onboarding's connections. */
export function createOnboardingProgress(
  deps: Pick<OnboardingSessionsDeps, 'store' | 'reader' | 'reconnects' | 'unverified' | 'flows'>,
): OnboardingProgress {
  const { store, reader, reconnects, unverified, flows } = deps;

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

  async function recorded(session: OnboardingSession) {
    const tries = await store.endedTries(session);
    const done = tries.filter(({ status }) => status === 'done');
    const names = new Set(done.map(({ connectionName }) => connectionName));
    return outcomesOf(session, { active: { names, unverified: new Set() }, flows: tries });
  }

  return {
    recorded,

    async endOf(session, leaving) {
      if (!isUnderWay(session, Date.now())) return { status: 'incomplete', outcomes: nothingDone(session) };
      const active = await readActive(session, leaving);
      const outcomes = outcomesOf(session, { active, flows: await flowsOf(session) });
      return { status: isComplete(outcomes) ? 'complete' : 'incomplete', outcomes };
    },

    async progress(session) {
      const { outcomes, checkedAt, endedAt } = session;
      if (outcomes !== null) return { outcomes, asOf: endedAt, fresh: true };
      if (checkedAt === null) return { outcomes: nothingDone(session), asOf: null, fresh: true };
      if (!isUnended(session)) return { outcomes: await recorded(session), asOf: endedAt, fresh: true };
      const { reading, fresh } = await reader.readOrRecall(session.identifier);
      if (reading === null) return { outcomes: null, asOf: null, fresh };
      const found = { active: await activeIn(session, reading), flows: await flowsOf(session) };
      return { outcomes: outcomesOf(session, found), asOf: reading.asOf, fresh };
    },
  };
}
