import { createUserQueryStore } from '../../directory/users/userQueryStore.js';
import type { Logger } from '../../http/logging.js';
import type { Db } from '../../store/database/schema.js';
import type { LedJob } from '../../store/ledJob.js';
import type { Lease } from '../../store/locks.js';
import type { Tombstones } from '../../store/tombstoneStore.js';
import type { Mails } from '../mails.js';
import { createMailingRunner } from './mailingRunner.js';
import { createMailingStore, type MailingStore } from './mailingStore.js';

/** Mail to many users at once. Its runner has to be started and stopped. */
export interface Mailings {
  readonly store: MailingStore;
  readonly runner: LedJob;
}

export interface MailingsDeps {
  readonly db: Db;
  readonly mails: Pick<Mails, 'invitations' | 'outbox'>;
  readonly tombstones: Pick<Tombstones, 'covers'>;
  /** Who holds it runs the mailings. */
  readonly lease: Lease;
  readonly logger: Logger;
}

export function createMailings({ db, mails, tombstones, lease, logger }: MailingsDeps): Mailings {
  const store = createMailingStore(db);
  const users = createUserQueryStore(db);
  return { store, runner: createMailingRunner({ ...mails, store, users, tombstones, lease, logger }) };
}
