import { z } from 'zod';
import { identifierFault } from '../kernel/identifier.js';
import type { AccountStatus, LoggedEvent } from '../scalekit/gateway.js';
import { eventMillis, toEventTime } from './eventTime.js';

/** The account that an event is about, as the event has it. Times are epoch milliseconds. */
export interface EventAccount {
  readonly id: string;
  readonly identifier: string;
  /** Can be missing, and then the id of the connection tells. */
  readonly connectionName: string | null;
  readonly connectionId: string | null;
  /** Null when it is missing, or one that this version does not know. */
  readonly status: AccountStatus | null;
  readonly oldStatus: AccountStatus | null;
  readonly tokenExpiresAt: number | null;
  readonly lastUsedAt: number | null;
}

/** What Scalekit told: in a webhook, or in its log. */
export interface WebhookEvent {
  /** `evt_…`: the same in every delivery of the event. */
  readonly id: string;
  readonly source: 'webhook' | 'log';
  /** The `webhook-id` of the delivery that was recorded; the event's id where the log told it. */
  readonly webhookId: string;
  readonly type: string;
  /** As `toEventTime` has it, or null when it names none. */
  readonly occurredAt: string | null;
  /** Null for an event that is not about a connected account. */
  readonly account: EventAccount | null;
}

/** The event types that this app distinguishes. Any other type counts as news of its account. */
export const eventTypes = {
  statusUpdated: 'connected_account.status_updated',
  deleted: 'connected_account.deleted',
  oauthSucceeded: 'connected_account.oauth_succeeded',
  refreshSucceeded: 'connected_account.token_refresh_succeeded',
} as const;

/** Statuses by the names that payloads carry; `PENDING` and `REVOKED` are what Scalekit's guides say. */
const statuses: Readonly<Record<string, AccountStatus>> = {
  ACTIVE: 'active',
  EXPIRED: 'expired',
  PENDING: 'pending_auth',
  PENDING_AUTH: 'pending_auth',
  PENDING_VERIFICATION: 'pending_verification',
  DISCONNECTED: 'disconnected',
  REVOKED: 'disconnected',
};

/** Text that both databases accept. Anything else, or a longer text, counts as missing. */
const text = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .transform((value) => value.replaceAll('\0', '') || null)
    .nullable()
    .catch(null);

const name = text(200);

const time = text(64).transform((value) => (value === null ? null : toEventTime(value)));
const status = text(64).transform((value) =>
  value !== null && Object.hasOwn(statuses, value) ? (statuses[value] ?? null) : null,
);

const account = z
  .object({
    id: name,
    identifier: z.string().nullable().catch(null),
    connection_id: name,
    connection_name: text(400),
    status,
    old_status: status,
    token_expires_at: time,
    last_used_at: time,
  })
  .nullable()
  .catch(null);

const envelope = z.object({ id: name, type: name, occurred_at: time, data: account });

type Data = NonNullable<z.output<typeof account>>;

const millisOf = (value: string | null) => (value === null ? null : eventMillis(value));

function toAccount(data: Data | null): EventAccount | null {
  if (data === null || data.id === null || data.identifier === null) return null;
  if (identifierFault(data.identifier) !== null) return null;
  return {
    id: data.id,
    identifier: data.identifier,
    connectionName: data.connection_name,
    connectionId: data.connection_id,
    status: data.status,
    oldStatus: data.old_status,
    tokenExpiresAt: millisOf(data.token_expires_at),
    lastUsedAt: millisOf(data.last_used_at),
  };
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * Reads the body of a webhook. Whatever this version does not know, or what is missing, is left out.
 * @param webhookId the delivery's, which stands in for a missing event id
 * @returns null when the body is no JSON object
 */
export function readWebhookEvent(body: string, webhookId: string): WebhookEvent | null {
  const parsed = envelope.safeParse(parsedJson(body));
  if (!parsed.success) return null;
  const { id, type, occurred_at: occurredAt, data } = parsed.data;
  return {
    id: id ?? webhookId,
    source: 'webhook',
    webhookId,
    type: type ?? 'unknown',
    occurredAt,
    account: toAccount(data),
  };
}

/** `data` of the log is a webhook's, or an object that has it one level down: Scalekit does not describe it. */
const logData = z
  .object({ data: z.looseObject({}) })
  .transform(({ data }) => data)
  .or(z.unknown())
  .pipe(account);

/** Reads an event of Scalekit's log, as `readWebhookEvent` reads a webhook. */
export function readLoggedEvent({ id, type, occurredAt, data }: LoggedEvent): WebhookEvent {
  const named = name.parse(id) ?? `log ${occurredAt} ${type}`.slice(0, 200);
  return {
    id: named,
    source: 'log',
    webhookId: named,
    type: name.parse(type) ?? 'unknown',
    occurredAt: time.parse(occurredAt),
    account: toAccount(logData.parse(data)),
  };
}
