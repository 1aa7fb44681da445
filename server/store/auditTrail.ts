import { randomUUID } from 'node:crypto';
import { createDailyCounts, type DailyKind } from './dailyCountStore.js';
import type { Db } from './database.js';

/** What is written down. Types that begin with `security.` are for an admin's eyes first. */
export const auditTypes = [
  'user.signed_in',
  'user.signed_out',
  'user.signed_out_everywhere',
  'user.sign_in_refused',
  'flow.started',
  'flow.done',
  'flow.failed',
  'flow.cancelled',
  'flow.timed_out',
  'account.disconnected',
  'user.exported',
  'user.erased',
  'mail.requested',
  'mailing.created',
  'mailing.stopped',
  'reconnect.required',
  'reconnect.withdrawn',
  'client.created',
  'client.changed',
  'client.key_rotated',
  'client.revoked',
  'onboarding.created',
  'onboarding.started',
  'onboarding.confirmed',
  'onboarding.continued',
  'onboarding.finished',
  'onboarding.cancelled',
  'onboarding.expired',
  'security.onboarding_other_user',
  'security.onboarding_other_browser',
  'admin.events_exported',
  'admin.users_exported',
  'admin.sync_requested',
  'security.sign_in_other_browser',
  'security.sign_in_not_trusted',
  'security.wrong_user',
  'security.wrong_session',
  'security.unverified_activation',
  'security.role_refused',
] as const;

export type AuditType = (typeof auditTypes)[number];

/** What a type begins with. */
export type AuditGroup = AuditType extends `${infer Group}.${string}` ? Group : never;

export interface AuditEvent {
  readonly type: AuditType;
  /** Who did it: a principal's key, or null for the app itself. */
  readonly actor: string | null;
  readonly identifier?: string | null;
  readonly connectionName?: string | null;
  /** The reference id of the request. */
  readonly reference?: string | null;
  readonly address?: string | null;
  readonly detail?: string | null;
}

/** Which events are meant; what is left out does not narrow it. Times are epoch milliseconds. */
export interface AuditQuery {
  readonly type: AuditType;
  readonly identifier: string;
  readonly connectionName: string;
  readonly from?: number;
  readonly to?: number;
  readonly detail?: string | null;
}

export interface AuditTrail {
  record(event: AuditEvent): Promise<void>;
  /** Whether there is such an event. */
  has(query: AuditQuery): Promise<boolean>;
}

/** Told of security events as they happen; pino's loggers fit. */
export interface AuditLogger {
  warn(details: object, message: string): void;
}

/** Told of each event once it is written down. */
export type AuditObserver = (event: AuditEvent) => void;

/** The events that are counted by day. One that connected nothing is counted by its reason as well. */
const counted: Partial<Record<AuditType, 'started' | 'active' | 'failed' | 'cancelled' | 'timed_out'>> = {
  'flow.started': 'started',
  'flow.done': 'active',
  'flow.failed': 'failed',
  'flow.cancelled': 'cancelled',
  'flow.timed_out': 'timed_out',
};

function countsOf({ type, detail }: AuditEvent): DailyKind[] {
  const kind = counted[type];
  if (kind === undefined) return [];
  if (kind === 'started' || kind === 'active' || !detail) return [kind];
  return [kind, `${kind}:${detail}`];
}

async function write(db: Db, event: AuditEvent, at: number): Promise<void> {
  await db
    .insertInto('audit_events')
    .values({
      id: randomUUID(),
      at,
      type: event.type,
      actor: event.actor,
      identifier: event.identifier ?? null,
      connection_name: event.connectionName ?? null,
      reference: event.reference ?? null,
      address: event.address ?? null,
      detail: event.detail ?? null,
    })
    .execute();
}

/** The append-only record of who did what to whom, from where and when. What is counted by day is counted here. */
export function createAuditTrail(
  db: Db,
  logger: AuditLogger,
  onRecorded: AuditObserver = () => undefined,
): AuditTrail {
  const counts = createDailyCounts(db);
  return {
    async record(event) {
      const at = Date.now();
      const { type, connectionName, reference } = event;
      // Logs outlive users who are erased: who it was about is found here, by its reference.
      if (type.startsWith('security.')) logger.warn({ type, connectionName, reference }, 'a security event');
      await write(db, event, at);
      // Beside it and not in a transaction, which would keep SQLite's other connections out between its statements.
      if (connectionName) for (const kind of countsOf(event)) await counts.add(kind, connectionName, at);
      onRecorded(event);
    },
    async has({ type, identifier, connectionName, from = 0, to = Number.MAX_SAFE_INTEGER, detail }) {
      let query = db
        .selectFrom('audit_events')
        .select('id')
        .where('identifier', '=', identifier)
        .where('at', '>=', from)
        .where('at', '<=', to)
        .where('type', '=', type)
        .where('connection_name', '=', connectionName);
      if (detail === null) query = query.where('detail', 'is', null);
      else if (detail !== undefined) query = query.where('detail', '=', detail);
      return (await query.limit(1).executeTakeFirst()) !== undefined;
    },
  };
}
