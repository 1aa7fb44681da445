import type { Config } from '../../config/config.js';
import type { ScalekitGateway } from '../../scalekit/gateway.js';
import { ScalekitError } from '../../scalekit/scalekitError.js';
import type { DatabaseInspection } from '../../store/database/databaseInspection.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { scalekitOf } from './scalekitOf.js';

const subject = 'event log';

/** An app that runs reads the log every minute without webhooks, and every hour with them. */
const behindMs = { polled: 10 * 60_000, besideWebhooks: 2 * 60 * 60_000 };

const minutesOf = (ms: number) => Math.round(ms / 60_000);

async function checkAccess(gateway: ScalekitGateway): Promise<Finding> {
  try {
    await gateway.listEvents({ types: [], from: null, until: null, pageToken: null });
    return ok(subject, 'Scalekit lets it be read');
  } catch (error) {
    const why = error instanceof ScalekitError ? error.kind : 'unexpected';
    const lost = 'what webhooks do not bring is lost';
    if (why === 'forbidden' || why === 'credentials')
      return fail(
        subject,
        `Scalekit does not let it be read, so ${lost}: ask Scalekit for the right to list events`,
      );
    return warn(subject, `it could not be read just now (${why})`);
  }
}

async function checkProgress(
  { webhookSecrets }: Config,
  database: DatabaseInspection | null,
): Promise<Finding> {
  const until = await database?.eventLogReadUntil().catch(() => undefined);
  if (database === null || until === undefined)
    return warn(subject, 'it cannot be told how far it was read, since the database cannot be read');
  if (until === null) return warn(subject, 'it was never read: the app has not run with this database yet');
  const behind = Date.now() - until;
  const told = `it was read up to ${new Date(until).toISOString()}, ${minutesOf(behind)} minutes ago`;
  const limit = webhookSecrets.length > 0 ? behindMs.besideWebhooks : behindMs.polled;
  return behind > limit
    ? warn(subject, `${told}: the app does not run, or its log says why it cannot read it`)
    : ok(subject, told);
}

/** Whether the app learns from Scalekit's event log what no webhook told it. */
export async function checkEventLog(
  config: Config,
  database: DatabaseInspection | null,
  gateway = scalekitOf(config),
): Promise<Finding[]> {
  if (gateway === null) return [ok(subject, 'the sandbox keeps its own')];
  return [await checkAccess(gateway), await checkProgress(config, database)];
}
