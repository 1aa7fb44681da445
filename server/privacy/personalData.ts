import { lastKnownSubject } from '../accounts/list/accountReader.js';
import type { StoredTables } from '../store/database/schema.js';

/** Where a table holds something of a person. */
export interface PersonalTable<Column extends string = string> {
  /** The rows that are theirs. */
  readonly own?: {
    readonly column: Column;
    /** What stands there for an identifier, where it is not the identifier itself. */
    readonly subjectOf?: (identifier: string) => string;
    /** Tells apart the rows of one person. */
    readonly key: Column;
    /**
     * What a renaming does with the rows: `moves` takes them along; `stays` leaves what is about an account at Scalekit,
     * which keeps its identifier; `apart` is done by itself in `renamingStore.ts`.
     */
    readonly renaming: 'moves' | 'stays' | 'apart';
    /** What an export leaves out: secrets, hashes, and what would let somebody act as them. */
    readonly hidden?: readonly Column[];
  };
  /** Columns that hold the key of the principal that acted. */
  readonly actors?: readonly Column[];
  /** A column whose text may name them in passing, and what takes its place then. */
  readonly passing?: {
    readonly key: Column;
    readonly column: Column;
    readonly instead: string | null;
    /** Whether its text is JSON. */
    readonly isJson?: boolean;
  };
  /** A column that may name them for a moment, and the one that says until when the row has to stay, or null. */
  readonly momentary?: { readonly column: Column; readonly until: Column | null };
}

/**
 * Every table, and what it holds of a person: the list that export, erasure and retention go by. What an export says
 * of deeds (rows where somebody acted on others) is named in `personStore.ts`.
 */
export const personalData: {
  readonly [Table in keyof StoredTables]: PersonalTable<keyof StoredTables[Table] & string> | null;
} = {
  users: { own: { column: 'identifier', renaming: 'apart', key: 'identifier' } },
  user_terms: { own: { column: 'identifier', renaming: 'apart', key: 'term' } },
  provider_subjects: { own: { column: 'identifier', renaming: 'moves', key: 'identifier' } },
  retired_identifiers: { own: { column: 'identifier', renaming: 'stays', key: 'identifier' } },
  directory_accounts: { own: { column: 'identifier', renaming: 'stays', key: 'connection_name' } },
  active_accounts: { own: { column: 'identifier', renaming: 'stays', key: 'connection_name' } },
  last_known: { own: { column: 'subject', renaming: 'stays', subjectOf: lastKnownSubject, key: 'subject' } },
  account_identities: {
    own: {
      column: 'identifier',
      renaming: 'stays',
      key: 'connection_name',
      hidden: ['id_hash', 'hash_before'],
    },
  },
  flows: {
    own: {
      column: 'identifier',
      renaming: 'apart',
      key: 'id',
      hidden: ['state_hash', 'session_hash', 'principal', 'approval'],
    },
  },
  onboarding_sessions: {
    own: {
      column: 'identifier',
      renaming: 'moves',
      key: 'id',
      hidden: ['state', 'start_token_hash', 'cookie_hash', 'confirm_nonce_hash', 'continue_code_hash'],
    },
  },
  outbox: {
    own: {
      column: 'identifier',
      renaming: 'moves',
      key: 'id',
      hidden: ['incident', 'request_key', 'requested_by'],
    },
    actors: ['requested_by'],
  },
  sign_in_watches: { own: { column: 'identifier', renaming: 'moves', key: 'id' } },
  declined_addresses: { own: { column: 'identifier', renaming: 'moves', key: 'address' } },
  mailing_results: { own: { column: 'identifier', renaming: 'moves', key: 'mailing_id' } },
  webhook_events: {
    own: { column: 'identifier', renaming: 'stays', key: 'id', hidden: ['webhook_id', 'occurrence'] },
  },
  client_deliveries: {
    own: { column: 'identifier', renaming: 'stays', key: 'id', hidden: ['by_scope', 'last_error'] },
  },
  sessions: {
    own: {
      column: 'identifier',
      renaming: 'apart',
      key: 'id_hash',
      hidden: ['id_hash', 'data', 'subject_hash', 'provider_session_hash'],
    },
  },
  audit_events: {
    own: { column: 'identifier', renaming: 'moves', key: 'id' },
    actors: ['actor'],
    passing: { key: 'id', column: 'detail', instead: null },
  },

  mailings: {
    actors: ['created_by', 'stopped_by'],
    passing: { key: 'id', column: 'filter', instead: '{}', isJson: true },
  },
  reconnect_requirements: { actors: ['required_by'] },
  directory_syncs: { actors: ['requested_by'] },
  api_clients: { actors: ['created_by'] },
  locks: { momentary: { column: 'name', until: 'expires_at' } },
  rate_limits: { momentary: { column: 'key', until: null } },

  installation: null,
  logout_tokens: null,
  directory_counts: null,
  daily_counts: null,
  directory_sync_connections: null,
  event_log_marks: null,
  sign_in_tries: null,
  auth_requests: null,
  client_logos: null,
  client_webhooks: null,
  api_client_keys: null,
  idempotency_keys: null,
  signing_keys: null,
  tombstones: null,
};

const entries: readonly (readonly [table: string, held: PersonalTable | null])[] =
  Object.entries(personalData);

/** A table with rows of a person. */
export interface OwnTable extends NonNullable<PersonalTable['own']> {
  readonly table: string;
}

/** The tables with rows of a person, in the order of the list. */
export const ownTables: readonly OwnTable[] = entries.flatMap(([table, held]) =>
  held?.own === undefined ? [] : [{ table, ...held.own }],
);

/** The columns that hold the key of the principal that acted. */
export const actorColumns = entries.flatMap(([table, held]) =>
  (held?.actors ?? []).map((column) => ({ table, column })),
);

/** The columns that may name somebody in passing. */
export const passingColumns = entries.flatMap(([table, held]) =>
  held?.passing === undefined ? [] : [{ table, ...held.passing }],
);

/** The columns that may name somebody for a moment. */
export const momentaryColumns = entries.flatMap(([table, held]) =>
  held?.momentary === undefined ? [] : [{ table, ...held.momentary }],
);

/** The key that a person has as a principal. */
export const principalKeyOf = (identifier: string): string => `user:${identifier}`;
