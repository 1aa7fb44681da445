import type { RequestInfo } from '../../http/requestInfo.js';
import type { Principal } from '../../identity/principal.js';
import { hashed } from '../../kernel/hashed.js';
import { paths } from '../../paths.js';
import type { ConnectedAccount, ScalekitGateway } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import type { AuditTrail } from '../../store/auditTrail.js';
import type { AccountReader } from '../list/accountReader.js';
import type { CatalogueEntry, CatalogueReader } from '../list/catalogue.js';
import { asFailure, failure } from './failures.js';
import { deadlineOf, type Flow, flowLifetimeMs, hasEnded, newFlowId, newState } from './flow.js';
import type { FlowEnding } from './flowEnding.js';
import type { FlowStore } from './flowStore.js';

export interface ConnectFlowDeps {
  readonly gateway: ScalekitGateway;
  readonly reader: AccountReader;
  readonly catalogue: CatalogueReader;
  readonly flows: FlowStore;
  readonly ending: FlowEnding;
  readonly audit: AuditTrail;
  readonly userVerification: 'custom' | 'scalekit';
  /** The origin that browsers see; the verify URL is built from it and never from a request. */
  readonly publicUrl: string;
}

/** A flow, and where it sends the browser. */
export interface LinkedFlow {
  readonly flow: Flow;
  /** Null when the browser goes to the flow's own page: no browser comes back, or the flow has ended. */
  readonly link: string | null;
}

/** The key of a principal that acts, and the identifier whose account it acts on. */
export type AccountActor = Pick<Principal, 'key' | 'identifier'>;

/** A status page without a flow's id shows no flow that is older than this. */
const flowShownMs = 2 * flowLifetimeMs;

/** The account that a flow begins with. */
interface StartingAccount {
  readonly account: ConnectedAccount;
  /** Whether this flow's own call created it. */
  readonly created: boolean;
}

const waitsForItsUser = ({ status }: ConnectedAccount): boolean =>
  status === 'pending_auth' || status === 'pending_verification';

const isNotFound = (error: unknown): boolean => error instanceof ScalekitError && error.kind === 'not_found';

/** The connect flow until the browser leaves for the provider, and the ways to stop it. */
export function createConnectFlow(deps: ConnectFlowDeps) {
  const { gateway, reader, catalogue, flows, ending, audit } = deps;
  const userVerifyUrl = deps.publicUrl + paths.userVerify;

  async function findAccount(identifier: string, connectionName: string) {
    reader.drop(identifier);
    return (await reader.read(identifier)).accounts.get(connectionName);
  }

  /** Creates the account. When it exists already, or may, reads it. */
  async function createAccount(identifier: string, connectionName: string): Promise<StartingAccount> {
    try {
      return { account: await gateway.createConnectedAccount({ identifier, connectionName }), created: true };
    } catch (error) {
      if (!(error instanceof ScalekitError)) throw error;
      const byAnother = error.kind === 'already_exists';
      const maybeThere = byAnother || error.outcomeUnknown;
      const account = maybeThere ? await findAccount(identifier, connectionName) : undefined;
      if (account === undefined) throw error;
      return { account, created: !byAnother };
    } finally {
      await reader.changed(identifier);
    }
  }

  async function mintLink(flow: Pick<Flow, 'identifier' | 'connectionName'>, state: string) {
    const { identifier, connectionName } = flow;
    const link = await gateway.getAuthorizationLink({ identifier, connectionName, userVerifyUrl, state });
    await reader.changed(identifier);
    return link;
  }

  async function startingAccount(identifier: string, connectionName: string): Promise<StartingAccount> {
    const before = await findAccount(identifier, connectionName);
    return before ? { account: before, created: false } : createAccount(identifier, connectionName);
  }

  /** A cancelled flow in another tab may delete the account meanwhile. This one then creates its own. */
  async function startingLink(identifier: string, connectionName: string, state: string, triesLeft = 2) {
    const starting = await startingAccount(identifier, connectionName);
    try {
      return { ...starting, link: await mintLink({ identifier, connectionName }, state) };
    } catch (error) {
      if (!isNotFound(error) || triesLeft === 0) throw error;
      return startingLink(identifier, connectionName, state, triesLeft - 1);
    }
  }

  async function begin(principal: Principal, entry: CatalogueEntry, returnTo: string | null) {
    const { identifier } = principal;
    const { name: connectionName, kind } = entry.connection;
    // Taken before the first read: changes of the account from here on belong to the flow.
    const now = Date.now();
    const returns = kind === 'oauth' && deps.userVerification === 'custom';
    const state = newState();
    const { account, created, link } = returns
      ? await startingLink(identifier, connectionName, state)
      : { ...(await startingAccount(identifier, connectionName)), link: null };
    const flow: Flow = {
      id: newFlowId(),
      sessionHash: principal.sessionHash,
      principal: principal.key,
      identifier,
      connectionName,
      returnTo,
      returns,
      accountIdBefore: account.id,
      accountUpdatedBefore: account.updatedAt,
      accountActiveBefore: account.status === 'active',
      accountExpiredBefore: account.status === 'expired',
      accountCreated: created,
      status: 'open',
      failure: null,
      providerError: null,
      reported: null,
      reference: null,
      createdAt: now,
      expiresAt: now + flowLifetimeMs,
      linkExpiresAt: link?.expiresAt ?? null,
      leftAt: null,
      verifyStartedAt: null,
      verifiedAt: null,
      endedAt: null,
      approval: null,
    };
    await flows.create(flow, hashed(state));
    // The account is shown as begun from here on.
    await reader.changed(identifier);
    return { flow, link: link?.link ?? null };
  }

  async function flowOf(principal: Principal, connectionName: string, flowId: string | null) {
    const candidates =
      flowId === null
        ? await flows.since(principal.identifier, connectionName, Date.now() - flowShownMs)
        : [await flows.find(flowId)];
    return ownOf(candidates, principal, connectionName);
  }

  async function ownOf(candidates: readonly (Flow | null)[], principal: Principal, connectionName: string) {
    const flow = candidates.find(
      (candidate) => candidate?.principal === principal.key && candidate.connectionName === connectionName,
    );
    if (flow) return flow;
    const { title } = await catalogue.entry(connectionName);
    throw failure('flow_unknown', { connectionName, title });
  }

  /**
   * Deletes the account. An account that is gone already counts as deleted. A lost answer is settled by reading.
   * @returns whether there was one
   */
  async function deleteAccount(identifier: string, connectionName: string): Promise<boolean> {
    try {
      await gateway.deleteConnectedAccount({ identifier, connectionName });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      const unknown = error instanceof ScalekitError && error.outcomeUnknown;
      if (!unknown || (await findAccount(identifier, connectionName)) !== undefined) throw error;
      return true;
    } finally {
      await reader.changed(identifier);
    }
  }

  return {
    /** A flow of this principal, the newest of the connection when no id is given. @throws DomainError `flow_unknown` */
    flowOf,

    /** The first of some flows that is this principal's, of this connection. @throws DomainError `flow_unknown` */
    ownOf,

    /**
     * Begins a flow: makes the account when the listing shows none, and asks for the link.
     * @param mayGoOn asked once the flow is there: whether its principal has not gone meanwhile
     * @throws DomainError with the failure's words
     */
    async start(
      principal: Principal,
      connectionName: string,
      returnTo: string | null,
      info: RequestInfo,
      mayGoOn: () => Promise<boolean>,
    ): Promise<LinkedFlow> {
      const entry = await catalogue.offered(connectionName);
      const subject = { connectionName, title: entry.title, returnTo };
      const begun = await begin(principal, entry, returnTo).catch((error) => {
        throw asFailure(error, subject);
      });
      if (!(await mayGoOn())) {
        const { flow } = begun;
        await ending.withPair(flow.identifier, connectionName, () => ending.takeBack(flow));
        throw failure('session_gone', subject);
      }
      await audit.record({
        type: 'flow.started',
        actor: principal.key,
        identifier: principal.identifier,
        connectionName,
        ...info,
      });
      return begun;
    },

    /** Notes that the browser of a flow has been sent to its link. */
    left: ({ id }: Flow): Promise<void> => flows.noteLeft(id, Date.now()),

    /** Makes a new link for an open flow, for a new tab. @throws DomainError */
    async openLink(
      principal: Principal,
      connectionName: string,
      flowId: string,
      info: RequestInfo,
    ): Promise<LinkedFlow> {
      const entry = await catalogue.offered(connectionName);
      const flow = await flowOf(principal, connectionName, flowId);
      const subject = { connectionName, title: entry.title, returnTo: flow.returnTo };
      // A flow that comes back has the one link that it began with, and its `state` stays the one that comes back.
      if (flow.returns || hasEnded(flow) || Date.now() >= deadlineOf(flow)) return { flow, link: null };
      const state = newState();
      const link = await mintLink(flow, state).catch(async (error) => {
        if (!isNotFound(error)) throw asFailure(error, subject);
        // The account was taken back with the flow, or removed by somebody else. The flow's page says so.
        await ending.withPair(flow.identifier, connectionName, () =>
          ending.end(flow, 'cancelled', 'disconnected_meanwhile', info),
        );
        return null;
      });
      const open = link !== null && (await flows.setLink(flow.id, hashed(state), link.expiresAt));
      return { flow, link: open ? link.link : null };
    },

    /** Cancels a flow for its user. @throws DomainError `flow_unknown` */
    async cancel(
      principal: Principal,
      connectionName: string,
      flowId: string,
      info: RequestInfo,
    ): Promise<Flow> {
      const flow = await flowOf(principal, connectionName, flowId);
      const isSettled = await ending.withPair(flow.identifier, connectionName, () =>
        ending.abandon(flow, 'cancelled', null, info),
      );
      if (!isSettled) throw failure('scalekit_unreachable', null);
      return flow;
    },

    /**
     * Disconnects an account of a user, and cancels the open flows of that connection.
     * @param by whose account it is, and the key of the principal that acts
     * @throws DomainError
     */
    async disconnect(
      { key, identifier }: AccountActor,
      connectionName: string,
      info: RequestInfo,
    ): Promise<void> {
      await catalogue.entry(connectionName);
      const deleted = await ending.withPair(identifier, connectionName, async () => {
        // Before the account is deleted: a verification that waits for its turn would make it active again.
        for (const flow of await flows.unended(identifier, connectionName)) {
          // A flow whose verification has succeeded is done before its account is disconnected.
          if (!(await ending.settle(flow, info))) {
            throw failure('scalekit_unreachable', null, { repeatUrl: paths.disconnect(connectionName) });
          }
          await ending.end(flow, 'cancelled', 'disconnected_meanwhile', info);
        }
        return deleteAccount(identifier, connectionName).catch((error) => {
          throw asFailure(error, null, { repeatUrl: paths.disconnect(connectionName) });
        });
      });
      if (!deleted) return;
      await audit.record({
        type: 'account.disconnected',
        actor: key,
        identifier,
        connectionName,
        ...info,
      });
    },

    /**
     * Gives up what a user began: cancels the open flows of a connection, and deletes its account. What was connected meanwhile, or had
     * been before, stays as it is: nobody was asked about that.
     * @returns whether anything was given up, and a flow of this principal that was
     * @throws DomainError
     */
    async cancelSetup(
      { key, identifier }: AccountActor,
      connectionName: string,
      info: RequestInfo,
    ): Promise<{ isCancelled: boolean; flow: Flow | null }> {
      await catalogue.entry(connectionName);
      return ending.withPair(identifier, connectionName, async () => {
        const open = await flows.unended(identifier, connectionName);
        for (const flow of open) {
          if (!(await ending.settle(flow, info))) throw failure('scalekit_unreachable', null);
        }
        try {
          const account = await findAccount(identifier, connectionName);
          if (account !== undefined && !waitsForItsUser(account)) return { isCancelled: false, flow: null };
          for (const flow of open) await ending.end(flow, 'cancelled', null, info);
          if (account !== undefined) await deleteAccount(identifier, connectionName);
        } catch (error) {
          throw asFailure(error, null);
        }
        return { isCancelled: true, flow: open.find(({ principal }) => principal === key) ?? null };
      });
    },
  };
}

export type ConnectFlow = ReturnType<typeof createConnectFlow>;
