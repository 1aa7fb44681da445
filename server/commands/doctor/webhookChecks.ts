import type { Config } from '../../config/config.js';
import { routes } from '../../paths.js';
import type { DatabaseInspection } from '../../store/database/databaseInspection.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { waitFor } from './waiting.js';

const subject = 'webhooks';
const lookEveryMs = 500;

export interface WebhookCheckOptions {
  /** How long to wait for one to arrive, in milliseconds; 0 for not at all. */
  readonly waitMs: number;
  /** Told what is being waited for. */
  say(line: string): void;
}

const toSendOne = 'connect or disconnect an account, or let the dashboard send a test event';

async function arrives(
  database: DatabaseInspection,
  before: number | null,
  waitMs: number,
): Promise<boolean> {
  const look = async () => {
    const last = await database.lastWebhookAt();
    return last !== null && last > (before ?? 0) ? last : null;
  };
  return (await waitFor(look, { waitMs, lookEveryMs })) !== null;
}

/** Whether webhooks come in; the running app records them, so the database tells. */
export async function checkWebhooks(
  { webhookSecrets, scalekit, publicUrl }: Config,
  database: DatabaseInspection | null,
  { waitMs, say }: WebhookCheckOptions,
): Promise<Finding[]> {
  const url = publicUrl + routes.scalekitWebhooks;
  if (scalekit === null) return [ok(subject, 'the sandbox signs and sends its own')];
  if (webhookSecrets.length === 0) {
    const what = `no secret is set, so that changes are only polled for: add the endpoint ${url} in the dashboard`;
    return [warn(subject, `${what} and copy its secret to SCALEKIT_WEBHOOK_SECRETS`)];
  }
  const last = await database?.lastWebhookAt().catch(() => undefined);
  if (database === null || last === undefined) {
    return [warn(subject, 'it cannot be told whether any came, since the database cannot be read')];
  }
  if (waitMs > 0) {
    say(`waiting up to ${Math.round(waitMs / 1000)} s for a webhook: ${toSendOne} …`);
    if (await arrives(database, last, waitMs)) return [ok(subject, 'one has arrived just now')];
    return [
      fail(subject, `none arrived: check the endpoint ${url} in the dashboard, its secret, and the proxy`),
    ];
  }
  if (last !== null) return [ok(subject, `the last one came at ${new Date(last).toISOString()}`)];
  return [warn(subject, `none has come yet: run this with --webhook, then ${toSendOne}`)];
}
