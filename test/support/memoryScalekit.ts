import { randomUUID } from 'node:crypto';
import type {
  AccountKey,
  AccountStatus,
  AuthorizationLinkRequest,
  ConnectedAccount,
  Connection,
  EventsPage,
  EventsRequest,
  LoggedEvent,
  ProviderRequest,
  Tool,
} from '../../server/scalekit/gateway.js';
import { ScalekitError } from '../../server/scalekit/scalekitError.js';

/** What the browser brings back to `userVerifyUrl`; null where no browser comes back. */
export type ConsentOutcome = { readonly authRequestId: string; readonly returnUrl: string } | null;

const LINK_LIFETIME_MS = 10 * 60_000;

/** The state behind the in-memory gateway; tests set it and look at it directly. */
export class MemoryScalekit {
  readonly #connections = new Map<string, Connection>();
  readonly #accounts = new Map<string, ConnectedAccount>();
  readonly #links = new Map<string, AuthorizationLinkRequest>();
  readonly #authRequests = new Map<string, AccountKey>();
  readonly #events: LoggedEvent[] = [];
  #clock = Date.now();
  eventsPerPage = 100;
  /** How many accounts a page of a connection holds. */
  accountsPerPage = 99;

  /**
   * @param verification as the operator's dashboard has it: `custom` sends the browser back to be verified,
   * `scalekit` activates at consent
   */
  constructor(public verification: 'custom' | 'scalekit' = 'custom') {}

  get connections(): Connection[] {
    return [...this.#connections.values()];
  }

  get accounts(): ConnectedAccount[] {
    return [...this.#accounts.values()];
  }

  /** Adds a connection, or replaces the one of that name. */
  addConnection(connection: Partial<Connection> & Pick<Connection, 'name'>): Connection {
    const complete: Connection = {
      id: `conn_${randomUUID()}`,
      provider: connection.name.toUpperCase(),
      kind: 'oauth',
      enabled: true,
      ...connection,
    };
    this.#connections.set(complete.name, complete);
    return complete;
  }

  /** Adds an account, or replaces the one of that key; `active` unless said otherwise. */
  addAccount(account: AccountKey & Partial<ConnectedAccount>): ConnectedAccount {
    const complete: ConnectedAccount = {
      id: `ca_${randomUUID()}`,
      status: 'active',
      updatedAt: this.#tick(),
      lastUsedAt: null,
      tokenExpiresAt: null,
      ...account,
    };
    this.#accounts.set(keyOf(account), complete);
    return complete;
  }

  account(key: AccountKey): ConnectedAccount | undefined {
    return this.#accounts.get(keyOf(key));
  }

  setStatus(key: AccountKey, status: AccountStatus): ConnectedAccount {
    const account = this.account(key);
    if (account === undefined) throw new Error('no such account');
    return this.addAccount({ ...account, status, updatedAt: this.#tick() });
  }

  removeAccount(key: AccountKey): boolean {
    return this.#accounts.delete(keyOf(key));
  }

  /** Makes a link that works once. */
  mintLink(request: AuthorizationLinkRequest): string {
    const link = `https://scalekit.test/magic/${randomUUID()}`;
    this.#links.set(link, request);
    return link;
  }

  /** Does what the person at the link's page does: consents, or types the credentials in. */
  consent(link: string): ConsentOutcome {
    const request = this.#links.get(link);
    if (request === undefined) throw new Error('the link is unknown or used');
    this.#links.delete(link);
    const verified = this.verification === 'custom' && this.#kindOf(request) === 'oauth';
    if (!verified) {
      this.setStatus(request, 'active');
      return null;
    }
    // An active account stays so, with its old credentials, until the new consent is verified.
    if (this.account(request)?.status !== 'active') this.setStatus(request, 'pending_verification');
    return this.#startVerification(request);
  }

  /** Whose consent an auth request stands for; it is used up by its own identifier. */
  authRequest(id: string): AccountKey | undefined {
    return this.#authRequests.get(id);
  }

  useAuthRequest(id: string): void {
    this.#authRequests.delete(id);
  }

  /** Adds an event to the log. @param occurredAt RFC 3339 */
  logEvent(event: LoggedEvent): void {
    this.#events.push(event);
  }

  /** Forgets events, as Scalekit does at the end of its retention. @param before RFC 3339 */
  forgetEvents(before: string): void {
    const kept = this.#events.filter(({ occurredAt }) => (occurredAt ?? '') >= before);
    this.#events.splice(0, this.#events.length, ...kept);
  }

  /** A page of the log. Its tokens name the last event of the page before. */
  eventsPage({ types, from, until, pageToken }: EventsRequest): EventsPage {
    const matching = this.#events
      .filter(({ type, occurredAt }) => {
        const at = Date.parse(occurredAt ?? '');
        return types.includes(type) && (from === null || at >= from) && (until === null || at < until);
      })
      .toSorted((one, other) => (other.occurredAt ?? '').localeCompare(one.occurredAt ?? ''));
    const start = pageToken === null ? 0 : matching.findIndex(({ id }) => id === pageToken) + 1;
    const events = matching.slice(start, start + this.eventsPerPage);
    const hasMore = start + events.length < matching.length;
    return { events, nextPageToken: hasMore ? (events.at(-1)?.id ?? null) : null };
  }

  /** The tools of each provider, by its key. */
  readonly tools = new Map<string, Tool[]>();

  /** What the providers answer; a test sets it. A provider that is not set refuses. */
  answerOf: (request: ProviderRequest) => string = () => {
    throw new ScalekitError('forbidden', 'askProvider');
  };

  expiryOfLink(): number {
    return Date.now() + LINK_LIFETIME_MS;
  }

  #startVerification(request: AuthorizationLinkRequest): ConsentOutcome {
    if (request.userVerifyUrl === undefined) throw new Error('failed_to_exchange: no user verify URL');
    const authRequestId = randomUUID();
    this.#authRequests.set(authRequestId, {
      connectionName: request.connectionName,
      identifier: request.identifier,
    });
    const url = new URL(request.userVerifyUrl);
    url.searchParams.set('auth_request_id', authRequestId);
    if (request.state !== undefined) url.searchParams.set('state', request.state);
    return { authRequestId, returnUrl: url.href };
  }

  #kindOf(key: AccountKey): Connection['kind'] {
    return this.#connections.get(key.connectionName)?.kind ?? 'oauth';
  }

  /** Times go forward with every change, however fast changes follow each other. */
  #tick(): number {
    this.#clock = Math.max(this.#clock + 1, Date.now());
    return this.#clock;
  }
}

function keyOf({ connectionName, identifier }: AccountKey): string {
  return JSON.stringify([connectionName, identifier]);
}
