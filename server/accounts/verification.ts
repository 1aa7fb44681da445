import type { Principal } from '../identity/principal.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import { ScalekitError } from '../scalekit/scalekitError.js';
import type { DailyCounts } from '../store/dailyCountStore.js';
import { hashed } from '../store/hashed.js';
import type { RequestInfo } from '../web/requestInfo.js';
import type { AccountReader, AccountsAnswer } from './accountReader.js';
import type { CatalogueReader } from './catalogue.js';
import { type FailureCode, failure, failureCodeOf, toldAt } from './failures.js';
import { activatedSince, type Flow, hasEnded } from './flow.js';
import type { FlowEnding } from './flowEnding.js';
import type { FlowPlace } from './flowPlace.js';
import type { FlowStore } from './flowStore.js';

export interface VerificationDeps {
  readonly gateway: ScalekitGateway;
  readonly reader: AccountReader;
  readonly flows: FlowStore;
  readonly ending: FlowEnding;
  readonly catalogue: CatalogueReader;
  readonly counts: Pick<DailyCounts, 'add'>;
}

/** What the browser brings back from consent. */
export interface ConsentReturn {
  readonly state: string | null;
  readonly authRequestId: string | null;
  /** The OAuth error code (RFC 6749, 4.1.2.1), or null. */
  readonly error: string | null;
  /** The address that the browser came back to, for a try that Scalekit could not be reached for. */
  readonly repeatUrl: string;
}

/** Whose flow it may be that a browser comes back for. */
export interface FlowOwner {
  readonly place: FlowPlace;
  /** Who asks, of the kind of principal that the flow has, from our own cookies alone; null when there is nobody. */
  readonly asking: Principal | null;
}

export type OwnerOf = (flow: Flow) => Promise<FlowOwner>;

export interface Verification {
  /**
   * Handles the return from consent. The flow tells how it went: its status page is the next one.
   * @param ownerOf who asks for a flow, as of when it is called
   * @returns the flow, and where it is shown
   * @throws DomainError when the return is not this browser's, or Scalekit was not reached (it can be repeated then)
   */
  handleReturn(
    ownerOf: OwnerOf,
    returned: ConsentReturn,
    info: RequestInfo,
  ): Promise<{ readonly flow: Flow; readonly place: FlowPlace }>;
}

/** A verification that was begun this long ago has outlived every deadline, so its process is gone. */
export const verifyStaleMs = 15_000;

const failureOfConsentError: Readonly<Record<string, FailureCode>> = {
  access_denied: 'consent_denied',
  invalid_scope: 'permission_missing',
  failed_to_exchange: 'exchange_failed',
  failed_to_exchange_token: 'exchange_failed',
};

const consentFailure = (error: string): FailureCode =>
  Object.hasOwn(failureOfConsentError, error)
    ? (failureOfConsentError[error] ?? 'provider_error')
    : 'provider_error';

const isOwner = (flow: Flow, principal: Principal | null): boolean =>
  flow.principal === principal?.key && flow.sessionHash === principal.sessionHash;

/** The connect flow from the moment at which the browser comes back. */
export function createVerification(deps: VerificationDeps): Verification {
  const { gateway, reader, flows, ending } = deps;

  async function refuse(flow: Flow, principal: Principal | null, info: RequestInfo): Promise<never> {
    const otherUser = principal !== null && principal.key !== flow.principal;
    const code = otherUser ? 'wrong_user' : 'session_gone';
    const event = otherUser ? 'security.wrong_user' : 'security.wrong_session';
    await ending.burn(flow, code, event, principal?.key ?? null, info);
    const { connectionName } = flow;
    const { title } = await deps.catalogue.entry(connectionName);
    throw failure(code, { connectionName, title });
  }

  /** By a call that begins now. Other instances are told once the verification is over. */
  function readAnew(flow: Flow): Promise<AccountsAnswer> {
    reader.drop(flow.identifier);
    return reader.readOrRecall(flow.identifier);
  }

  async function becameActive(flow: Flow): Promise<boolean> {
    const answer = await readAnew(flow);
    // What was last known decides nothing.
    return answer.fresh && activatedSince(flow, answer.reading.accounts.get(flow.connectionName));
  }

  /** Whether the account is active as far as anybody can tell. */
  async function mayBeActive(flow: Flow): Promise<boolean> {
    const answer = await readAnew(flow);
    return !answer.fresh || answer.reading.accounts.get(flow.connectionName)?.status === 'active';
  }

  /** Decides what a call that gave no good answer has led to, by reading the account and not by guessing. */
  async function settle(
    flow: Flow,
    error: ScalekitError,
    repeatUrl: string,
    info: RequestInfo,
  ): Promise<void> {
    switch (error.kind) {
      case 'not_found':
      case 'invalid':
        if (await becameActive(flow)) await ending.end(flow, 'done', null, info);
        else await ending.abandon(flow, 'failed', 'approval_expired', info);
        return;
      case 'forbidden':
        await ending.burn(flow, 'wrong_user', 'security.wrong_user', flow.principal, info);
        return;
      case 'timeout':
      case 'unexpected':
        // The flow stays `verifying`: its page reads the account until the outcome shows.
        if (await becameActive(flow)) await ending.end(flow, 'done', null, info);
        return;
      default:
        await flows.reopen(flow.id);
        throw failure(failureCodeOf(error), null, { cause: error, repeatUrl });
    }
  }

  /** Counts a flow that comes back for the first time. @param flow as it was before */
  async function countReturn({ verifyStartedAt, connectionName }: Flow): Promise<void> {
    if (verifyStartedAt === null) await deps.counts.add('returned', connectionName, Date.now());
  }

  async function verify(
    flow: Flow,
    authRequestId: string,
    repeatUrl: string,
    info: RequestInfo,
  ): Promise<void> {
    const now = Date.now();
    const taken = await flows.beginVerifying(flow.id, now, now - verifyStaleMs);
    if (taken === null) return;
    await countReturn(flow);
    try {
      await gateway.verifyConnectedAccountUser(authRequestId, flow.identifier);
      // The auth request of another flow of the same user is verified as well, and leaves this one as it was.
      if (await mayBeActive(taken)) await ending.end(taken, 'done', null, info);
      else await flows.noteVerified(taken.id, Date.now());
    } catch (error) {
      if (!(error instanceof ScalekitError)) throw error;
      await settle(taken, error, repeatUrl, info);
    } finally {
      await reader.changed(flow.identifier);
    }
  }

  async function handleOwn(flow: Flow, returned: ConsentReturn, info: RequestInfo): Promise<void> {
    if (returned.error !== null) {
      await ending.abandon(flow, 'failed', consentFailure(returned.error), info);
      await countReturn(flow);
    } else if (returned.authRequestId !== null) {
      await verify(flow, returned.authRequestId, returned.repeatUrl, info);
    }
  }

  const handleFound = (found: Flow, ownerOf: OwnerOf, returned: ConsentReturn, info: RequestInfo) =>
    ending.withPair(found.identifier, found.connectionName, async () => {
      const flow = (await flows.find(found.id)) ?? found;
      // Only now: who asks may have lost the right to it while this waited for its turn.
      const { asking } = await ownerOf(flow);
      // How a flow ended may be told to its user in any session, such as to one that signed in again.
      if (hasEnded(flow) && flow.principal === asking?.key) return flow;
      if (!isOwner(flow, asking)) return refuse(flow, asking, info);
      if (!hasEnded(flow)) await handleOwn(flow, returned, info);
      return flow;
    });

  return {
    async handleReturn(ownerOf, returned, info) {
      const found = returned.state === null ? null : await flows.findByState(hashed(returned.state));
      if (found === null) {
        throw failure(returned.error === null ? 'state_unknown' : consentFailure(returned.error), null);
      }
      const { place } = await ownerOf(found);
      try {
        return { flow: await handleFound(found, ownerOf, returned, info), place };
      } catch (error) {
        throw toldAt(error, place);
      }
    },
  };
}
