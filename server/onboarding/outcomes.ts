import type { FailureCode } from '../accounts/flow/failureCodes.js';
import type { Flow } from '../accounts/flow/flow.js';
import {
  type ConnectionOutcome,
  type OnboardingSession,
  type Outcome,
  onboardingKeyOf,
} from './onboardingSession.js';

/** The connections of a user whose accounts are active. */
export interface ActiveAccounts {
  readonly names: ReadonlySet<string>;
  /** Those that turned active without this app's verification. */
  readonly unverified: ReadonlySet<string>;
}

/** What an outcome is derived from. */
export interface Findings {
  /** Null when nobody can tell. */
  readonly active: ActiveAccounts | null;
  /** The user's flows, newest first. */
  readonly flows: readonly Pick<Flow, 'principal' | 'connectionName' | 'status' | 'failure'>[];
}

const failed = (reason: FailureCode): Outcome => ({ kind: 'failed', reason });
const plain = (kind: Exclude<Outcome['kind'], 'failed'>): Outcome => ({ kind, reason: null });

function outcomeOf(session: OnboardingSession, name: string, { active, flows }: Findings): Outcome {
  const own = flows.filter(
    (flow) => flow.connectionName === name && flow.principal === onboardingKeyOf(session),
  );
  const failure = own[0]?.failure ?? null;
  if (failure === 'unverified_activation' || active?.unverified.has(name)) {
    return failed('unverified_activation');
  }
  if (active?.names.has(name)) {
    return plain(own.some(({ status }) => status === 'done') ? 'connected' : 'already_connected');
  }
  if (session.skipped.includes(name)) return plain('skipped');
  if (active === null) return failed('scalekit_unreachable');
  return failure === null ? plain('not_done') : failed(failure);
}

/** The outcome of each requested connection, in order. */
export const outcomesOf = (session: OnboardingSession, findings: Findings): ConnectionOutcome[] =>
  session.connections.map((asked) => ({ ...asked, outcome: outcomeOf(session, asked.name, findings) }));

/** The outcomes before the user is verified: nothing is said of their accounts. */
export const nothingDone = (session: OnboardingSession): ConnectionOutcome[] =>
  session.connections.map((asked) => ({ ...asked, outcome: plain('not_done') }));

/** @param outcome null while nobody can tell */
export const isConnected = (outcome: Outcome | null): boolean =>
  outcome?.kind === 'connected' || outcome?.kind === 'already_connected';

/** Whether everything that is required is connected. */
export const isComplete = (outcomes: readonly ConnectionOutcome[]): boolean =>
  outcomes.every(({ required, outcome }) => !required || isConnected(outcome));
