import type { RetentionSettings } from '../config/config.js';
import type { Logger } from '../http/logging.js';
import type { Db } from '../store/database/schema.js';
import type { LedJob } from '../store/ledJob.js';
import type { Locks } from '../store/locks.js';
import { createErasure, type EraseUser, type ErasureDeps } from './erasure.js';
import { exportUser } from './personExport.js';
import { createPersonStore } from './personStore.js';
import { createRetention } from './retention.js';

/** What is done with all that is held about one person. */
export interface Privacy {
  readonly eraseUser: EraseUser;
  /** All that is held about a person, as JSON in pieces. */
  exportUser(identifier: string): AsyncGenerator<string>;
  /** Has to be started and stopped. */
  readonly retention: LedJob;
}

export interface PrivacyDeps extends Omit<ErasureDeps, 'person'> {
  readonly db: Db;
  readonly locks: Pick<Locks, 'lease'>;
  readonly retention: RetentionSettings;
  readonly logger: Logger;
}

export function createPrivacy(deps: PrivacyDeps): Privacy {
  const person = createPersonStore(deps.db, deps.tombstones);
  return {
    eraseUser: createErasure({ ...deps, person }),
    exportUser: (identifier) => exportUser(person, identifier),
    retention: createRetention({ ...deps, person, settings: deps.retention }),
  };
}
