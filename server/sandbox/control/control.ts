import type { Environment } from '../environment.js';
import type { Authorizations } from '../hosted/authorization.js';
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

/** Changes that the app does not make: an operator, a provider or time makes them. */
export interface SandboxControl extends WebhookControl {
  /** Accounts in the order in which they were made; of one user when an identifier is given. */
  accounts(filter?: { identifier?: string }): AccountView[];
  /** A page of the accounts whose identifier contains a text, and how many there are. */
  searchAccounts(search: { text: string; offset: number; limit: number }): {
    accounts: AccountView[];
    totalSize: number;
  };
  account(connectionName: string, identifier: string): AccountView | undefined;
  /** Puts an account into a state, and makes it if there is none. Active and expired ones get sample credentials. */
  setAccount(account: { connectionName: string; identifier: string; status: AccountStatus }): AccountView;
  /** The refresh no longer works. */
  expire(connectionName: string, identifier: string): AccountView;
  /** The user took the access back at the provider. */
  revoke(connectionName: string, identifier: string): AccountView;
  remove(connectionName: string, identifier: string): void;

  connections(): Connection[];
  /** Changes a connection, or adds one that does not exist yet. */
  setConnection(name: string, changes: Partial<Omit<NewConnection, 'name'>>): Connection;
  verification(): VerificationMode;
  setVerification(mode: VerificationMode): void;
  linkLifetimeMs(): number;
  /** For links made from now on. Milliseconds. */
  setLinkLifetime(ms: number): void;
  slowProviderMs(): number;
  /** How long "Slow provider" on the consent page takes. Milliseconds. */
  setSlowProvider(ms: number): void;

  fault(fault: Fault): void;
  faults(): readonly Fault[];
  clearFaults(): void;
  /**
   * Lets every connection that is open go silent, as when a NAT or a load balancer forgets them: packets are swallowed
   * in both directions and nobody is told. New connections work. Those of the control are spared.
   * @returns how many went silent
   */
  forgetConnections(): number;

  /** How many calls came since the start, or since `resetCalls()`. */
  calls(): CallCounts;
  /** Forgets counts and peaks. */
  resetCalls(): void;
  /** Resolves when the next such call arrives, or has been carried out. */
  waitForCall(call: CallName, moment?: CallMoment): Promise<void>;
  /** The most calls in flight at one time for one identifier, of one method or of any. */
  maxInFlight(call?: CallName): number;
}

/** A request to the control named an account or a connection that does not exist. */
export class UnknownTargetError extends Error {
  override readonly name = 'UnknownTargetError';
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
}: Account) => ({
  id,
  connectionName,
  identifier,
  status,
  updatedAt,
  lastUsedAt,
  tokenExpiresAt,
  providerAccount,
});

/** The control over an environment; the control page and its JSON API call the same functions. */
export function createControl(
  environment: Environment,
  authorizations: Authorizations,
  webhooks: WebhookSender,
  forgetConnections: () => number,
): SandboxControl {
  const accountOf = accountFinder(environment);
  return {
    ...accountControl(environment, authorizations, accountOf),
    ...createWebhookControl(environment, webhooks, accountOf),
    ...settingsControl(environment),
    fault: (fault) => environment.faults.add(fault),
    faults: () => environment.faults.list(),
    clearFaults: () => environment.faults.clear(),
    forgetConnections,
    calls: () => environment.calls.counts(),
    resetCalls: () => environment.calls.reset(),
    waitForCall: (call, moment = 'arrived') => environment.calls.next(call, moment),
    maxInFlight: (call) => environment.calls.peak(call),
  };
}

type AccountControl = Pick<
  SandboxControl,
  'accounts' | 'searchAccounts' | 'account' | 'setAccount' | 'expire' | 'revoke' | 'remove'
>;

type AccountFinder = (connectionName: string, identifier: string) => Account;

function accountFinder(environment: Environment): AccountFinder {
  return (connectionName, identifier) => {
    const account = environment.accounts.find(connectionName, identifier);
    if (!account) throw new UnknownTargetError(`no connected account of ${identifier} on ${connectionName}`);
    return account;
  };
}

function accountControl(
  environment: Environment,
  authorizations: Authorizations,
  existing: AccountFinder,
): AccountControl {
  const setStatus = (account: Account, status: AccountStatus) => {
    const connection = environment.connections.get(account.connectionName);
    const authorized = status === 'ACTIVE' || status === 'EXPIRED';
    if (status === 'ACTIVE' && connection) authorizations.activate(account, sampleCredentials(connection));
    else {
      environment.accounts.update(account, {
        status,
        authorization: authorized ? account.authorization : null,
        tokenExpiresAt: authorized ? Date.now() : null,
      });
    }
    return view(account);
  };
  return {
    accounts: (filter = {}) => environment.accounts.list(filter, 0, Number.POSITIVE_INFINITY).rows.map(view),
    searchAccounts({ text, offset, limit }) {
      const filter = text === '' ? {} : { matches: (account: Account) => account.identifier.includes(text) };
      const { rows, totalSize } = environment.accounts.list(filter, offset, limit);
      return { accounts: rows.map(view), totalSize };
    },
    account(connectionName, identifier) {
      const account = environment.accounts.find(connectionName, identifier);
      return account && view(account);
    },
    setAccount({ connectionName, identifier, status }) {
      if (!environment.connections.has(connectionName))
        throw new UnknownTargetError(`no connection ${connectionName}`);
      const account =
        environment.accounts.find(connectionName, identifier) ??
        environment.accounts.add({ connectionName, identifier, status: 'PENDING_AUTH' });
      return setStatus(account, status);
    },
    expire: (connectionName, identifier) => setStatus(existing(connectionName, identifier), 'EXPIRED'),
    revoke: (connectionName, identifier) => setStatus(existing(connectionName, identifier), 'DISCONNECTED'),
    remove: (connectionName, identifier) => environment.accounts.remove(existing(connectionName, identifier)),
  };
}

type SettingsControl = Pick<
  SandboxControl,
  | 'connections'
  | 'setConnection'
  | 'verification'
  | 'setVerification'
  | 'linkLifetimeMs'
  | 'setLinkLifetime'
  | 'slowProviderMs'
  | 'setSlowProvider'
>;

function settingsControl(environment: Environment): SettingsControl {
  return {
    connections: () => [...environment.connections.values()].map((connection) => ({ ...connection })),
    setConnection(name, changes) {
      const found = environment.connections.get(name);
      if (!found) return { ...environment.addConnection({ name, ...changes }) };
      return { ...Object.assign(found, changes) };
    },
    verification: () => environment.verification,
    setVerification(mode) {
      environment.verification = mode;
    },
    linkLifetimeMs: () => environment.linkLifetimeMs,
    setLinkLifetime(ms) {
      environment.linkLifetimeMs = ms;
    },
    slowProviderMs: () => environment.slowProviderMs,
    setSlowProvider(ms) {
      environment.slowProviderMs = ms;
    },
  };
}
