/**
 * What this product needs of Scalekit, in our words. `sdkGateway.ts` is the only implementation that the
 * app runs on; no type of the SDK leaves this folder.
 */

/**
 * How a connection is authorized.
 * - `oauth`: the user consents at the provider, and the consent is verified before the account is active.
 * - `static`: the user types credentials into Scalekit's form; nobody is verified and no browser comes back.
 * - `none`: it needs no authorization, and works for everybody.
 * - `backend`: the operator's backend makes its accounts, never a user's click.
 * - `sign_in`: it signs users in to another product of Scalekit's.
 * - `other`: a type that this version does not know.
 */
export type AuthorizationKind = 'oauth' | 'static' | 'none' | 'backend' | 'sign_in' | 'other';

/** A connection that the operator configured in Scalekit's dashboard. */
export interface Connection {
  /** `conn_…` */
  readonly id: string;
  /** The connection name, the key of every call (`gmail`, `slack-prod`). */
  readonly name: string;
  /** The provider key as Scalekit spells it (`GMAIL`). */
  readonly provider: string;
  readonly kind: AuthorizationKind;
  /** Enabled and completely configured, so that accounts can be connected. */
  readonly enabled: boolean;
}

/** The state of a connected account as Scalekit knows it; `unknown` stands for every value that this version does not know. */
export type AccountStatus =
  | 'active'
  | 'expired'
  | 'pending_auth'
  | 'pending_verification'
  | 'disconnected'
  | 'unknown';

/** One user's authorization on one connection, without any credential. Times are epoch milliseconds. */
export interface ConnectedAccount {
  /** `ca_…` */
  readonly id: string;
  readonly connectionName: string;
  readonly identifier: string;
  readonly status: AccountStatus;
  readonly updatedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly tokenExpiresAt: number | null;
}

/** Some accounts of a connection, of whichever users. */
export interface AccountsPage {
  readonly accounts: readonly ConnectedAccount[];
  /** The token of the next page, or null at the end. */
  readonly nextPageToken: string | null;
  /** How many accounts the connection has. */
  readonly total: number;
}

/** One event of Scalekit's log. */
export interface LoggedEvent {
  /** `evt_…` */
  readonly id: string;
  readonly type: string;
  /** RFC 3339 in UTC with nine digits after the second, or null where the log names no time. */
  readonly occurredAt: string | null;
  /** What it is about, as JSON. Scalekit does not describe its shape. */
  readonly data: unknown;
}

/** Some events of the log, the newest first. */
export interface EventsPage {
  readonly events: readonly LoggedEvent[];
  /** The token of the page with older events, or null at the end. */
  readonly nextPageToken: string | null;
}

export interface EventsRequest {
  /** The types that are wanted. */
  readonly types: readonly string[];
  /** When the events occurred, in epoch milliseconds: from then on, and before. Null leaves that end open. */
  readonly from: number | null;
  readonly until: number | null;
  /** Of the page before, or null for the newest. */
  readonly pageToken: string | null;
}

/** One account is named by its connection and the identifier of its user. */
export interface AccountKey {
  readonly connectionName: string;
  readonly identifier: string;
}

export interface AuthorizationLinkRequest extends AccountKey {
  /** Where the browser comes back to after consent; left out where no browser comes back. */
  readonly userVerifyUrl?: string;
  /** Opaque to Scalekit, at most 512 characters; handed back at `userVerifyUrl`. */
  readonly state?: string;
}

export interface AuthorizationLink {
  readonly link: string;
  /** Epoch milliseconds, or null where Scalekit named none. */
  readonly expiresAt: number | null;
}

/** Something that an agent can do with a connection. */
export interface Tool {
  /** As agents call it (`gmail_fetch_mails`). */
  readonly name: string;
  /** For people, or null where there is none. */
  readonly title: string | null;
  /** It says of itself that it changes nothing. */
  readonly readsOnly: boolean;
}

/** A question to a provider's API. What is sent is ours alone; Scalekit puts the user's token in. */
export interface ProviderRequest extends AccountKey {
  readonly method: 'GET' | 'POST';
  /** Relative to the provider's API host, with its leading slash and perhaps a query. */
  readonly path: string;
  /** JSON, or null for none. */
  readonly body: string | null;
}

/**
 * Every method ends within the gateway's deadline, and within what is left of the time of the request that it is
 * called for, retries and paging included. It rejects with a `ScalekitError` and nothing else.
 */
export interface ScalekitGateway {
  /** All connections of the environment, paged to the end. */
  listConnections(): Promise<Connection[]>;

  /**
   * All connected accounts of one user, paged to the end, in one RPC for up to 99 accounts. Rows of any
   * other identifier are dropped.
   */
  listConnectedAccounts(identifier: string): Promise<ConnectedAccount[]>;

  /**
   * One page of everybody's accounts on one connection, for the directory of admins: the one method that names no
   * user. Rows shift between pages while others write. Rows of any other connection are dropped.
   * @param pageToken of the page before, or null for the first
   */
  listAccountsOfConnection(connectionName: string, pageToken: string | null): Promise<AccountsPage>;

  /** Makes an account that waits for authorization. Rejects with `already_exists` when there is one. */
  createConnectedAccount(key: AccountKey): Promise<ConnectedAccount>;

  /** A link for an account. Where there is none it may reject with `not_found`, or be made along with the account. */
  getAuthorizationLink(request: AuthorizationLinkRequest): Promise<AuthorizationLink>;

  /**
   * Activates the account whose consent the auth request stands for, if it was started for this identifier.
   * Rejects with `forbidden` for another identifier, with `not_found` for an unknown or used request.
   */
  verifyConnectedAccountUser(authRequestId: string, identifier: string): Promise<void>;

  /** Disconnects the account and revokes its credentials. Rejects with `not_found` when there is none. */
  deleteConnectedAccount(key: AccountKey): Promise<void>;

  /** The tools that Scalekit offers for a provider, paged to the end. */
  listTools(provider: string): Promise<Tool[]>;

  /** Those that a user's own active account can be used with, paged to the end. */
  listScopedTools(key: AccountKey): Promise<Tool[]>;

  /**
   * Asks the provider of an active account, through Scalekit's proxy: no token comes here.
   * Rejects with `forbidden` or `not_found` when it is refused, and with `invalid` for an identifier that no header can
   * carry.
   * @returns the text of the answer, at most 64 kB
   */
  askProvider(request: ProviderRequest): Promise<string>;

  /** One page of the environment's event log. How long Scalekit keeps it is not documented. */
  listEvents(request: EventsRequest): Promise<EventsPage>;
}
