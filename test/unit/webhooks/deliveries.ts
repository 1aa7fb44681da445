import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Db } from '../../../server/store/database/schema.js';
import type { Job } from '../../../server/store/job.js';

export const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const otherSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

/** What an app of the tests needs in its environment to take webhooks. */
export const webhookEnv = { SCALEKIT_WEBHOOK_SECRETS: secret };

export interface EventData {
  readonly id: string;
  readonly identifier: string;
  readonly connection_name?: string;
  readonly connection_id?: string;
  readonly status?: string;
  readonly old_status?: string;
  readonly [other: string]: unknown;
}

const randomId = (prefix: string) => `${prefix}_${randomBytes(9).toString('hex')}`;

/** The body of a webhook as Scalekit sends it, with what a test wants different. */
export function eventBody(type: string, data: EventData, envelope: Record<string, unknown> = {}) {
  return {
    spec_version: '1',
    id: randomId('evt'),
    type: `connected_account.${type}`,
    occurred_at: `${new Date().toISOString().slice(0, -1)}000001Z`,
    environment_id: 'env_1',
    object: 'ConnectedAccount',
    data: { provider: 'GMAIL', authorization_type: 'OAUTH', ...data },
    ...envelope,
  };
}

export interface DeliveryOptions {
  readonly secret?: string;
  /** When it was signed; now when left out. */
  readonly at?: Date;
  readonly webhookId?: string;
  /** Headers in place of, or besides, those that sign it. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers that sign a body, made by the library of Standard Webhooks. */
export function signedHeaders(body: string, options: DeliveryOptions = {}): Record<string, string> {
  const { secret: key = secret, at = new Date(), webhookId = randomId('msg') } = options;
  return {
    'content-type': 'application/json',
    'webhook-id': webhookId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign(webhookId, at, body),
    ...options.headers,
  };
}

/** Delivers a webhook as Scalekit does. */
export function deliver(origin: string, event: unknown, options: DeliveryOptions = {}): Promise<Response> {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  return post(origin, body, signedHeaders(body, options));
}

export function post(origin: string, body: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${origin}/webhooks/scalekit`, { method: 'POST', body, headers });
}

/** The recorded events, in the order in which they arrived. */
export const recordedEvents = (db: Db) =>
  db.selectFrom('webhookEvents').selectAll().orderBy('receivedAt').orderBy('arrival').execute();

/** Has what is to be tried again in a few seconds be due now. What a worker has claimed is so for longer. */
async function sparePauses(db: Db): Promise<void> {
  const now = Date.now();
  const paused = db.updateTable('webhookEvents').set({ dueAt: now }).where('outcome', 'is', null);
  await paused
    .where('dueAt', '>', now)
    .where('dueAt', '<', now + 10_000)
    .execute();
}

/**
 * Waits until every recorded event has an outcome.
 * @param worker tries again at once what it would try again in a moment
 */
export async function untilProcessed(db: Db, worker?: Job): Promise<void> {
  for (;;) {
    const waiting = await db
      .selectFrom('webhookEvents')
      .select('id')
      .where('outcome', 'is', null)
      .limit(1)
      .executeTakeFirst();
    if (waiting === undefined) return;
    if (worker !== undefined) {
      await sparePauses(db);
      worker.wake();
    }
    await pause(5);
  }
}
