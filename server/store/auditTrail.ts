import { randomUUID } from 'node:crypto';
import { type Count, createDailyCounts, type DailyKind } from './dailyCountStore.js';
import type { Db } from './database/schema.js';

/** What is written down. Types that begin with `security.` are for an admin's eyes first. */
export const auditTypes = [
  'user.signed_in',
  'user.signed_out',
  'user.signed_out_everywhere',
  'user.signed_out_by_provider',
  'user.sign_in_refused',
  'user.other_sign_in_accepted',
  'user.other_sign_in_left',
  'user.issuer_forgotten',
  'user.renamed',
  'user.exported',
  'user.erased',
  'flow.started',
  'flow.done',
  'flow.failed',
  'flow.cancelled',
  'flow.timed_out',
  'account.disconnected',
  'account.activation_accepted',
  'mail.requested',
  'mailing.created',
  'mailing.stopped',
  'reconnect.required',
  'reconnect.withdrawn',
  'client.created',
  'client.changed',
  'client.key_rotated',
  'client.logo_changed',
  'client.logo_removed',
  'client.webhook_set',
  'client.webhook_rotated',
  'client.webhook_removed',
  'client.webhook_on',
  'client.webhook_off',
  'client.webhook_sent_again',
  'client.revoked',
  'onboarding.created',
  'onboarding.started',
  'onboarding.started_again',
  'onboarding.confirmed',
  'onboarding.continued',
  'onboarding.finished',
  'onboarding.cancelled',
  'onboarding.expired',
  'security.onboarding_other_user',
  'security.onboarding_other_browser',
  'admin.sync_requested',
  'directory.events_missed',
  'admin.events_exported',
  'admin.users_exported',
  'security.sign_in_other_browser',
  'security.sign_in_not_trusted',
  'security.sign_in_other_subject',
  'security.wrong_user',
  'security.wrong_session',
  'security.approval_reused',
  'security.unverified_activation',
  'security.role_refused',
] as const;

export type AuditType = (typeof auditTypes)[number];

/** What a type begins with. */
export type AuditGroup = AuditType extends `${infer Group}.${string}` ? Group : never;

export interface AuditEvent {
  readonly type: AuditType;
  /** The key of the principal that did it, or null for the app itself. */
  readonly actor: string | null;
  readonly identifier?: string | null;
  readonly connectionName?: string | null;
  /** The reference id of the request. */
  readonly reference?: string | null;
  readonly address?: string | null;
  readonly detail?: string | null;
}

/** Selects events. An absent field does not filter. Times are epoch milliseconds. */
export interface AuditQuery {
  readonly type: AuditType;
  readonly identifier: string;
  readonly connectionName: string;
  readonly from?: number;
  readonly to?: number;
  readonly detail?: string | null;
}

/** A transaction that makes a change, and the events that are recorded at its end. */
export interface Recording {
  /** The transaction. Every statement of the change uses it. */
  readonly within: Db;
  record(event: AuditEvent): void;
  /** Counts one more of the day. */
  count(kind: DailyKind, connectionName: string): void;
}

/** Logs security events as they happen. pino's loggers fit. */
export interface AuditLogger {
  warn(details: object, message: string): void;
}

/** Receives each event after it was recorded. */
export type AuditObserver = (event: AuditEvent) => void;

/** The events that are counted by day. One that connected nothing is counted by its reason as well. */
const countedTypes: Partial<Record<AuditType, 'started' | 'active' | 'failed' | 'cancelled' | 'timed_out'>> =
  {
    'flow.started': 'started',
    'flow.done': 'active',
    'flow.failed': 'failed',
    'flow.cancelled': 'cancelled',
    'flow.timed_out': 'timed_out',
  };

function countsOf({ type, detail, connectionName }: AuditEvent): Count[] {
  const kind = countedTypes[type];
  if (kind === undefined || !connectionName) return [];
  const kinds: DailyKind[] = [kind];
  if (kind !== 'started' && kind !== 'active' && detail) kinds.push(`${kind}:${detail}`);
  return kinds.map((one) => ({ kind: one, connectionName }));
}

/** Far below the number of parameters that either database takes. */
const rowsAtOnce = 400;

async function write(db: Db, events: readonly AuditEvent[], at: number): Promise<void> {
  const rows = events.map((event) => ({
    id: randomUUID(),
    at,
    type: event.type,
    actor: event.actor,
    identifier: event.identifier ?? null,
    connectionName: event.connectionName ?? null,
    reference: event.reference ?? null,
    address: event.address ?? null,
    detail: event.detail ?? null,
  }));
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await db
      .insertInto('auditEvents')
      .values(rows.slice(start, start + rowsAtOnce))
      .execute();
  }
}

/** The append-only record of who did what to whom, from where and when. What is counted by day is counted here. */
export function createAuditTrail(db: Db, logger: AuditLogger, onRecorded: AuditObserver = () => undefined) {
  const counts = createDailyCounts(db);

  function warn({ type, connectionName, reference }: AuditEvent): void {
    // Logs outlive erased users, so they name nobody. The reference leads to the event, which does.
    if (type.startsWith('security.')) logger.warn({ type, connectionName, reference }, 'a security event');
  }

  async function recording<T>(change: (recording: Recording) => Promise<T>): Promise<T> {
    const events: AuditEvent[] = [];
    const daily: Count[] = [];
    const result = await db.transaction().execute(async (within) => {
      const changed = await change({
        within,
        record(event) {
          warn(event);
          events.push(event);
          daily.push(...countsOf(event));
        },
        count: (kind, connectionName) => daily.push({ kind, connectionName }),
      });
      const at = Date.now();
      await write(within, events, at);
      await counts.within(within).add(daily, at);
      return changed;
    });
    events.forEach(onRecorded);
    return result;
  }

  return {
    /**
     * Makes a change and records its events in one transaction: all or nothing, also after a crash.
     * @param change makes the change within the transaction that it gets
     * @returns what `change` gives
     */
    recording,
    async record(event: AuditEvent): Promise<void> {
      if (countsOf(event).length > 0) return recording(async ({ record }) => record(event));
      warn(event);
      await write(db, [event], Date.now());
      onRecorded(event);
    },
    /** Whether such an event was recorded. */
    async has({
      type,
      identifier,
      connectionName,
      from = 0,
      to = Number.MAX_SAFE_INTEGER,
      detail,
    }: AuditQuery): Promise<boolean> {
      let query = db
        .selectFrom('auditEvents')
        .select('id')
        .where('identifier', '=', identifier)
        .where('at', '>=', from)
        .where('at', '<=', to)
        .where('type', '=', type)
        .where('connectionName', '=', connectionName);
      if (detail === null) query = query.where('detail', 'is', null);
      else if (detail !== undefined) query = query.where('detail', '=', detail);
      return (await query.limit(1).executeTakeFirst()) !== undefined;
    },
  };
}

export type AuditTrail = ReturnType<typeof createAuditTrail>;
