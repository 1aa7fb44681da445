import { authorizedBy } from '../connectionTypes.js';
import type { Environment } from '../environment.js';
import type { Authorizations } from '../hosted/authorization.js';
import type { ConsentFault } from '../hosted/consentFaults.js';
import { sampleCredentials } from '../hosted/credentials.js';
import type {
  Account,
  AccountStatus,
  AccountView,
  Connection,
  NewConnection,
  VerificationMode,
} from '../model.js';
import type { CallCounts, CallMoment, CallName } from '../rpc/calls.js';
import { createWebhookControl, type WebhookControl } from '../webhooks/webhookControl.js';
import type { WebhookSender } from '../webhooks/webhookSender.js';
import type { Fault } from './faults.js';

/** A request to the control named an account or a connection that does not exist. */
export class UnknownTargetError extends Error {
  override readonly name = 'UnknownTargetError';
}

/** Changes that the app does not make: an operator, a provider or time makes them. */
export type SandboxControl = ReturnType<typeof createControl>;

/** The control over an environment; the control page and its JSON API call the same functions. */
export function createControl(
  environment: Environment,
  authorizations: Authorizations,
  webhooks: WebhookSender,
  forgetConnections: () => number,
) {
  const accountOf = accountFinder(environment);
  const webhookControl: WebhookControl = createWebhookControl(environment, webhooks, accountOf);
  return {
    ...accountControl(environment, authorizations, accountOf),
    ...webhookControl,
    ...settingsControl(environment),
    ...faultControl(environment),
    /**
     * Lets every connection that is open go silent, as when a NAT or a load balancer forgets them: packets are swallowed
     * in both directions and nobody is told. New connections work. Those of the control are spared.
     * @returns how many went silent
     */
    forgetConnections,
    /** How many calls came since the start, or since `resetCalls()`. */
    calls: (): CallCounts => environment.calls.counts(),
    /** Forgets counts and peaks. */
    resetCalls: () => environment.calls.reset(),
    /** Resolves when the next such call arrives, or has been carried out. */
    waitForCall: (call: CallName, moment: CallMoment = 'arrived') => environment.calls.next(call, moment),
    /** The most calls in flight at one time for one identifier, of one method or of any. */
    maxInFlight: (call?: CallName) => environment.calls.peak(call),
  };
}

const view = ({
  id,
  connectionName,
  identifier,
  status,
  updatedAt,
  lastUsedAt,
  tokenExpiresAt,
  providerAccount,
}: Account): AccountView => ({
  id,
  connectionName,
  identifier,
  status,
  updatedAt,
  lastUsedAt,
  tokenExpiresAt,
  providerAccount,
});

type AccountFinder = (connectionName: string, identifier: string) => Account;

function accountFinder(environment: Environment): AccountFinder {
  return (connectionName, identifier) => {
    const account = environment.accounts.find(connectionName, identifier);
    if (!account) throw new UnknownTargetError(`no connected account of ${identifier} on ${connectionName}`);
    return account;
  };
}

/** The state of an account that the control sets. */
export interface AccountSetting {
  readonly connectionName: string;
  readonly identifier: string;
  readonly status: AccountStatus;
  /** Whose account at the provider it is; unchanged when left out. */
  readonly providerAccount?: string | undefined;
}

function accountControl(environment: Environment, authorizations: Authorizations, existing: AccountFinder) {
  const setStatus = (account: Account, status: AccountStatus, providerAccount = account.providerAccount) => {
    const connection = environment.connections.get(account.connectionName);
    const authorized = status === 'ACTIVE' || status === 'EXPIRED';
    if (status === 'ACTIVE' && connection) {
      authorizations.activate(account, sampleCredentials(connection), providerAccount);
    } else {
      environment.accounts.update(account, {
        status,
        providerAccount,
        authorization: authorized ? account.authorization : null,
        tokenExpiresAt: authorized ? Date.now() : null,
      });
    }
    return view(account);
  };
  return {
    /** Accounts in the order in which they were made; of one user when an identifier is given. */
    accounts: (filter: { identifier?: string } = {}): AccountView[] =>
      environment.accounts.list(filter, 0, Number.POSITIVE_INFINITY).rows.map(view),
    /** A page of the accounts whose identifier contains a text, and how many there are. */
    searchAccounts({ text, offset, limit }: { text: string; offset: number; limit: number }) {
      const filter = text === '' ? {} : { matches: (account: Account) => account.identifier.includes(text) };
      const { rows, totalSize } = environment.accounts.list(filter, offset, limit);
      return { accounts: rows.map(view), totalSize };
    },
    account(connectionName: string, identifier: string): AccountView | undefined {
      const account = environment.accounts.find(connectionName, identifier);
      return account && view(account);
    },
    /** Puts an account into a state, and makes it if there is none. Active and expired ones get sample credentials. */
    setAccount({ connectionName, identifier, status, providerAccount }: AccountSetting): AccountView {
      if (!environment.connections.has(connectionName))
        throw new UnknownTargetError(`no connection ${connectionName}`);
      const account =
        environment.accounts.find(connectionName, identifier) ??
        environment.accounts.add({ connectionName, identifier, status: 'PENDING_AUTH' });
      return setStatus(account, status, providerAccount);
    },
    /** The refresh no longer works. */
    expire: (connectionName: string, identifier: string) =>
      setStatus(existing(connectionName, identifier), 'EXPIRED'),
    /**
     * The tokens are refreshed: an expired account heals, without its user.
     * @throws UnknownTargetError when there is nothing to refresh
     */
    refresh(connectionName: string, identifier: string): AccountView {
      const account = existing(connectionName, identifier);
      const connection = environment.connections.get(connectionName);
      const hasTokens = connection && ['consent', 'backend'].includes(authorizedBy(connection));
      if (!hasTokens || (account.status !== 'ACTIVE' && account.status !== 'EXPIRED')) {
        throw new UnknownTargetError(`no tokens of ${identifier} on ${connectionName} to refresh`);
      }
      setStatus(account, 'ACTIVE');
      environment.announce('connected_account.token_refresh_succeeded', account);
      return view(account);
    },
    /** The user took the access back at the provider. */
    revoke: (connectionName: string, identifier: string) =>
      setStatus(existing(connectionName, identifier), 'DISCONNECTED'),
    remove: (connectionName: string, identifier: string) =>
      environment.accounts.remove(existing(connectionName, identifier)),
  };
}

function settingsControl(environment: Environment) {
  return {
    connections: (): Connection[] =>
      [...environment.connections.values()].map((connection) => ({ ...connection })),
    /** Changes a connection, or adds one that does not exist yet. */
    setConnection(name: string, changes: Partial<Omit<NewConnection, 'name'>>): Connection {
      const found = environment.connections.get(name);
      if (!found) return { ...environment.addConnection({ name, ...changes }) };
      return { ...Object.assign(found, changes) };
    },
    verification: (): VerificationMode => environment.verification,
    setVerification(mode: VerificationMode): void {
      environment.verification = mode;
    },
    linkLifetimeMs: (): number => environment.linkLifetimeMs,
    /** For links made from now on. Milliseconds. */
    setLinkLifetime(ms: number): void {
      environment.linkLifetimeMs = ms;
    },
    linkMakesAccount: (): boolean => environment.linkMakesAccount,
    /** Whether a link for an account that does not exist makes it from now on, or is refused. */
    setLinkMakesAccount(makes: boolean): void {
      environment.linkMakesAccount = makes;
    },
    slowProviderMs: (): number => environment.slowProviderMs,
    /** How long "Slow provider" on the consent page takes. Milliseconds. */
    setSlowProvider(ms: number): void {
      environment.slowProviderMs = ms;
    },
  };
}

function faultControl({ faults, consentFaults }: Environment) {
  return {
    fault: (fault: Fault) => faults.add(fault),
    faults: (): readonly Fault[] => faults.list(),
    clearFaults: () => faults.clear(),
    /** Lets the provider refuse although the user allows. */
    consentFault: (fault: ConsentFault) => consentFaults.add(fault),
    consentFaults: (): readonly ConsentFault[] => consentFaults.list(),
    clearConsentFaults: () => consentFaults.clear(),
  };
}
