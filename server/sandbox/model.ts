import type {
  AuthorizationDetails,
  ConnectedAccount,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import type { ConnectionType } from './connectionTypes.js';

/** The states of a connected account, by the names that the wire's `ConnectorStatus` gives them. */
export const accountStatuses = [
  'ACTIVE',
  'EXPIRED',
  'PENDING_AUTH',
  'PENDING_VERIFICATION',
  'DISCONNECTED',
] as const;
export type AccountStatus = (typeof accountStatuses)[number];

/**
 * Who verifies that the person who consented is the one who asked.
 * - `custom`: the app does, at its `userVerifyUrl`.
 * - `scalekit`: Scalekit does. Who consents must be signed in to its dashboard; consent activates the account, and no
 *   browser comes back.
 * - `none`: nobody does. Whoever consents activates the account, and no browser comes back.
 */
export const verificationModes = ['custom', 'scalekit', 'none'] as const;
export type VerificationMode = (typeof verificationModes)[number];

export interface Connection {
  /** `conn_…` */
  readonly id: string;
  /** The connection name, on the wire `connector` or `key_id`. */
  readonly name: string;
  /** The provider key (`GMAIL`). */
  provider: string;
  type: ConnectionType;
  title: string;
  scopes: readonly string[];
  enabled: boolean;
  /** False while the operator has not finished its configuration (`DRAFT`). */
  configured: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** One user's authorization on one connection. Times are epoch milliseconds. */
export interface Account {
  /** `ca_…` */
  readonly id: string;
  /** The place in every listing: accounts are listed in the order in which they were made. */
  readonly sequence: number;
  readonly connectionName: string;
  readonly identifier: string;
  readonly organizationId: string;
  readonly userId: string;
  status: AccountStatus;
  updatedAt: number;
  lastUsedAt: number | null;
  tokenExpiresAt: number | null;
  /** Whose account at the provider the user gave access to; null while nobody chose one. */
  providerAccount: string | null;
  authorization: AuthorizationDetails | null;
  apiConfig: NonNullable<ConnectedAccount['apiConfig']> | null;
}

/** An account as the control shows it: without credentials. Times are epoch milliseconds. */
export type AccountView = Pick<
  Account,
  | 'id'
  | 'connectionName'
  | 'identifier'
  | 'status'
  | 'updatedAt'
  | 'lastUsedAt'
  | 'tokenExpiresAt'
  | 'providerAccount'
>;

/** The sandbox's log. pino's loggers fit. */
export interface SandboxLogger {
  error(details: object, message: string): void;
}

/** The settings of a new connection. Other fields have defaults. */
export interface NewConnection {
  readonly name: string;
  readonly provider?: string | undefined;
  readonly type?: ConnectionType | undefined;
  readonly title?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
  readonly configured?: boolean | undefined;
}
