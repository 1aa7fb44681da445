import {
  ConnectionStatus,
  ConnectionType,
  type ListConnection,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import { isObject } from '../kernel/isObject.js';
import { isLoopbackHost } from '../kernel/loopback.js';
import { parsedUrl } from '../kernel/parsedUrl.js';
import type {
  AccountStatus,
  AuthorizationKind,
  AuthorizationLink,
  ConnectedAccount,
  Connection,
  LoggedEvent,
  ScalekitGateway,
  Tool,
} from './gateway.js';
import { ScalekitError } from './scalekitError.js';

/** A protobuf timestamp. */
interface Timestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

interface ConnectionRow {
  readonly id: string;
  readonly connectionName: string;
  readonly provider: string;
  readonly type: string;
  readonly status: string;
  readonly enabled: boolean;
}

interface AccountRow {
  readonly id: string;
  readonly connector: string;
  readonly identifier: string;
  readonly status: number;
  readonly updatedAt?: Timestamp | undefined;
  readonly lastUsedAt?: Timestamp | undefined;
  readonly tokenExpiresAt?: Timestamp | undefined;
}

/** `ConnectorStatus` by number, as the wire has it. */
const STATUSES: Readonly<Record<number, AccountStatus>> = {
  1: 'active',
  2: 'expired',
  3: 'pending_auth',
  4: 'pending_verification',
  5: 'disconnected',
};

/** `ConnectionType` by the names of the wire. */
const KINDS: Readonly<Record<string, AuthorizationKind>> = {
  OAUTH: 'oauth',
  OIDC: 'oauth',
  TRELLO_OAUTH1: 'oauth',
  SMART_FHIR: 'oauth',
  API_KEY: 'static',
  BASIC: 'static',
  BEARER: 'static',
  NO_AUTH: 'none',
  OAUTH_M2M: 'backend',
  GOOGLE_DWD: 'backend',
  TRUSTED_IDP: 'backend',
  SAML: 'sign_in',
  PASSWORD: 'sign_in',
  PASSWORDLESS: 'sign_in',
  WEBAUTHN: 'sign_in',
};

/** A connection as the SDK's `actions.listConnections` gives it: with words for the numbers of the wire. */
export const toNamedConnection = (row: ListConnection): ConnectionRow => ({
  id: row.id,
  connectionName: row.keyId,
  provider: row.providerKey,
  type: ConnectionType[row.type] ?? String(row.type),
  status: ConnectionStatus[row.status] ?? String(row.status),
  enabled: row.enabled,
});

export function toConnection(row: ConnectionRow): Connection {
  return {
    id: row.id,
    name: row.connectionName,
    provider: row.provider,
    kind: toKind(row.type),
    enabled: row.enabled && row.status !== 'DRAFT' && row.status !== 'IN_PROGRESS',
  };
}

/** @param type the name of a `ConnectionType`, or its number where this version has no name for it */
export function toKind(type: string): AuthorizationKind {
  return Object.hasOwn(KINDS, type) ? (KINDS[type] ?? 'other') : 'other';
}

/** Copies field by field, so that no credential of a row is copied. */
export function toAccount(row: AccountRow): ConnectedAccount {
  return {
    id: row.id,
    connectionName: row.connector,
    identifier: row.identifier,
    status: STATUSES[row.status] ?? 'unknown',
    updatedAt: toMillis(row.updatedAt),
    lastUsedAt: toMillis(row.lastUsedAt),
    tokenExpiresAt: toMillis(row.tokenExpiresAt),
  };
}

interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly occurredAt?: Timestamp | undefined;
  readonly data?: unknown;
}

export function toLoggedEvent({ id, type, occurredAt, data }: EventRow): LoggedEvent {
  return { id, type, occurredAt: toTimeText(occurredAt), data: data ?? null };
}

interface ToolRow {
  readonly id: string;
  readonly definition?: unknown;
  readonly metadata?: unknown;
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;

/** A tool, by its definition, whose shape is Scalekit's preview. What does not say that it only reads may change things. */
export function toTool({ id, definition, metadata }: ToolRow): Tool & { readonly id: string } {
  const told = isObject(definition) ? definition : {};
  const annotations = [told.annotations, isObject(metadata) ? metadata.annotations : null, metadata].filter(
    isObject,
  );
  const name = textOf(told.name) ?? id;
  return {
    id: id || name,
    name,
    title: textOf(told.display_name) ?? textOf(told.title) ?? textOf(annotations[0]?.title),
    readsOnly: annotations.some(
      ({ readOnlyHint, read_only_hint: snake }) => readOnlyHint === true || snake === true,
    ),
  };
}

/**
 * The link that a browser may be sent to, or null for anything but https, or plain http on this very machine
 * when Scalekit itself (the sandbox) is there.
 */
export function toLink(
  answer: { readonly link: string; readonly expiry?: Timestamp | undefined },
  environmentUrl: string,
): AuthorizationLink | null {
  const url = parsedUrl(answer.link);
  if (url === null) return null;
  const local =
    url.protocol === 'http:' &&
    isLoopbackHost(url.hostname) &&
    isLoopbackHost(new URL(environmentUrl).hostname);
  if (url.protocol !== 'https:' && !local) return null;
  return { link: url.href, expiresAt: toMillis(answer.expiry) };
}

/** Epoch milliseconds; null for none, and for the zero time of the service's language. */
function toMillis(time: Timestamp | undefined): number | null {
  if (time === undefined) return null;
  const millis = Number(time.seconds) * 1000 + Math.floor(time.nanos / 1_000_000);
  return millis > 0 ? millis : null;
}

/** RFC 3339 with nanoseconds, which epoch milliseconds have no room for. */
function toTimeText(time: Timestamp | undefined): string | null {
  const millis = toMillis(time);
  if (time === undefined || millis === null) return null;
  return `${new Date(millis).toISOString().slice(0, 19)}.${String(time.nanos).padStart(9, '0')}Z`;
}

interface Page<Row> {
  readonly rows: readonly Row[];
  /** Blank at the end. */
  readonly nextPageToken: string;
}

const MAX_PAGES = 200;

/**
 * Reads a listing to its end. Rows shift between pages while others write, so a row that comes twice is kept
 * once (the later, which is the newer).
 * @param method for errors
 * @param read reads the page of a token, or the first one without
 * @throws {ScalekitError} `unexpected` when the pages go in a circle or never end: half a listing would show
 * connected accounts as not connected
 */
export async function readAllPages<Row extends { readonly id: string }>(
  method: keyof ScalekitGateway,
  read: (from: { readonly pageToken?: string }) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows = new Map<string, Row>();
  const tokens = new Set<string>();
  for (let token: string | undefined; tokens.size < MAX_PAGES; ) {
    const page = await read(token === undefined ? {} : { pageToken: token });
    for (const row of page.rows) rows.set(row.id, row);
    token = page.nextPageToken;
    if (token === '') return [...rows.values()];
    if (tokens.has(token)) break;
    tokens.add(token);
  }
  throw new ScalekitError('unexpected', method, { detail: 'the pages do not come to an end' });
}
