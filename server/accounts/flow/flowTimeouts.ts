import { newReference } from '../../kernel/reference.js';
import type { AuditTrail } from '../../store/auditTrail.js';
import type { FlowProgressReader } from './flowProgress.js';
import type { FlowStore } from './flowStore.js';
import { verifyStaleMs } from './verification.js';

export interface FlowTidyingDeps {
  readonly flows: FlowStore;
  readonly progress: FlowProgressReader;
  readonly audit: AuditTrail;
}

const atOnce = 200;

/**
 * Ends the flows that nobody finished and nobody looks at any more, and writes each down: once, whichever instance
 * is first.
 */
async function timeOutFlows({ flows, audit }: FlowTidyingDeps): Promise<void> {
  let timedOut = atOnce;
  while (timedOut === atOnce) {
    timedOut = await audit.recording(async ({ within, record }) => {
      const ended = await flows.within(within).timeOut(Date.now(), atOnce);
      for (const { identifier, connectionName, failure: detail } of ended) {
        record({ type: 'flow.timed_out', actor: null, identifier, connectionName, detail });
      }
      return ended.length;
    });
  }
}

/**
 * Settles by reading the account what nobody looks at any more: verifications whose process died after it had asked
 * Scalekit, and forms that were filled in after their page was closed. So no activation is missing.
 */
export async function settleFlows({ flows, progress }: FlowTidyingDeps): Promise<void> {
  const info = { reference: newReference(), address: null };
  const now = Date.now();
  for (const flow of await flows.unsettled(now, now - verifyStaleMs, atOnce))
    await progress.advance(flow, info);
}

/**
 * Ends the flows that are over, and forgets those that ended long ago.
 * @param endedBefore in epoch milliseconds
 */
export async function tidyFlows(deps: FlowTidyingDeps, endedBefore: number): Promise<void> {
  await settleFlows(deps);
  await timeOutFlows(deps);
  await deps.flows.forgetBefore(endedBefore);
}
