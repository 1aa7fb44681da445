import type { RetentionSettings } from '../config/config.js';
import type { Logger } from '../http/logging.js';
import type { Db } from '../store/database/schema.js';
import type { Locks } from '../store/locks.js';
import type { RetiredStore } from '../store/retiredStore.js';
import { createErasure, type ErasureDeps } from './erasure.js';
import { exportUser } from './personExport.js';
import { createPersonStore } from './personStore.js';
import { createRenaming } from './renaming.js';
import { createRetention } from './retention.js';

export interface PrivacyDeps extends Omit<ErasureDeps, 'person' | 'retired'> {
  readonly retired: RetiredStore;
  readonly db: Db;
  readonly locks: Pick<Locks, 'lease'>;
  readonly retention: RetentionSettings;
  readonly logger: Logger;
}

/** What is done with all that is held about one person. Its retention has to be started and stopped. */
export function createPrivacy(deps: PrivacyDeps) {
  const person = createPersonStore(deps.db, deps.tombstones);
  return {
    eraseUser: createErasure({ ...deps, person }),
    /** All that is held about a person, as JSON in pieces. */
    exportUser: (identifier: string) => exportUser(person, deps.retired, identifier),
    renaming: createRenaming({ ...deps, person }),
    retention: createRetention({ ...deps, person, settings: deps.retention }),
  };
}

export type Privacy = ReturnType<typeof createPrivacy>;
