import {
  type AccountReader,
  createAccountReader,
  type LongerReuse,
  type MayKeep,
  type ReadObserver,
} from './accounts/list/accountReader.js';
import { createDirectoryFollower, type DirectoryFollower, followed } from './directory/directoryFollower.js';
import { createDirectoryStore, type DirectoryStore } from './directory/directoryStore.js';
import type { Logger } from './http/logging.js';
import { type Incidents, suspicious } from './notify/incidents.js';
import type { ScalekitGateway } from './scalekit/gateway.js';
import type { ChangeEvents } from './store/database/changeEvents.js';
import type { Db } from './store/database/schema.js';
import type { LastKnownStore } from './store/lastKnownStore.js';
import type { Tombstones } from './store/tombstoneStore.js';

export interface AccountReadingDeps {
  readonly db: Db;
  readonly events: ChangeEvents;
  readonly gateway: ScalekitGateway;
  readonly lastKnown: LastKnownStore;
  readonly tombstones: Tombstones;
  readonly incidents: Incidents;
  readonly longer: LongerReuse;
  readonly logger: Logger;
}

/** The reading of users' accounts, and what learns from each. */
export interface AccountReading {
  readonly reader: AccountReader;
  /** For what webhooks tell: what they make known to be out of order is looked at by the next reading. */
  readonly suspiciousReader: AccountReader;
  readonly observe: ReadObserver;
  readonly directoryStore: DirectoryStore;
  readonly follower: DirectoryFollower;
}

/** Joins the subjects that have to do with each reading: the accounts, the mails about them, and the directory. */
export function createAccountReading(deps: AccountReadingDeps): AccountReading {
  const { db, events, gateway, lastKnown, tombstones, incidents, longer, logger } = deps;
  const directoryStore = createDirectoryStore(db, tombstones);
  const follower = createDirectoryFollower({ read: (user) => read.read(user), logger });
  // Of who was erased, nothing is written that was read before, nor that they have nothing.
  const mayKeep: MayKeep = async (identifier, accounts, asOf) =>
    !(await tombstones.covers({ identifier, asOf })) &&
    (accounts.length > 0 || !(await tombstones.isGone(identifier)));
  const observe: ReadObserver = async (...seen) => {
    const [identifier, , asOf] = seen;
    if (await tombstones.covers({ identifier, asOf })) return;
    await incidents.observe(...seen);
    await directoryStore.observe(...seen);
    await follower.observed(...seen);
  };
  const read = createAccountReader(gateway, lastKnown, { events, longer, mayKeep, observe });
  return {
    reader: followed(read, follower),
    suspiciousReader: suspicious(read, incidents),
    observe,
    directoryStore,
    follower,
  };
}
