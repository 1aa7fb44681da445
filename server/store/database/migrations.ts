import { type Kysely, type Migration, Migrator } from 'kysely';
import * as connectFlow from './migrations/0001_connectFlow.js';
import * as rateLimits from './migrations/0002_rateLimits.js';
import * as signIn from './migrations/0003_signIn.js';
import * as webhooks from './migrations/0004_webhooks.js';
import * as outbox from './migrations/0005_outbox.js';
import * as directory from './migrations/0006_directory.js';
import * as apiClients from './migrations/0007_apiClients.js';
import * as reconnect from './migrations/0008_reconnect.js';
import * as mailings from './migrations/0009_mailings.js';
import * as lookingBack from './migrations/0011_lookingBack.js';
import * as onboarding from './migrations/0012_onboarding.js';
import * as privacy from './migrations/0013_privacy.js';
import * as healing from './migrations/0014_healing.js';
import * as stuckCounts from './migrations/0015_stuckCounts.js';
import * as mailingTotals from './migrations/0016_mailingTotals.js';
import * as approvals from './migrations/0017_approvals.js';
import type { Tables } from './schema.js';

const migrations: Readonly<Record<string, Migration>> = {
  '0001_connectFlow': connectFlow,
  '0002_rateLimits': rateLimits,
  '0003_signIn': signIn,
  '0004_webhooks': webhooks,
  '0005_outbox': outbox,
  '0006_directory': directory,
  '0007_apiClients': apiClients,
  '0008_reconnect': reconnect,
  '0009_mailings': mailings,
  '0011_lookingBack': lookingBack,
  '0012_onboarding': onboarding,
  '0013_privacy': privacy,
  '0014_healing': healing,
  '0015_stuckCounts': stuckCounts,
  '0016_mailingTotals': mailingTotals,
  '0017_approvals': approvals,
};

/** What this version of the app knows, in order. */
export const migrationNames: readonly string[] = Object.keys(migrations);

/**
 * Brings the tables up to date. On PostgreSQL the Migrator takes an advisory lock, and waits for it.
 * @throws Error when a migration fails
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw new Error('the database could not be migrated', { cause: error });
}
