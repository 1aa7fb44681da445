import type { Accounts } from '../accounts/accounts.js';
import type { Config } from '../config/config.js';
import type { Identity } from '../identity/identity.js';
import type { RoleGuards } from '../identity/roleGuards.js';
import type { Mails } from '../notify/mails.js';
import type { ScalekitHealth } from '../scalekit/healthWatch.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { DailyCounts } from '../store/dailyCountStore.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import type { Db } from '../store/database/schema.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import type { Admin } from './admin.js';

/** What the admin pages show and act with. */
export interface AdminPagesDeps extends Identity, Accounts, Admin {
  readonly config: Config;
  readonly db: Db;
  readonly events: ChangeEvents;
  readonly audit: AuditTrail;
  readonly counts: DailyCounts;
  readonly mails: Mails;
  readonly webhooks: Webhooks;
  scalekitHealth(): ScalekitHealth;
}

/** What every subject of the admin pages is mounted with. */
export interface AdminDeps extends AdminPagesDeps, RoleGuards {}
