import type { FlowEnding } from '../accounts/flow/flowEnding.js';
import type { FlowStore } from '../accounts/flow/flowStore.js';
import type { RequestInfo } from '../http/requestInfo.js';
import { DomainError } from '../kernel/errors.js';
import { type OnboardingSession, onboardingKeyOf } from './onboardingSession.js';

export interface FlowClosingDeps {
  readonly flows: Pick<FlowStore, 'unended'>;
  readonly ending: Pick<FlowEnding, 'abandon' | 'withPair'>;
}

/**
 * Closes what an onboarding is still connecting, as Cancel does: a consent that comes back later finds nothing to
 * activate. One that is being verified is waited for, and one that takes too long is left to that. Flows of other
 * onboardings, and the user's own, stay open. Doing it again does what is left.
 */
export type CloseFlows = (session: OnboardingSession, info: RequestInfo) => Promise<void>;

function ignoreBusy(error: unknown): void {
  if (!(error instanceof DomainError && error.code === 'pair_busy')) throw error;
}

export const createFlowClosing =
  ({ flows, ending }: FlowClosingDeps): CloseFlows =>
  async (session, info) => {
    const { identifier } = session;
    for (const { name } of session.connections) {
      const open = await flows.unended(identifier, name);
      const own = open.filter(({ principal }) => principal === onboardingKeyOf(session));
      for (const flow of own) {
        await ending
          .withPair(identifier, name, () => ending.abandon(flow, 'cancelled', null, info))
          .catch(ignoreBusy);
      }
    }
  };
