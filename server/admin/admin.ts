import type { ReadObserver } from '../accounts/list/accountReader.js';
import type { DirectorySettings } from '../config/config.js';
import { createDirectory, type Directory } from '../directory/directory.js';
import type { DirectoryFollower } from '../directory/directoryFollower.js';
import type { DirectoryStore } from '../directory/directoryStore.js';
import { createReconnectPass } from '../directory/reconnectPass.js';
import { createReconnectPassStore } from '../directory/reconnectPassStore.js';
import type { Logger } from '../http/logging.js';
import { createMailings, type Mailings } from '../notify/mailings/mailings.js';
import type { Mails } from '../notify/mails.js';
import { createPrivacy, type Privacy, type PrivacyDeps } from '../privacy/privacy.js';
import type { ScalekitGateway } from '../scalekit/gateway.js';
import type { LedJob } from '../store/ledJob.js';

export interface AdminDeps extends Omit<PrivacyDeps, 'gateway' | 'retention'> {
  readonly gateway: ScalekitGateway;
  readonly directoryStore: DirectoryStore;
  readonly follower: DirectoryFollower;
  readonly observe: ReadObserver;
  readonly mails: Mails;
  readonly logger: Logger;
  readonly settings: {
    readonly directorySync: DirectorySettings;
    readonly retention: PrivacyDeps['retention'];
  };
}

/** What works for admins, also while none is there. */
export interface Admin {
  /** Has to be started and stopped. */
  readonly directory: Directory;
  /** Has to be started and stopped. */
  readonly reconnectPass: LedJob;
  /** Its runner has to be started and stopped. */
  readonly mailings: Mailings;
  /** Its retention has to be started and stopped. */
  readonly privacy: Privacy;
}

export function createAdmin(deps: AdminDeps): Admin {
  const { db, events, locks, logger, directoryStore, mails, tombstones, settings } = deps;
  return {
    directory: createDirectory({ ...deps, store: directoryStore, settings: settings.directorySync }),
    reconnectPass: createReconnectPass({
      store: createReconnectPassStore(db),
      directory: directoryStore,
      events,
      lease: locks.lease('required reconnects'),
      logger,
    }),
    mailings: createMailings({
      db,
      mails,
      tombstones,
      lease: locks.lease('mailings'),
      logger,
    }),
    privacy: createPrivacy({ ...deps, retention: settings.retention }),
  };
}
