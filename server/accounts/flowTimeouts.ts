import type { AuditTrail } from '../store/auditTrail.js';
import type { FlowStore } from './flowStore.js';

/**
 * Ends the flows that nobody finished and nobody looks at any more, and writes each down: once, whichever instance
 * is first. Forgets those that ended long ago.
 * @param endedBefore in epoch milliseconds
 */
export async function tidyFlows(
  { flows, audit }: { readonly flows: FlowStore; readonly audit: AuditTrail },
  endedBefore: number,
): Promise<void> {
  for (const { identifier, connectionName } of await flows.tidy(Date.now(), endedBefore)) {
    const detail = 'never_returned';
    await audit.record({ type: 'flow.timed_out', actor: null, identifier, connectionName, detail });
  }
}
