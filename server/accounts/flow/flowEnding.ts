import type { RequestInfo } from '../../http/requestInfo.js';
import type { ScalekitGateway } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import type { AuditTrail, AuditType } from '../../store/auditTrail.js';
import type { DailyKind } from '../../store/dailyCountStore.js';
import { type Locks, LockTimeout } from '../../store/locks.js';
import type { AccountReader } from '../list/accountReader.js';
import type { FailureCode } from './failureCodes.js';
import { failure } from './failures.js';
import { activatedSince, type Flow, type FlowEnd, hasEnded } from './flow.js';
import type { FlowStore } from './flowStore.js';

export interface FlowEndingDeps {
  readonly gateway: ScalekitGateway;
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly locks: Pick<Locks, 'withLock'>;
  readonly audit: AuditTrail;
  /** Records which accounts users have just approved. */
  readonly approvals: Approvals;
}

export interface Approvals {
  /** @param at epoch milliseconds @param accountId the account's id, where the flow knows it */
  approved(identifier: string, connectionName: string, at: number, accountId: string | null): Promise<void>;
}

const auditTypes: Readonly<Record<FlowEnd, AuditType>> = {
  done: 'flow.done',
  failed: 'flow.failed',
  cancelled: 'flow.cancelled',
  timed_out: 'flow.timed_out',
};

const hadBeenActive = ({ status, accountActiveBefore, accountExpiredBefore }: Flow): boolean =>
  status === 'done' || accountActiveBefore || accountExpiredBefore;

/** Ends flows, and cleans up after them. */
export function createFlowEnding(deps: FlowEndingDeps) {
  const { gateway, reader, flows, locks, audit, approvals } = deps;

  async function end(
    flow: Flow,
    status: FlowEnd,
    why: FailureCode | null,
    info: RequestInfo,
    alsoCounted: readonly DailyKind[] = [],
  ): Promise<boolean> {
    const { identifier, connectionName } = flow;
    const ended = await audit.recording(async ({ within, record, count }) => {
      const store = flows.within(within);
      if (!(await store.end(flow.id, status, why, info.reference))) return false;
      const verified = status === 'done' && flow.verifyStartedAt !== null;
      if (verified && (await store.noteVerified(flow.id, Date.now()))) count('verified', connectionName);
      for (const kind of alsoCounted) count(kind, connectionName);
      record({
        type: auditTypes[status],
        actor: flow.principal,
        identifier,
        connectionName,
        detail: why,
        ...info,
      });
      return true;
    });
    if (!ended) return false;
    if (status === 'done')
      await approvals.approved(identifier, connectionName, Date.now(), flow.accountIdBefore);
    await reader.changed(identifier);
    return true;
  }

  /**
   * Deletes the pair's account while it waits for its user. Only then can it hold an approval that nobody verified.
   * When Scalekit can't be reached the account goes on waiting, which does no harm.
   */
  async function deleteIfPending(flow: Flow, onlyId: string | null): Promise<void> {
    const { identifier, connectionName } = flow;
    try {
      reader.drop(identifier);
      const account = (await reader.read(identifier)).accounts.get(connectionName);
      if (account?.status !== 'pending_auth' && account?.status !== 'pending_verification') return;
      if (onlyId !== null && account.id !== onlyId) return;
      await gateway.deleteConnectedAccount({ connectionName, identifier });
    } catch (error) {
      if (!(error instanceof ScalekitError)) throw error;
    } finally {
      await reader.changed(identifier);
    }
  }

  /** Deletes the account that this flow or an earlier one created, unless a flow has connected it or still can. */
  async function takeBackAccount(flow: Flow): Promise<void> {
    const { identifier, connectionName } = flow;
    if ((await flows.unended(identifier, connectionName)).some(({ id }) => id !== flow.id)) return;
    const tries = (await flows.since(identifier, connectionName, 0)).filter(
      ({ accountIdBefore }) => accountIdBefore === flow.accountIdBefore,
    );
    if (!tries.some(({ accountCreated }) => accountCreated) || tries.some(hadBeenActive)) return;
    await deleteIfPending(flow, flow.accountIdBefore);
  }

  /** A verification whose answer was lost may have succeeded. The flow is done then, whatever was asked for. */
  async function settle(flow: Flow, info: RequestInfo): Promise<boolean> {
    if (flow.status !== 'verifying') return true;
    reader.drop(flow.identifier);
    const answer = await reader.readOrRecall(flow.identifier);
    if (!answer.fresh) return false;
    const isActive = activatedSince(flow, answer.reading.accounts.get(flow.connectionName));
    if (isActive && !(await flows.verifiedByAnother(flow))) await end(flow, 'done', null, info);
    return true;
  }

  return {
    /**
     * Ends a flow once, and records the end in the same transaction.
     * @param alsoCounted what is counted along with the end
     * @returns whether this call ended it
     */
    end,
    /** Disconnect, cancel and verify of one user and connection happen one after the other. */
    async withPair<T>(identifier: string, connectionName: string, work: () => Promise<T>): Promise<T> {
      try {
        return await locks.withLock(`pair:${JSON.stringify([identifier, connectionName])}`, work);
      } catch (error) {
        throw error instanceof LockTimeout ? failure('pair_busy', null, { cause: error }) : error;
      }
    },

    /**
     * Ends a flow as done whose verification has landed without its answer. Call it within `withPair`, before anything
     * else ends it.
     * @returns false when nobody can tell now
     */
    settle,

    /**
     * Ends a flow without a connection, and takes back the account that was made for it and never became active, unless
     * another try goes on with it. Doing it again after a crash does what is left. One whose verification has landed is
     * done instead. Call it within `withPair`.
     * @returns false when nobody can tell now whether its verification has landed: then it stays as it is
     */
    async abandon(
      flow: Flow,
      status: 'cancelled' | 'failed',
      why: FailureCode | null,
      info: RequestInfo,
      alsoCounted?: readonly DailyKind[],
    ): Promise<boolean> {
      const current = await flows.find(flow.id);
      if (current === null || hasEnded(current)) return true;
      if (!(await settle(current, info))) return false;
      // First, so that after a crash the unended flow is found and this is done again.
      await takeBackAccount(flow);
      await end(flow, status, why, info, alsoCounted);
      return true;
    },

    /** Deletes a flow whose principal was gone when it began, without an event. Call it within `withPair`. */
    async takeBack(flow: Flow): Promise<void> {
      await takeBackAccount(flow);
      await flows.forget(flow.id);
    },

    /**
     * Ends a flow that came back to someone else, unless it has ended, and deletes an account that still waits, so that
     * nobody is left with another person's approval. Call it within `withPair`.
     */
    async burn(
      flow: Flow,
      why: FailureCode,
      event: AuditType,
      actor: string | null,
      info: RequestInfo,
    ): Promise<void> {
      await audit.record({
        type: event,
        actor,
        identifier: flow.identifier,
        connectionName: flow.connectionName,
        ...info,
      });
      await end(flow, 'failed', why, info);
      await deleteIfPending(flow, null);
    },
  };
}

export type FlowEnding = ReturnType<typeof createFlowEnding>;
