import { randomInt } from 'node:crypto';
import { AccountStore } from './accountStore.js';
import { Faults } from './control/faults.js';
import { ConsentFaults } from './hosted/consentFaults.js';
import type { Account, AccountStatus, Connection, NewConnection, VerificationMode } from './model.js';
import { CallLog } from './rpc/calls.js';
import { connectionsOf, type Seed, seedAccounts } from './seed.js';
import { EventLog } from './webhooks/eventLog.js';
import { type WebhookEvent, type WebhookType, webhookEvent } from './webhooks/webhookEvents.js';

export interface EnvironmentOptions {
  readonly seed: Seed;
  readonly verification: VerificationMode;
  readonly linkLifetimeMs: number;
  /** How long the simulated slow provider takes. */
  readonly slowProviderMs: number;
}

/** How the event log says what it says, where Scalekit's documents leave it open. */
export interface EventLogSettings {
  /** Whether the account stands in a `data` of its own within `data`, or is `data`, as in a webhook. */
  readonly nestedData: boolean;
  /** Whether an event has another id in the log than in its webhook. */
  readonly ownIds: boolean;
}

const eventLogDefaults: EventLogSettings = { nestedData: true, ownIds: false };

/** The state of a Scalekit environment, and its operator's settings. */
export class Environment {
  readonly calls = new CallLog();
  readonly faults = new Faults();
  readonly events = new EventLog();
  eventLogSettings = eventLogDefaults;
  readonly consentFaults = new ConsentFaults();
  accounts = new AccountStore();
  connections = new Map<string, Connection>();
  verification: VerificationMode;
  linkLifetimeMs: number;
  slowProviderMs: number;
  /** Whether a link for an account that does not exist makes it, as one of Scalekit's guides has it, or is refused. */
  linkMakesAccount = true;

  /** @param tell receives each change of an account, but not the accounts of the seed */
  constructor(
    private readonly options: EnvironmentOptions,
    private readonly tell: (event: WebhookEvent) => void = () => undefined,
  ) {
    this.verification = options.verification;
    this.linkLifetimeMs = options.linkLifetimeMs;
    this.slowProviderMs = options.slowProviderMs;
    this.reset();
  }

  /** Back to the seed and the settings at the start; faults and counts are forgotten. */
  reset(): void {
    this.verification = this.options.verification;
    this.linkLifetimeMs = this.options.linkLifetimeMs;
    this.slowProviderMs = this.options.slowProviderMs;
    this.linkMakesAccount = true;
    this.faults.clear();
    this.consentFaults.clear();
    this.calls.reset();
    this.events.clear();
    this.eventLogSettings = eventLogDefaults;
    this.accounts = new AccountStore();
    this.connections = new Map();
    for (const connection of connectionsOf(this.options.seed)) this.addConnection(connection);
    for (const account of seedAccounts(this.options.seed, this.connections, Date.now())) {
      this.accounts.add(account);
    }
    this.accounts.observer = {
      added: (account) => this.announce('connected_account.created', account),
      changed: (account, oldStatus) => {
        const isStatus = account.status !== oldStatus;
        const type = isStatus ? 'connected_account.status_updated' : 'connected_account.updated';
        this.announce(type, account, oldStatus);
      },
      removed: (account) => this.announce('connected_account.deleted', account),
    };
  }

  /** Logs and sends the event about a change of an account. @returns the event's id */
  announce(type: WebhookType, account: Account, oldStatus?: AccountStatus): string {
    const event = webhookEvent(type, account, this.connections.get(account.connectionName), oldStatus);
    this.events.add(event);
    this.tell(event);
    return event.id;
  }

  addConnection(connection: NewConnection): Connection {
    const added: Connection = {
      id: `conn_${randomInt(1e8, 1e9)}${randomInt(1e8, 1e9)}`,
      name: connection.name,
      provider: connection.provider ?? connection.name.toUpperCase(),
      type: connection.type ?? 'OAUTH',
      title: connection.title ?? connection.name,
      scopes: connection.scopes ?? [],
      enabled: connection.enabled ?? true,
      configured: connection.configured ?? true,
      createdAt: Date.now(),
    };
    this.connections.set(added.name, added);
    return added;
  }
}
