import type { RequestInfo } from '../../http/requestInfo.js';
import type { ConnectedAccount } from '../../scalekit/gateway.js';
import type { AccountReader, AccountsAnswer } from '../list/accountReader.js';
import type { FailureCode } from './failureCodes.js';
import { activatedSince, deadlineOf, type Flow, type FlowEnd, flowLifetimeMs, hasEnded } from './flow.js';
import type { FlowEnding } from './flowEnding.js';
import type { FlowStore } from './flowStore.js';
import { activationSpanMs, type UnverifiedActivations } from './unverifiedActivation.js';
import { verifyStaleMs } from './verification.js';

/** The state of a flow, and the reading it is based on. */
export interface FlowProgress {
  readonly flow: Flow;
  /** Null when nothing was read because the flow has ended. */
  readonly answer: AccountsAnswer | null;
}

/** The state of a flow, for a page. */
export interface FlowView extends FlowProgress {
  /** Whether the account of a done flow is known to be no longer active. */
  readonly undone: boolean;
}

export interface FlowProgressDeps {
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly ending: FlowEnding;
  readonly activations: UnverifiedActivations;
}

interface Outcome {
  readonly status: FlowEnd;
  readonly failure: FailureCode | null;
}

const isBeingVerified = ({ status, verifyStartedAt }: Flow, now: number): boolean =>
  status === 'verifying' && (verifyStartedAt ?? 0) >= now - verifyStaleMs;

/**
 * When the flow ends by itself. An account that waits to be verified proves that the link was used in time, so the link's expiry
 * does not count then; neither does it while the account can't be read.
 */
function deadlineNow(flow: Flow, answer: AccountsAnswer, account: ConnectedAccount | undefined): number {
  const used = flow.returns && account?.status === 'pending_verification';
  return used || !answer.fresh ? flow.expiresAt : deadlineOf(flow);
}

/**
 * How long after a flow's beginning its account has to show. Until then its start may still be making the account,
 * or the news of that may be on its way to this instance.
 */
const accountShowsWithinMs = 15_000;

/** How far the clocks of two instances may differ, and how late their events may arrive. */
const clocksApartMs = 500;

/**
 * Whether a flow's own verification may have activated the account: it is under way, or its answer was lost and it
 * landed later.
 */
function mayBeItsOwn({ status, verifyStartedAt }: Flow, { updatedAt }: ConnectedAccount): boolean {
  if (verifyStartedAt === null) return false;
  return status === 'verifying' || (updatedAt ?? 0) <= verifyStartedAt + activationSpanMs;
}

/** Tells whether a flow, and not just its account, is done: what a status page polls for. */
export function createFlowProgress({ reader, flows, ending, activations }: FlowProgressDeps) {
  /** From the flow's beginning until nobody can notice anything for its sake any more. */
  const spanOf = (flow: Flow) => ({ from: flow.createdAt, to: flow.expiresAt + flowLifetimeMs });

  /** Whether an account that was expired may be active by a refresh of its token; the news of that may be late. */
  async function mayHaveHealed(flow: Flow, { id, updatedAt }: ConnectedAccount): Promise<boolean> {
    if (!flow.accountExpiredBefore || id !== flow.accountIdBefore) return false;
    const now = Date.now();
    if (now < (updatedAt ?? 0) + activationSpanMs) return true;
    return activations.refreshedAlone(id, { from: flow.createdAt - activationSpanMs, to: now });
  }

  /** Why an account is active, or changed, although its flow, which waits for a verification, asked for none. */
  async function explainActivation(flow: Flow, account: ConnectedAccount): Promise<Outcome | null> {
    switch (await activations.explain(flow, spanOf(flow))) {
      case 'undecided':
        // A verification, of this flow or in another tab: its outcome will explain it.
        return null;
      case 'verified':
        return { status: 'cancelled', failure: 'finished_elsewhere' };
      case 'unverified':
        // An account that was active before changes on its own too, whenever its token is refreshed.
        if (flow.accountActiveBefore || (await mayHaveHealed(flow, account))) return null;
        return { status: 'failed', failure: 'unverified_activation' };
    }
  }

  /** When two verifications may have activated the account, the one that was answered did. */
  const ownOrAnothers = async (flow: Flow): Promise<Outcome> =>
    (await flows.verifiedByAnother(flow))
      ? { status: 'cancelled', failure: 'finished_elsewhere' }
      : { status: 'done', failure: null };

  /** Whether the account was removed, by an admin or at Scalekit, so that nothing can finish the flow any more. */
  const isRemoved = (flow: Flow, answer: AccountsAnswer): boolean =>
    answer.fresh &&
    !answer.reading.accounts.has(flow.connectionName) &&
    answer.reading.asOf > flow.createdAt + accountShowsWithinMs;

  async function outcomeOf(flow: Flow, answer: AccountsAnswer): Promise<Outcome | null> {
    const account = answer.fresh ? answer.reading.accounts.get(flow.connectionName) : undefined;
    if (account !== undefined && activatedSince(flow, account)) {
      if (!flow.returns) return { status: 'done', failure: null };
      const outcome = mayBeItsOwn(flow, account)
        ? await ownOrAnothers(flow)
        : await explainActivation(flow, account);
      if (outcome !== null) return outcome;
    }
    const now = Date.now();
    // A verification under way tells its own outcome; of one that was left behind only the account tells.
    if (isBeingVerified(flow, now) || (flow.status === 'verifying' && !answer.fresh)) return null;
    if (isRemoved(flow, answer)) return { status: 'cancelled', failure: 'disconnected_meanwhile' };
    if (now < deadlineNow(flow, answer, account)) return null;
    return { status: 'timed_out', failure: now < flow.expiresAt ? 'link_expired' : 'never_returned' };
  }

  /** What a done flow connected, as it is now. */
  async function viewDone(flow: Flow): Promise<FlowView> {
    const { identifier, connectionName } = flow;
    const endedAt = flow.endedAt ?? 0;
    // The kept reading may be older than the end, when the event of the end has not arrived yet.
    if (Date.now() <= endedAt + clocksApartMs) reader.drop(identifier);
    const answer = await reader.readOrRecall(identifier);
    const isLater = answer.fresh && answer.reading.asOf > endedAt;
    const undone = isLater && answer.reading.accounts.get(connectionName)?.status !== 'active';
    return { flow, answer, undone };
  }

  async function advance(flow: Flow, info: RequestInfo): Promise<FlowProgress> {
    if (hasEnded(flow)) return { flow, answer: null };
    const answer = await reader.readOrRecall(flow.identifier);
    const outcome = await outcomeOf(flow, answer);
    if (outcome !== null) {
      if (outcome.failure === 'unverified_activation') {
        await activations.raise(flow, spanOf(flow), null, info);
      }
      await ending.end(flow, outcome.status, outcome.failure, info);
      return { flow: (await flows.find(flow.id)) ?? flow, answer: null };
    }
    if (flow.status === 'verifying' && answer.fresh && !isBeingVerified(flow, Date.now())) {
      await flows.reopen(flow.id, true);
      return { flow: { ...flow, status: 'open' }, answer };
    }
    return { flow, answer };
  }

  return {
    /** Reads the state of an unended flow. An end that shows is recorded, once. */
    advance,
    /** Reads the state of a flow as `advance` does, and for a done flow also whether its account is still active. */
    async view(flow: Flow, info: RequestInfo): Promise<FlowView> {
      const progress = await advance(flow, info);
      return progress.flow.status === 'done' ? viewDone(progress.flow) : { ...progress, undone: false };
    },
  };
}

export type FlowProgressReader = ReturnType<typeof createFlowProgress>;
