import { asFailure } from '../accounts/flow/failures.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import type { UnverifiedAccounts } from '../accounts/flow/unverifiedAccounts.js';
import type { AccountReader, AccountsReading } from '../accounts/list/accountReader.js';
import type { CatalogueReader } from '../accounts/list/catalogue.js';
import type { RequiredReconnects } from '../accounts/list/requiredReconnects.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import {
  type ConnectionOutcome,
  isUnderWay,
  isUnended,
  type OnboardingSession,
} from './onboardingSession.js';
import type { OnboardingStore } from './onboardingStore.js';
import { type ActiveAccounts, isComplete, nothingDone, outcomesOf } from './outcomes.js';

/** How an onboarding ends when its user leaves it. */
export interface End {
  readonly status: 'complete' | 'incomplete';
  readonly outcomes: readonly ConnectionOutcome[];
}

/** The outcomes of the connections so far. */
export interface Progress {
  /** Null while nobody can tell. */
  readonly outcomes: readonly ConnectionOutcome[] | null;
  /** How old that is at most, or null where nothing was read for it. Epoch milliseconds. */
  readonly asOf: number | null;
  /** Whether that is how it stands now; false while Scalekit can't be reached. */
  readonly fresh: boolean;
}

export interface OnboardingProgressDeps {
  readonly store: Pick<OnboardingStore, 'endedTries'>;
  readonly reader: AccountReader;
  readonly reconnects: Pick<RequiredReconnects, 'of'>;
  readonly catalogue: Pick<CatalogueReader, 'read'>;
  readonly unverified: UnverifiedAccounts;
  readonly flows: Pick<FlowStore, 'since'>;
}

/** Reads the outcomes of an onboarding's connections. */
export function createOnboardingProgress(deps: OnboardingProgressDeps) {
  const { store, reader, catalogue, reconnects, unverified, flows } = deps;

  async function flowsOf({ connections, identifier }: OnboardingSession) {
    return (await Promise.all(connections.map(({ name }) => flows.since(identifier, name, 0)))).flat();
  }

  async function activeIn(
    { identifier }: OnboardingSession,
    reading: AccountsReading,
  ): Promise<ActiveAccounts> {
    const { accounts } = reading;
    const tooOld = await reconnects.of(identifier, accounts);
    const ready = (await catalogue.read()).shown.filter(({ needsNothing }) => needsNothing);
    const readyNames = ready.map(({ connection }) => connection.name);
    const active = [...accounts].filter(([name, { status }]) => status === 'active' && !tooOld.has(name));
    return {
      names: new Set([...active.map(([name]) => name), ...readyNames]),
      unverified: await unverified.of(identifier, reading),
    };
  }

  /** Reads the accounts by a call that begins now. */
  async function readActive(session: OnboardingSession, leaving: boolean) {
    reader.drop(session.identifier);
    try {
      return await activeIn(session, await reader.read(session.identifier));
    } catch (error) {
      if (leaving && error instanceof ScalekitError) return null;
      throw asFailure(error, null);
    }
  }

  /**
   * What became of the connections of one that ended by itself, by what was written down until then. Accounts are
   * not read, since what they are now may have come after the end.
   */
  async function recorded(session: OnboardingSession): Promise<readonly ConnectionOutcome[]> {
    const tries = await store.endedTries(session);
    const done = tries.filter(({ status }) => status === 'done');
    const names = new Set(done.map(({ connectionName }) => connectionName));
    return outcomesOf(session, { active: { names, unverified: new Set() }, flows: tries });
  }

  return {
    recorded,

    /**
     * How it would end now, by what Scalekit says from now on.
     * @param leaving it ends even while Scalekit can't be reached
     * @throws DomainError when Scalekit can't be reached
     */
    async endOf(session: OnboardingSession, leaving: boolean): Promise<End> {
      if (!isUnderWay(session, Date.now())) return { status: 'incomplete', outcomes: nothingDone(session) };
      const active = await readActive(session, leaving);
      const outcomes = outcomesOf(session, { active, flows: await flowsOf(session) });
      return { status: isComplete(outcomes) ? 'complete' : 'incomplete', outcomes };
    },

    /** What became of its connections so far; nothing is told before its user is known to be the right one. */
    async progress(session: OnboardingSession): Promise<Progress> {
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
