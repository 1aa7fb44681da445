import { createUserQueryStore } from '../../directory/users/userQueryStore.js';
import type { Logger } from '../../http/logging.js';
import type { Db } from '../../store/database/schema.js';
import type { Lease } from '../../store/locks.js';
import type { Tombstones } from '../../store/tombstoneStore.js';
import type { Mails } from '../mails.js';
import { createMailingRunner } from './mailingRunner.js';
import { createMailingStore } from './mailingStore.js';

export interface MailingsDeps {
  readonly db: Db;
  readonly mails: Pick<Mails, 'invitations' | 'outbox'>;
  readonly tombstones: Pick<Tombstones, 'covers'>;
  /** The holder of the lease runs the mailings. */
  readonly lease: Lease;
  readonly logger: Logger;
}

/** Mail to many users at once. Its runner has to be started and stopped. */
export function createMailings({ db, mails, tombstones, lease, logger }: MailingsDeps) {
  const store = createMailingStore(db);
  const users = createUserQueryStore(db);
  return { store, runner: createMailingRunner({ ...mails, store, users, tombstones, lease, logger }) };
}

export type Mailings = ReturnType<typeof createMailings>;
