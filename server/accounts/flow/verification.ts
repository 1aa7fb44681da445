import type { RequestInfo } from '../../http/requestInfo.js';
import { addressKeyOf } from '../../http/security/clientAddress.js';
import type { FailureLimit } from '../../http/security/rateLimits.js';
import type { Principal } from '../../identity/principal.js';
import { DomainError } from '../../kernel/errors.js';
import { hashed } from '../../kernel/hashed.js';
import type { Sealing } from '../../kernel/sealed.js';
import type { ScalekitGateway } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import type { AuditTrail } from '../../store/auditTrail.js';
import type { DailyKind } from '../../store/dailyCountStore.js';
import type { AccountReader } from '../list/accountReader.js';
import type { FailureCode } from './failureCodes.js';
import { failure } from './failures.js';
import { type Flow, hasEnded } from './flow.js';
import type { FlowEnding } from './flowEnding.js';
import type { FlowPlace } from './flowPlace.js';
import type { FlowStore } from './flowStore.js';
import type { ProviderError } from './providerErrors.js';

export interface VerificationDeps {
  readonly gateway: ScalekitGateway;
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly ending: FlowEnding;
  readonly audit: AuditTrail;
  /** Seals the auth requests of flows that could not be verified at once. */
  readonly sealing: Sealing;
  /** Limits how many returns without a flow one address may cause, since each is recorded. */
  readonly strangers: FailureLimit;
}

/** What the browser brings back from consent. */
export interface ConsentReturn {
  readonly state: string | null;
  readonly authRequestId: string | null;
  /** What the provider says when nobody consented, or null. */
  readonly error: ProviderError | null;
}

/** The flow that a browser comes back for, and its principal. */
export interface FlowOwner {
  readonly place: FlowPlace;
  /** The principal behind the request, of the flow's kind, read from our own cookies alone; null when there is none. */
  readonly asking: Principal | null;
}

export type OwnerOf = (flow: Flow) => Promise<FlowOwner>;

/** The result of handling a return. */
export interface Return {
  readonly flow: Flow;
  readonly place: FlowPlace;
  /** The failure that the browser is told at once, where the flow's own page does not tell it. */
  readonly refusal: FailureCode | null;
}

type RefusalCode = Extract<FailureCode, 'wrong_user' | 'session_gone'>;

/** A verification that began this long ago has passed every deadline, so its process has died. */
export const verifyStaleMs = 15_000;

const isOwner = (flow: Flow, principal: Principal | null): boolean =>
  flow.principal === principal?.key && flow.sessionHash === principal.sessionHash;

/** The connect flow from the browser's return on. */
export function createVerification(deps: VerificationDeps) {
  const { gateway, reader, flows, ending, audit, sealing, strangers } = deps;

  /** Burns a flow that came back to somebody else. @returns the failure to tell them */
  async function refuse(flow: Flow, principal: Principal | null, info: RequestInfo): Promise<RefusalCode> {
    const otherUser = principal !== null && principal.key !== flow.principal;
    const code = otherUser ? 'wrong_user' : 'session_gone';
    const event = otherUser ? 'security.wrong_user' : 'security.wrong_session';
    await ending.burn(flow, code, event, principal?.key ?? null, info);
    return code;
  }

  /**
   * Notes what a browser came back with before anything else: whoever was sent another person's link has given away an
   * approval, and its id is in their address bar. The id counts for the flow whose owner brings it first. Once somebody else has
   * brought it, it counts for nobody.
   * @param own the flow, where it is its owner who brings it
   * @returns whether it is that flow's
   */
  async function claim(authRequestId: string | null, own: Flow | null): Promise<boolean> {
    if (!authRequestId) return true;
    return flows.claimAuthRequest(hashed(authRequestId), own?.id ?? null, Date.now());
  }

  /**
   * Whether the verification that succeeded was this connection's: then nothing waits here any more, whatever became of
   * the account since.
   */
  async function waitsNoMore(flow: Flow): Promise<boolean> {
    reader.drop(flow.identifier);
    const answer = await reader.readOrRecall(flow.identifier);
    const status = answer.fresh ? answer.reading.accounts.get(flow.connectionName)?.status : undefined;
    return status !== 'pending_auth' && status !== 'pending_verification';
  }

  /** Settles the outcome of a failed or unanswered call by reading the account. */
  async function settle(flow: Flow, error: ScalekitError, info: RequestInfo): Promise<void> {
    switch (error.kind) {
      case 'not_found':
      case 'invalid':
        await ending.abandon(flow, 'failed', 'approval_expired', info);
        return;
      case 'forbidden':
        await ending.burn(flow, 'wrong_user', 'security.wrong_user', flow.principal, info);
        return;
      case 'timeout':
      case 'unexpected':
        // The flow stays `verifying`: its page reads the account until the outcome shows.
        await ending.settle(flow, info);
        return;
      default:
        // Scalekit did not carry it out. The flow's page offers to finish it.
        await flows.reopen(flow.id, false);
    }
  }

  /** What is counted of a flow that comes back with an error. @param flow as it was before */
  const countsOf = ({ approval }: Flow): DailyKind[] => (approval === null ? ['returned'] : []);

  /** Keeps what the owner of a flow brought, and counts that it came back: the two together. */
  const keep = ({ id, connectionName }: Flow, authRequestId: string): Promise<void> =>
    audit.recording(async ({ within, count }) => {
      const isFirst = await flows.within(within).keepApproval(id, sealing.seal(authRequestId));
      if (isFirst) count('returned', connectionName);
    });

  const noteVerified = ({ id, connectionName }: Flow): Promise<void> =>
    audit.recording(async ({ within, count }) => {
      if (await flows.within(within).noteVerified(id, Date.now())) count('verified', connectionName);
    });

  /** Asks Scalekit to verify a flow with what it came back with. Call it within `withPair`. */
  async function verify(flow: Flow, info: RequestInfo): Promise<void> {
    const authRequestId = flow.approval === null ? null : sealing.open(flow.approval);
    if (authRequestId === null) return;
    const now = Date.now();
    const taken = await flows.beginVerifying(flow.id, now, now - verifyStaleMs);
    if (taken === null) return;
    try {
      await gateway.verifyConnectedAccountUser(authRequestId, flow.identifier);
      // One of another connection of the same user is verified as well, and leaves this flow as it was.
      if (await waitsNoMore(taken)) await ending.end(taken, 'done', null, info);
      else await noteVerified(taken);
    } catch (error) {
      if (!(error instanceof ScalekitError)) throw error;
      await settle(taken, error, info);
    } finally {
      await reader.changed(flow.identifier);
    }
  }

  /**
   * Within the turn of the pair.
   * @param isClaimed whether what came back belongs to the flow
   */
  async function handleFound(
    found: Flow,
    isClaimed: boolean,
    ownerOf: OwnerOf,
    { error }: ConsentReturn,
    info: RequestInfo,
  ): Promise<RefusalCode | null> {
    const flow = (await flows.find(found.id)) ?? found;
    // Checked only now: the principal may have lost the right to the flow while this waited for its turn.
    const { asking } = await ownerOf(flow);
    // Its user may learn in any session how a flow ended, also after signing in again.
    if (hasEnded(flow) && flow.principal === asking?.key) return null;
    if (!isOwner(flow, asking)) return refuse(flow, asking, info);
    if (!isClaimed) {
      await ending.burn(flow, 'approval_expired', 'security.approval_reused', flow.principal, info);
    } else if (error !== null) {
      await flows.noteProviderError(flow.id, error.code);
      await ending.abandon(flow, 'failed', error.failure, info, countsOf(found));
    } else {
      await verify(flow, info);
    }
    return null;
  }

  /**
   * Tells the waiting page of the same browser of an error that came back without `state`. The flow goes on: anybody can
   * send a browser here, and a later return with its `state` is still good.
   * @returns null where no flow waits
   */
  async function report(error: ProviderError, owners: readonly FlowOwner[]): Promise<Return | null> {
    const waiting = await Promise.all(
      owners.map(async ({ asking, place }) => {
        const flow = asking === null ? null : await flows.newestOpenOf(asking.sessionHash, asking.key);
        return flow === null ? [] : [{ flow, place }];
      }),
    );
    // Of tabs side by side the one that began last is the likeliest.
    for (const { flow, place } of waiting.flat().toSorted((a, b) => b.flow.createdAt - a.flow.createdAt)) {
      if (!(await flows.report(flow.id, error.failure, error.code))) continue;
      // Its page reads again.
      await reader.changed(flow.identifier);
      return { flow, place, refusal: error.failure };
    }
    return null;
  }

  /** A return that belongs to no flow of ours. @throws DomainError always */
  async function refuseStranger(
    { authRequestId, error }: ConsentReturn,
    { address }: RequestInfo,
  ): Promise<never> {
    await strangers.note(addressKeyOf({ ip: address ?? '' }));
    await claim(authRequestId, null);
    throw failure(error === null ? 'state_unknown' : error.failure, null);
  }

  return {
    /**
     * Handles the return from consent. The flow tells how it went: its status page is the next one.
     * @param ownerOf who asks for a flow, as of when it is called
     * @param owners who is there, whatever the flow
     * @throws DomainError when the return belongs to no flow of ours
     */
    async handleReturn(
      ownerOf: OwnerOf,
      owners: () => Promise<readonly FlowOwner[]>,
      returned: ConsentReturn,
      info: RequestInfo,
    ): Promise<Return> {
      const { state, authRequestId, error } = returned;
      const flow = state === null ? null : await flows.findByState(hashed(state));
      if (flow === null) {
        const reported = state === null && error !== null ? await report(error, await owners()) : null;
        return reported ?? refuseStranger(returned, info);
      }
      const { place, asking } = await ownerOf(flow);
      const isOwn = isOwner(flow, asking);
      const isClaimed = await claim(authRequestId, isOwn ? flow : null);
      // Before the turn of the pair, which may be long in coming: what the owner brought is not lost meanwhile.
      if (isOwn && isClaimed && error === null && authRequestId !== null) {
        await keep(flow, authRequestId);
      }
      const refusal = await ending
        .withPair(flow.identifier, flow.connectionName, () =>
          handleFound(flow, isClaimed, ownerOf, returned, info),
        )
        .catch((thrown) => {
          if (!(thrown instanceof DomainError)) throw thrown;
          // The page of the flow has what is needed to go on. Who is not its owner burns it out of turn.
          return isOwn ? null : refuse(flow, asking, info);
        });
      return { flow, place, refusal };
    },

    /**
     * Verifies a flow whose browser has come back, and that could not be verified then. It may have ended meanwhile.
     * @throws DomainError `session_gone` when it is not this browser's
     */
    async finish(principal: Principal, flow: Flow, info: RequestInfo): Promise<void> {
      if (!isOwner(flow, principal)) throw failure('session_gone', null);
      await ending.withPair(flow.identifier, flow.connectionName, async () => {
        const current = await flows.find(flow.id);
        if (current !== null && !hasEnded(current)) await verify(current, info);
      });
    },
  };
}

export type Verification = ReturnType<typeof createVerification>;
