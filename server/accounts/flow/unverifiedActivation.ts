import type { RequestInfo } from '../../http/requestInfo.js';
import type { AuditTrail } from '../../store/auditTrail.js';
import type { Locks } from '../../store/locks.js';
import { type Flow, flowLifetimeMs, hasEnded } from './flow.js';
import type { FlowStore } from './flowStore.js';

/** A span of time in epoch milliseconds, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * What is behind an account that turned active.
 * - `verified`: a flow of ours asked Scalekit to verify it, and was not refused; or the operator trusts whatever
 *   activates accounts of the connection.
 * - `undecided`: a flow asked, and its outcome is not recorded yet.
 * - `unverified`: none of ours did.
 */
export type Activation = 'verified' | 'undecided' | 'unverified';

export type AccountPair = Pick<Flow, 'identifier' | 'connectionName'>;

/** Knows what Scalekit told of the tokens of accounts. */
export interface TokenRefreshes {
  /** Whether a token of the account was refreshed within the span, and nobody consented then. */
  refreshedAlone(accountId: string, span: Span): Promise<boolean>;
}

/** An activation and what we hear of it lie at most this far apart: the deadline of a call, and the difference of two clocks. */
export const activationSpanMs = 60_000;

export interface UnverifiedActivationsDeps {
  readonly flows: FlowStore;
  readonly audit: AuditTrail;
  readonly locks: Pick<Locks, 'withLock'>;
  readonly refreshes: TokenRefreshes;
  /** Whether the operator trusts whatever activates accounts of this connection. */
  isTrusted(connectionName: string): Promise<boolean>;
}

const type = 'security.unverified_activation';

/** Whether a flow's verification was asked for within a span, or before and was under way when the span began. */
function wasAskedWithin({ status, verifyStartedAt, verifiedAt }: Flow, { from, to }: Span): boolean {
  // A verification that came to nothing explains nothing.
  if (verifyStartedAt === null || verifyStartedAt > to || status === 'open') return false;
  return verifyStartedAt >= from || status === 'verifying' || (verifiedAt ?? 0) >= from;
}

/** Knows which activations of OAuth accounts our own verifications explain, and tells admins of the others. */
export function createUnverifiedActivations(deps: UnverifiedActivationsDeps) {
  const { flows, audit, locks } = deps;

  async function isRaised({ identifier, connectionName }: AccountPair, span: Span, eventId: string | null) {
    const pair = { type, identifier, connectionName } as const;
    if (eventId === null) return audit.has({ ...pair, ...span });
    return (
      (await audit.has({ ...pair, detail: eventId })) || (await audit.has({ ...pair, ...span, detail: null }))
    );
  }

  return {
    refreshedAlone: deps.refreshes.refreshedAlone,

    /** What explains that the pair's account turned active, by the verifications that were under way within the span. */
    async explain({ identifier, connectionName }: AccountPair, span: Span): Promise<Activation> {
      const candidates = await flows.since(identifier, connectionName, span.from - flowLifetimeMs);
      const asked = candidates.filter((flow) => wasAskedWithin(flow, span));
      if (asked.some((flow) => !hasEnded(flow))) return 'undecided';
      const isVerified =
        asked.some(({ status }) => status !== 'failed') || (await deps.isTrusted(connectionName));
      return isVerified ? 'verified' : 'unverified';
    },

    /**
     * Raises the alarm about an activation that nobody verified: once, whoever notices it and however often.
     * @param noticed the alarms of this span are about the same activation. An event's own alarm counts whenever it
     * was raised, and those of other events never do: each tells of an activation of its own.
     * @param eventId the event of Scalekit that told, or null when it was noticed while reading for a flow
     */
    async raise(pair: AccountPair, noticed: Span, eventId: string | null, info: RequestInfo): Promise<void> {
      await locks.withLock(`alarm:${JSON.stringify([pair.identifier, pair.connectionName])}`, async () => {
        if (await isRaised(pair, noticed, eventId)) return;
        const { identifier, connectionName } = pair;
        await audit.record({ type, actor: null, identifier, connectionName, detail: eventId, ...info });
      });
    },
  };
}

export type UnverifiedActivations = ReturnType<typeof createUnverifiedActivations>;
