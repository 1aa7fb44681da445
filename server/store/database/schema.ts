import type { Generated, Kysely } from 'kysely';

/**
 * The tables. Portable types only: text, integer, and bigint epoch milliseconds, read as numbers from every
 * database; JSON as text; booleans as 0 and 1.
 */

export interface SessionsTable {
  /** SHA-256 of the session id, so that a copy of the database signs nobody in. */
  id_hash: string;
  data: string;
  expires_at: number;
  /** Whose session it is, or null while nobody is signed in. */
  identifier: string | null;
  created_at: number;
}

export interface UsersTable {
  identifier: string;
  display_name: string | null;
  /** The address that the latest sign-in verified. */
  email: string | null;
  /** When the app first heard of the user. */
  first_seen_at: number;
  /** When the user signed in last, or null when they never did. */
  last_seen_at: number | null;
  /** When the user said that they want no mail, or null while they get it. */
  mail_declined_at: number | null;
  /** The earliest of their accounts' `stuck_since`, or null. */
  stuck_since: number | null;
}

/** What a user is found by: the identifier, the name, each of the name's later words, and the address, in lower case. */
export interface UserTermsTable {
  term: string;
  identifier: string;
}

/** The projection of all connected accounts. It is for admins to look at and decides nothing. */
export interface DirectoryAccountsTable {
  identifier: string;
  connection_name: string;
  account_id: string;
  /** As in the table of states. */
  state: string;
  /** Since when it is in that state, as far as we know. */
  since: number;
  /** Since when it needs its user and nobody gave up on it, or null. */
  stuck_since: number | null;
  /** When its user approved it last, as far as we know. */
  authorized_at: number | null;
  updated_at: number | null;
  last_used_at: number | null;
  token_expires_at: number | null;
  /** When the newest read that showed it began. */
  seen_at: number;
  /** 1 when it is active at Scalekit, and shown as expired since its connection has to be connected anew. */
  reconnect_required: Generated<number>;
}

/** A connection whose older accounts have to be connected anew. */
export interface ReconnectRequirementsTable {
  connection_name: string;
  /** What was approved before this is too old. */
  older_than: number;
  required_at: number;
  /** The key of the principal that required it. */
  required_by: string;
  /** Until the projection shows that it is over, the row stays. */
  withdrawn_at: number | null;
  /** When all of the projection was brought in line with it. */
  applied_at: number | null;
}

/** How many accounts are in a state, kept along with the accounts. */
export interface DirectoryCountsTable {
  connection_name: string;
  state: string;
  accounts: number;
  /** How many of them have a `stuck_since`. */
  stuck: Generated<number>;
}

/** How often something happened on a day (UTC, `2026-03-12`). */
export interface DailyCountsTable {
  day: string;
  connection_name: string;
  kind: string;
  count: number;
}

/** A full sync of the projection. */
export interface DirectorySyncsTable {
  id: string;
  requested_by: string | null;
  started_at: number;
  finished_at: number | null;
  /** A code, when it came to nothing. */
  fault: string | null;
}

/** How far a full sync is with one connection. */
export interface DirectorySyncConnectionsTable {
  sync_id: string;
  connection_name: string;
  started_at: number | null;
  /** The key of the last user that was handled, or null at the start. */
  page_token: string | null;
  accounts: number;
  total: number | null;
  /** When every page was read; what was not seen is looked at after that. */
  listed_at: number | null;
  finished_at: number | null;
}

/** A try to sign in at the OpenID provider, until its browser comes back. */
export interface SignInTriesTable {
  state_hash: string;
  session_hash: string;
  nonce: string;
  code_verifier: string;
  return_to: string | null;
  created_at: number;
  expires_at: number;
}

export interface FlowsTable {
  id: string;
  state_hash: string;
  session_hash: string;
  principal: string;
  identifier: string;
  connection_name: string;
  return_to: string | null;
  /** 1 when the browser comes back to us after consent, so that only a verification finishes the flow. */
  returns: number;
  account_id_before: string | null;
  account_updated_before: number | null;
  /** 1 when the account was active when the flow began. */
  account_active_before: number;
  /** 1 when the account was expired when the flow began. */
  account_expired_before: number;
  /** 1 when this flow made the account. */
  account_created: number;
  status: string;
  failure: string | null;
  reference: string | null;
  created_at: number;
  expires_at: number;
  link_expires_at: number | null;
  verify_started_at: number | null;
  /** When Scalekit accepted this app's verification of the user, or null. */
  verified_at: number | null;
  ended_at: number | null;
  /** The auth request that the browser came back with, sealed, until the flow ends. */
  approval: string | null;
}

/** The auth requests that browsers came back with. Each is worth something to the flow that it came with first, alone. */
export interface AuthRequestsTable {
  request_hash: string;
  /** Null when it came with a `state` that is none of ours. */
  flow_id: string | null;
  arrived_at: number;
}

/** What was last read of Scalekit, shown while it cannot be reached. */
export interface LastKnownTable {
  subject: string;
  value: string;
  as_of: number;
}

export interface LocksTable {
  name: string;
  holder: string;
  expires_at: number;
}

export interface AuditEventsTable {
  id: string;
  at: number;
  type: string;
  actor: string | null;
  identifier: string | null;
  connection_name: string | null;
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
  webhook_id: string;
  type: string;
  /** UTC with nine digits after the second, so that the later time is the greater text. */
  occurred_at: string | null;
  received_at: number;
  /** Orders what one instance received within a millisecond. */
  arrival: number;
  /** The reference id of the request that brought it. */
  reference: string;
  account_id: string | null;
  identifier: string | null;
  /** The account as the event has it, as JSON. */
  account: string | null;
  /** When it may be claimed; a claim moves it to the end of its lease. */
  due_at: number;
  attempts: number;
  /** Null until it is processed. */
  outcome: string | null;
}

/** Mail to users; a row has ended when one of the three ends has a time. */
export interface OutboxTable {
  id: string;
  kind: string;
  identifier: string;
  connection_name: string;
  account_id: string;
  to_address: string;
  /** Names what the mail is about, so that it makes one mail. */
  incident: string;
  created_at: number;
  send_after: number;
  tries: number;
  /** When it may be claimed; a claim moves it to the end of its lease. */
  next_try_at: number;
  sent_at: number | null;
  withdrawn_at: number | null;
  failed_at: number | null;
  /** A code, without anything personal. */
  last_error: string | null;
  /** The principal that asked for it, or null for a mail about an incident. */
  requested_by: string | null;
  /** Names the request, so that it makes one mail. */
  request_key: string | null;
  /** 1 when the request named the mail address. */
  address_given: number;
}

/** Mail to all users that a filter finds, about one connection. */
export interface MailingsTable {
  /** Made by the page that asks first, so that its form makes one mailing. */
  id: string;
  connection_name: string;
  /** The filter of the users page, as JSON. */
  filter: string;
  /** How many users the filter found when it was made. */
  users: number;
  created_at: number;
  created_by: string;
  /** How many users were gone through, some perhaps twice after a crash. */
  gone_through: number;
  /** The key to continue after, or null at the start. */
  place: string | null;
  started_at: number | null;
  ended_at: number | null;
  /** The principal that stopped it early, or null. */
  stopped_by: string | null;
}

/** The result of one user in a mailing. */
export interface MailingResultsTable {
  mailing_id: string;
  identifier: string;
  outcome: string;
}

/** The accounts that were active when they were read last, in which an incident begins. */
export interface ActiveAccountsTable {
  identifier: string;
  connection_name: string;
  account_id: string;
  seen_at: number;
}

/** Another app that may ask. Lists are JSON. */
export interface ApiClientsTable {
  id: string;
  name: string;
  scopes: string;
  return_urls: string;
  confirm_urls: string;
  refresh_urls: string;
  /** The checks of the user that it may ask for besides those that every client may. */
  user_checks: string;
  /** 1 when it may say where a mail to a user goes. */
  may_give_address: number;
  created_at: number;
  /** The key of the principal that made it, or `command`. */
  created_by: string;
  revoked_at: number | null;
}

export interface ApiClientKeysTable {
  /** The part of the key that is no secret. */
  id: string;
  client_id: string;
  secret_hash: string;
  created_at: number;
  /** When it ends by itself, or null. */
  expires_at: number | null;
  revoked_at: number | null;
  /** Written at most once a minute. */
  last_used_at: number | null;
}

/** An onboarding that another app made for one of its users. Only hashes of its secrets are kept. Lists are JSON. */
export interface OnboardingSessionsTable {
  id: string;
  client_id: string;
  identifier: string;
  display_name: string | null;
  connections: string;
  return_url: string;
  confirm_url: string | null;
  refresh_url: string | null;
  state: string | null;
  user_check: string;
  start_token_hash: string;
  cookie_hash: string | null;
  confirm_nonce_hash: string | null;
  continue_code_hash: string | null;
  status: string;
  created_at: number;
  started_at: number | null;
  /** When it ends by itself: while it is open, or once it is started. */
  expires_at: number;
  confirmed_at: number | null;
  /** When the check of the user was passed, or null. */
  checked_at: number | null;
  skipped: string;
  outcomes: string | null;
  ended_at: number | null;
}

/** What a request of an API client was answered, so that the same request again gets the same answer. */
export interface IdempotencyKeysTable {
  client_id: string;
  key: string;
  request_hash: string;
  /** JSON, without anything secret or personal. */
  answer: string;
  expires_at: number;
}

/** The key pairs that results are signed with. */
export interface SigningKeysTable {
  /** Counts up, so that two instances can't both add the next one. */
  generation: number;
  kid: string;
  /** A JWK (RFC 7517). */
  public_key: string;
  /** A JWK, encrypted with a key that is derived from the session secret. */
  sealed_private_key: string;
  created_at: number;
  /** Published before it is used. */
  used_from: number;
}

/** An erased user. */
export interface TombstonesTable {
  /** Keyed, so that nobody without the session secret can try identifiers. */
  identifier_hash: string;
  /** What is as of then or earlier brings nothing back. */
  erased_at: number;
}

export interface Tables {
  sessions: SessionsTable;
  users: UsersTable;
  user_terms: UserTermsTable;
  directory_accounts: DirectoryAccountsTable;
  directory_counts: DirectoryCountsTable;
  daily_counts: DailyCountsTable;
  directory_syncs: DirectorySyncsTable;
  directory_sync_connections: DirectorySyncConnectionsTable;
  sign_in_tries: SignInTriesTable;
  flows: FlowsTable;
  auth_requests: AuthRequestsTable;
  last_known: LastKnownTable;
  locks: LocksTable;
  audit_events: AuditEventsTable;
  rate_limits: RateLimitsTable;
  webhook_events: WebhookEventsTable;
  outbox: OutboxTable;
  active_accounts: ActiveAccountsTable;
  reconnect_requirements: ReconnectRequirementsTable;
  mailings: MailingsTable;
  mailing_results: MailingResultsTable;
  api_clients: ApiClientsTable;
  api_client_keys: ApiClientKeysTable;
  onboarding_sessions: OnboardingSessionsTable;
  idempotency_keys: IdempotencyKeysTable;
  signing_keys: SigningKeysTable;
  tombstones: TombstonesTable;
}

/** The database, or a transaction in it. */
export type Db = Kysely<Tables>;
