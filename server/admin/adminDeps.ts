import type { Accounts } from '../accounts/accounts.js';
import type { ClientWebhooks } from '../api/webhooks/clientWebhooks.js';
import type { Config } from '../config/config.js';
import type { Directory } from '../directory/directory.js';
import type { Identity } from '../identity/identity.js';
import type { RoleGuards } from '../identity/roleGuards.js';
import type { Mailings } from '../notify/mailings/mailings.js';
import type { Mails } from '../notify/mails.js';
import type { Privacy } from '../privacy/privacy.js';
import type { ScalekitHealth } from '../scalekit/healthWatch.js';
import type { AuditTrail } from '../store/auditTrail.js';
import type { DailyCounts } from '../store/dailyCountStore.js';
import type { ChangeEvents } from '../store/database/changeEvents.js';
import type { Db } from '../store/database/schema.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import type { Dictionary } from '../words/words.js';

/** What the admin pages show and act with. */
export interface AdminPagesDeps extends Identity, Accounts {
  readonly config: Config;
  readonly db: Db;
  readonly dictionary: Dictionary;
  readonly events: ChangeEvents;
  readonly audit: AuditTrail;
  readonly counts: DailyCounts;
  readonly directory: Directory;
  readonly mailings: Mailings;
  readonly mails: Mails;
  readonly privacy: Privacy;
  readonly webhooks: Webhooks;
  readonly clientWebhooks: ClientWebhooks;
  scalekitHealth(): ScalekitHealth;
}

/** What every subject of the admin pages is mounted with. */
export interface AdminDeps extends AdminPagesDeps, RoleGuards {}
