import { randomBytes } from 'node:crypto';
import { authorizationTypeName } from '../connectionTypes.js';
import type { Account, AccountStatus, Connection } from '../model.js';

/** The types of events that Scalekit sends about connected accounts. */
export const webhookTypes = [
  'connected_account.created',
  'connected_account.updated',
  'connected_account.status_updated',
  'connected_account.deleted',
  'connected_account.magic_link_generated',
  'connected_account.oauth_tokens_fetched',
  'connected_account.oauth_succeeded',
  'connected_account.token_refresh_succeeded',
  'connected_account.token_refresh_failed',
] as const;
export type WebhookType = (typeof webhookTypes)[number];

/** The envelope, as it travels. */
export interface WebhookEvent {
  readonly spec_version: '1';
  readonly id: string;
  readonly type: WebhookType;
  /** RFC 3339 with nanoseconds. */
  readonly occurred_at: string;
  readonly environment_id: string;
  readonly object: 'ConnectedAccount';
  readonly data: WebhookData;
}

export interface WebhookData {
  readonly id: string;
  readonly identifier: string;
  readonly connection_id: string;
  readonly connection_name?: string;
  readonly provider: string;
  readonly authorization_type: string;
  readonly status: AccountStatus;
  readonly old_status?: AccountStatus;
  readonly token_expires_at?: string;
  readonly last_used_at?: string;
}

const environmentId = 'env_1000000000000001';

let lastNanos = 0n;

/** The time in nanoseconds since the epoch, always later than the one before. */
function nowInNanos(): bigint {
  const now = BigInt(Date.now()) * 1_000_000n;
  lastNanos = now > lastNanos ? now : lastNanos + 1n;
  return lastNanos;
}

/** RFC 3339 with nanoseconds. @param nanos since the epoch */
export function timestamp(nanos: bigint): string {
  const fraction = String(nanos % 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19)}.${fraction}Z`;
}

const isoTime = (millis: number | null) => (millis === null ? undefined : new Date(millis).toISOString());

function dataOf(account: Account, connection: Connection | undefined): WebhookData {
  const tokenExpiresAt = isoTime(account.tokenExpiresAt);
  const lastUsedAt = isoTime(account.lastUsedAt);
  return {
    id: account.id,
    identifier: account.identifier,
    connection_id: connection?.id ?? '',
    connection_name: account.connectionName,
    provider: connection?.provider ?? '',
    authorization_type: connection ? authorizationTypeName(connection.type) : '',
    status: account.status,
    ...(tokenExpiresAt && { token_expires_at: tokenExpiresAt }),
    ...(lastUsedAt && { last_used_at: lastUsedAt }),
  };
}

/** What happened to an account just now. Only a changed status names the old one. */
export function webhookEvent(
  type: WebhookType,
  account: Account,
  connection: Connection | undefined,
  oldStatus: AccountStatus = account.status,
): WebhookEvent {
  const data = dataOf(account, connection);
  return {
    spec_version: '1',
    id: `evt_${randomBytes(12).toString('hex')}`,
    type,
    occurred_at: timestamp(nowInNanos()),
    environment_id: environmentId,
    object: 'ConnectedAccount',
    data: type === 'connected_account.status_updated' ? { ...data, old_status: oldStatus } : data,
  };
}
