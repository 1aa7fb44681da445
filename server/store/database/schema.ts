import { CamelCasePlugin, type Dialect, type Generated, Kysely, type KyselyConfig } from 'kysely';

/**
 * The tables. Portable types only: text, integer, and bigint epoch milliseconds, read as numbers from every
 * database; JSON as text; booleans as 0 and 1. In the database the names are in snake case.
 */

export interface SessionsTable {
  /** SHA-256 of the session id, so that a copy of the database signs nobody in. */
  idHash: string;
  data: string;
  expiresAt: number;
  /** Whose session it is, or null while nobody is signed in. */
  identifier: string | null;
  createdAt: number;
  /** The hash of whom the OpenID provider signed in, and of its own session; null where it named none. */
  subjectHash: Generated<string | null>;
  providerSessionHash: Generated<string | null>;
}

export interface UsersTable {
  identifier: string;
  displayName: string | null;
  /** The address that the latest sign-in verified. */
  email: string | null;
  /** When the app first heard of the user. */
  firstSeenAt: number;
  /** When the user signed in last, or null when they never did. */
  lastSeenAt: number | null;
  /** When the user said that they want no mail, or null while they get it. */
  mailDeclinedAt: number | null;
  /** The language that the user chose, or null: then it is what their browser asks for. */
  language: string | null;
  /** The language of their last visit. */
  lastLanguage: string | null;
  /** The earliest of their accounts' `stuckSince`, or null. */
  stuckSince: number | null;
}

/** What a user is found by: the identifier, the name, each of the name's later words, and the address, in lower case. */
export interface UserTermsTable {
  term: string;
  identifier: string;
}

/** Whom the OpenID provider means by an identifier: its issuer and subject (OpenID Connect Core 1.0, section 2). */
export interface ProviderSubjectsTable {
  identifier: string;
  issuer: string;
  subject: string;
  /** Since when they are the user. */
  since: number;
  /** Who came last under the same identifier, was refused, and waits for an admin; null when nobody does. */
  otherIssuer: string | null;
  otherSubject: string | null;
  otherAt: number | null;
}

/** Identifiers that were given up for another one, while accounts at Scalekit still go by them. */
export interface RetiredIdentifiersTable {
  identifier: string;
  renamedTo: string;
  retiredAt: number;
}

/** What was decided once for this installation. */
export interface InstallationTable {
  name: string;
  value: string;
}

/** An operator who waits for one sign-in, to see what it tells. */
export interface SignInWatchesTable {
  id: string;
  expiresAt: number;
  /** Who signed in, or null while nobody did or where nobody could be. */
  identifier: string | null;
  /** What it told, as JSON; null until then. */
  report: string | null;
}

/** The logout tokens that came, so that each counts once, and for sessions that are stored after it came. */
export interface LogoutTokensTable {
  tokenHash: string;
  /** When it could not be taken again in any case. */
  expiresAt: number;
  /** What it means, as a session has it; null where it does not say. */
  subjectHash: Generated<string | null>;
  providerSessionHash: Generated<string | null>;
  /** When it was made, by the provider's clock; null in rows from before this was kept. */
  issuedAt: Generated<number | null>;
  /** 1 once the sessions that were there have ended. */
  taken: Generated<number>;
}

/** The projection of all connected accounts. It is for admins to look at and decides nothing. */
export interface DirectoryAccountsTable {
  identifier: string;
  connectionName: string;
  accountId: string;
  /** As in the table of states. */
  state: string;
  /** Since when it is in that state, as far as we know. */
  since: number;
  /** Since when it needs its user and nobody gave up on it, or null. */
  stuckSince: number | null;
  /** When its user approved it last, as far as we know. */
  authorizedAt: number | null;
  updatedAt: number | null;
  lastUsedAt: number | null;
  tokenExpiresAt: number | null;
  /** When the newest read that showed it began. */
  seenAt: number;
  /** 1 when it is active at Scalekit, and shown as expired since its connection has to be connected anew. */
  reconnectRequired: Generated<number>;
  /** How often in a row it expired within two weeks of being connected. */
  expiredTimes: Generated<number>;
  /** What other apps were told of it last: `active`, `needs_user`, or null for all else. */
  clientsTold: string | null;
}

/** A connection whose older accounts have to be connected anew. */
export interface ReconnectRequirementsTable {
  connectionName: string;
  /** What was approved before this is too old. */
  olderThan: number;
  requiredAt: number;
  /** The key of the principal that required it. */
  requiredBy: string;
  /** Until the projection shows that it is over, the row stays. */
  withdrawnAt: number | null;
  /** When all of the projection was brought in line with it. */
  appliedAt: number | null;
}

/** How many accounts are in a state, kept along with the accounts. */
export interface DirectoryCountsTable {
  connectionName: string;
  state: string;
  accounts: number;
  /** How many of them have a `stuckSince`. */
  stuck: Generated<number>;
}

/** How often something happened on a day (UTC, `2026-03-12`). */
export interface DailyCountsTable {
  day: string;
  connectionName: string;
  kind: string;
  count: number;
}

/** A full sync of the projection. */
export interface DirectorySyncsTable {
  id: string;
  requestedBy: string | null;
  startedAt: number;
  finishedAt: number | null;
  /** A code, when it came to nothing. */
  fault: string | null;
}

/** How far a full sync is with one connection. */
export interface DirectorySyncConnectionsTable {
  syncId: string;
  connectionName: string;
  startedAt: number | null;
  /** The key of the last user that was handled, or null at the start. */
  pageToken: string | null;
  accounts: number;
  total: number | null;
  /** When every page was read; what was not seen is looked at after that. */
  listedAt: number | null;
  finishedAt: number | null;
}

/** A try to sign in at the OpenID provider, until its browser comes back. */
export interface SignInTriesTable {
  stateHash: string;
  sessionHash: string;
  nonce: string;
  codeVerifier: string;
  returnTo: string | null;
  createdAt: number;
  expiresAt: number;
}

export interface FlowsTable {
  id: string;
  stateHash: string;
  sessionHash: string;
  principal: string;
  identifier: string;
  connectionName: string;
  returnTo: string | null;
  /** 1 when the browser comes back to us after consent, so that only a verification finishes the flow. */
  returns: number;
  accountIdBefore: string | null;
  accountUpdatedBefore: number | null;
  /** 1 when the account was active when the flow began. */
  accountActiveBefore: number;
  /** 1 when the account was expired when the flow began. */
  accountExpiredBefore: number;
  /** 1 when this flow made the account. */
  accountCreated: number;
  status: string;
  failure: string | null;
  reference: string | null;
  createdAt: number;
  expiresAt: number;
  linkExpiresAt: number | null;
  /** When the browser was sent to the link, or null before. */
  leftAt: number | null;
  /** The provider's own code of the error that it came back with. */
  providerError: string | null;
  /** A failure that came back without `state`; the flow goes on. */
  reported: string | null;
  verifyStartedAt: number | null;
  /** When Scalekit accepted this app's verification of the user, or null. */
  verifiedAt: number | null;
  endedAt: number | null;
  /** The auth request that the browser came back with, sealed, until the flow ends. */
  approval: string | null;
}

/** The auth requests that browsers came back with. Each is worth something to the flow that it came with first, alone. */
export interface AuthRequestsTable {
  requestHash: string;
  /** Null when it came with a `state` that is none of ours. */
  flowId: string | null;
  arrivedAt: number;
}

/** What was last read of Scalekit, shown while it cannot be reached. */
export interface LastKnownTable {
  subject: string;
  value: string;
  asOf: number;
}

export interface LocksTable {
  name: string;
  holder: string;
  expiresAt: number;
}

export interface AuditEventsTable {
  id: string;
  at: number;
  type: string;
  actor: string | null;
  identifier: string | null;
  connectionName: string | null;
  reference: string | null;
  address: string | null;
  detail: string | null;
}

/** The counts of the rate limits on PostgreSQL; elsewhere they are in memory. */
export interface RateLimitsTable {
  key: string;
  points: number;
  expire: number | null;
}

/** What Scalekit told us of. */
export interface WebhookEventsTable {
  id: string;
  /** Of the delivery; the event's id where Scalekit's log told it. */
  webhookId: string;
  /** `webhook` or `log`. */
  source: Generated<string>;
  type: string;
  /** UTC with nine digits after the second, so that the later time is the greater text. */
  occurredAt: string | null;
  /** The same for an event of a webhook and of the log, even if their ids differ; null when it can't be told. */
  occurrence: Generated<string | null>;
  receivedAt: number;
  /** Orders what one instance received within a millisecond. */
  arrival: number;
  /** The reference id of the request that brought it. */
  reference: string;
  accountId: string | null;
  identifier: string | null;
  /** The account as the event has it, as JSON. */
  account: string | null;
  /** When it may be claimed; a claim moves it to the end of its lease. */
  dueAt: number;
  attempts: number;
  /** Null until it is processed. */
  outcome: string | null;
}

/** As whom a user's connection is connected at its provider, and what it was before that. */
export interface AccountIdentitiesTable {
  identifier: string;
  connectionName: string;
  accountId: string;
  /** What to show, or null while it is not known. */
  name: Generated<string | null>;
  /** The provider's id of the account, under a key of the app. */
  idHash: Generated<string | null>;
  nameBefore: Generated<string | null>;
  hashBefore: Generated<string | null>;
  /** When it turned out to be another account than before. */
  changedAt: Generated<number | null>;
  /** When the provider is to be asked, or null. */
  dueAt: number | null;
  tries: number;
}

/** Up to when Scalekit's event log was read; one row. */
export interface EventLogMarksTable {
  name: string;
  readUntil: number;
}

/** Mail to users; a row has ended when one of the three ends has a time. */
export interface OutboxTable {
  id: string;
  kind: string;
  identifier: string;
  connectionName: string;
  accountId: string;
  toAddress: string;
  /** Names what the mail is about, so that it makes one mail. */
  incident: string;
  createdAt: number;
  sendAfter: number;
  tries: number;
  /** When it may be claimed; a claim moves it to the end of its lease. */
  nextTryAt: number;
  sentAt: number | null;
  withdrawnAt: number | null;
  failedAt: number | null;
  /** A code, without anything personal. */
  lastError: string | null;
  /** The principal that asked for it, or null for a mail about an incident. */
  requestedBy: string | null;
  /** Names the request, so that it makes one mail. */
  requestKey: string | null;
  /** 1 when the request named the mail address. */
  addressGiven: number;
}

/** Mail to all users that a filter finds, about one connection. */
export interface MailingsTable {
  /** Made by the page that asks first, so that its form makes one mailing. */
  id: string;
  connectionName: string;
  /** The filter of the users page, as JSON. */
  filter: string;
  /** How many users the filter found when it was made. */
  users: number;
  createdAt: number;
  createdBy: string;
  /** How many users were gone through, some perhaps twice after a crash. */
  goneThrough: number;
  /** The key to continue after, or null at the start. */
  place: string | null;
  startedAt: number | null;
  endedAt: number | null;
  /** The principal that stopped it early, or null. */
  stoppedBy: string | null;
}

/** The result of one user in a mailing. */
export interface MailingResultsTable {
  mailingId: string;
  identifier: string;
  outcome: string;
}

/** The accounts that were active when they were read last, in which an incident begins. */
export interface ActiveAccountsTable {
  identifier: string;
  connectionName: string;
  accountId: string;
  seenAt: number;
}

/** Another app that may ask. Lists are JSON. */
export interface ApiClientsTable {
  id: string;
  name: string;
  scopes: string;
  returnUrls: string;
  confirmUrls: string;
  refreshUrls: string;
  /** The checks of the user that it may ask for besides those that every client may. */
  userChecks: string;
  /** 1 when it may say where a mail to a user goes. */
  mayGiveAddress: number;
  createdAt: number;
  /** The key of the principal that made it, or `command`. */
  createdBy: string;
  revokedAt: number | null;
}

export interface ApiClientKeysTable {
  /** The part of the key that is no secret. */
  id: string;
  clientId: string;
  secretHash: string;
  createdAt: number;
  /** When it ends by itself, or null. */
  expiresAt: number | null;
  revokedAt: number | null;
  /** Written at most once a minute. */
  lastUsedAt: number | null;
}

/** The logo of an API client. */
export interface ClientLogosTable {
  clientId: string;
  /** The SHA-256 of its content, in hexadecimal digits. Several clients may have the same. */
  hash: string;
  type: string;
  /** Of width and height only the ratio counts. */
  width: number;
  height: number;
  /** In base64. */
  content: string;
  changedAt: number;
}

/** Where an API client is told of changes. Secrets are sealed. */
export interface ClientWebhooksTable {
  clientId: string;
  url: string;
  secret: string;
  /** The secret before, while both sign. */
  oldSecret: string | null;
  oldUntil: number | null;
  /** When the address was set. */
  setAt: number;
  /** Since when nothing was taken there, or null after something was. */
  failingSince: number | null;
  /** When it was switched off, since nothing was taken there for days. */
  offAt: number | null;
}

/** What an API client is told, and whether it took it; a row has ended when it has one of the two ends. */
export interface ClientDeliveriesTable {
  id: string;
  clientId: string;
  type: string;
  /** Null once the user was forgotten. */
  identifier: string | null;
  /** Null for what is about the user and no connection. */
  connectionName: string | null;
  /** Grows with each event of a user. */
  sequence: number;
  /** The body, as JSON; null once the user was forgotten. */
  payload: string | null;
  /** 1 when it is told since the client may read the status of all users. */
  byScope: number;
  /** 1 when its user was forgotten, so that it names them only until it is delivered. */
  purgedWhenDelivered: Generated<number>;
  createdAt: number;
  tries: Generated<number>;
  /** When it may be claimed; a claim moves it to the end of its lease. */
  nextTryAt: number;
  /** After this it is tried no more. */
  givenUpAt: number;
  /** When an admin sent it again. */
  sentAgainAt: number | null;
  deliveredAt: number | null;
  failedAt: number | null;
  /** A code, without anything personal. */
  lastError: string | null;
}

/** An onboarding that another app made for one of its users. Only hashes of its secrets are kept. Lists are JSON. */
export interface OnboardingSessionsTable {
  id: string;
  clientId: string;
  identifier: string;
  displayName: string | null;
  connections: string;
  returnUrl: string;
  confirmUrl: string | null;
  refreshUrl: string | null;
  state: string | null;
  /** JSON: pairs of the other app's own. */
  metadata: string;
  userCheck: string;
  startTokenHash: string;
  cookieHash: string | null;
  confirmNonceHash: string | null;
  continueCodeHash: string | null;
  status: string;
  createdAt: number;
  startedAt: number | null;
  /** The language that its pages are in until their reader chooses another, as a language tag; or null. */
  locale: string | null;
  /** When it ends by itself: while it is open, or once it is started. */
  expiresAt: number;
  /** Until when its link starts it anew while the check is not passed; null where the first start uses the link up. */
  restartUntil: number | null;
  confirmedAt: number | null;
  /** When the check of the user was passed, or null. */
  checkedAt: number | null;
  skipped: string;
  outcomes: string | null;
  endedAt: number | null;
}

/** What a request of an API client was answered, so that the same request again gets the same answer. */
export interface IdempotencyKeysTable {
  clientId: string;
  key: string;
  requestHash: string;
  /** JSON, without anything secret or personal. */
  answer: string;
  expiresAt: number;
}

/** The key pairs that results are signed with. */
export interface SigningKeysTable {
  /** Counts up, so that two instances can't both add the next one. */
  generation: number;
  kid: string;
  /** A JWK (RFC 7517). */
  publicKey: string;
  /** A JWK, encrypted with a key that is derived from the session secret. */
  sealedPrivateKey: string;
  createdAt: number;
  /** Published before it is used. */
  usedFrom: number;
}

/** An erased user. */
export interface TombstonesTable {
  /** Keyed, so that nobody without the session secret can try identifiers. */
  identifierHash: string;
  /** What is as of then or earlier brings nothing back. */
  erasedAt: number;
}

/** An address whose reader wants no mail, by the user whom the declined mail was about. */
export interface DeclinedAddressesTable {
  /** In lower case. */
  address: string;
  identifier: string;
  declinedAt: number;
}

export interface Tables {
  sessions: SessionsTable;
  users: UsersTable;
  userTerms: UserTermsTable;
  providerSubjects: ProviderSubjectsTable;
  retiredIdentifiers: RetiredIdentifiersTable;
  installation: InstallationTable;
  logoutTokens: LogoutTokensTable;
  signInWatches: SignInWatchesTable;
  directoryAccounts: DirectoryAccountsTable;
  directoryCounts: DirectoryCountsTable;
  dailyCounts: DailyCountsTable;
  directorySyncs: DirectorySyncsTable;
  directorySyncConnections: DirectorySyncConnectionsTable;
  signInTries: SignInTriesTable;
  flows: FlowsTable;
  authRequests: AuthRequestsTable;
  lastKnown: LastKnownTable;
  locks: LocksTable;
  auditEvents: AuditEventsTable;
  rateLimits: RateLimitsTable;
  webhookEvents: WebhookEventsTable;
  eventLogMarks: EventLogMarksTable;
  accountIdentities: AccountIdentitiesTable;
  outbox: OutboxTable;
  activeAccounts: ActiveAccountsTable;
  declinedAddresses: DeclinedAddressesTable;
  reconnectRequirements: ReconnectRequirementsTable;
  mailings: MailingsTable;
  mailingResults: MailingResultsTable;
  apiClients: ApiClientsTable;
  apiClientKeys: ApiClientKeysTable;
  clientLogos: ClientLogosTable;
  clientWebhooks: ClientWebhooksTable;
  clientDeliveries: ClientDeliveriesTable;
  onboardingSessions: OnboardingSessionsTable;
  idempotencyKeys: IdempotencyKeysTable;
  signingKeys: SigningKeysTable;
  tombstones: TombstonesTable;
}

/** The database, or a transaction in it. Names are in camel case, here and in its rows; the plugin translates them. */
export type Db = Kysely<Tables>;

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : '';

/** The tables under the names that they have in the database. */
export type StoredTables = {
  [Table in keyof Tables as SnakeCase<Table>]: {
    [Column in keyof Tables[Table] & string as SnakeCase<Column>]: Tables[Table][Column];
  };
};

/** The database that a dialect reaches. */
export const openTables = (dialect: Dialect, options: Pick<KyselyConfig, 'log'> = {}): Db =>
  new Kysely<Tables>({ dialect, plugins: [new CamelCasePlugin()], ...options });

/** A row under the names that its columns have in the database. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** The database without a translation of names, for what goes through tables by name and takes their rows as they are. */
export type StoredDb = Kysely<Record<string, StoredRow>>;

export const asStored = (db: Db): StoredDb => db.withoutPlugins() as unknown as StoredDb;
