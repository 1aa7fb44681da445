import { sortFor } from '../../directory/users/userFilter.js';
import type { DirectoryUser, UserQueryStore } from '../../directory/users/userQueryStore.js';
import type { Logger } from '../../http/logging.js';
import { createJob, inSteps, type Job } from '../../store/job.js';
import type { Lease } from '../../store/locks.js';
import type { Tombstones } from '../../store/tombstoneStore.js';
import type { Invitations } from '../invitations.js';
import type { OutboxStore } from '../outboxStore.js';
import { type Mailing, usersAtMost } from './mailing.js';
import type { MailingStore } from './mailingStore.js';

export interface MailingRunnerDeps {
  readonly store: MailingStore;
  readonly users: Pick<UserQueryStore, 'page'>;
  readonly invitations: Pick<Invitations, 'inviteByMail'>;
  readonly outbox: Pick<OutboxStore, 'countDue'>;
  readonly tombstones: Pick<Tombstones, 'covers'>;
  readonly lease: Lease;
  readonly logger: Logger;
}

export interface MailingRunnerOptions {
  /** How often the job looks for work, in milliseconds. */
  readonly lookEveryMs?: number;
  /** The pause between two pages of users, in milliseconds. */
  readonly pauseMs?: number;
  /** A mailing adds no mail while this many are due, so that the mail about an incident never waits for long. */
  readonly dueAtMost?: number;
}

const usersPerPage = 25;
const crowdedPauseMs = 2000;

/** Works on one mailing after the other: asks for the mail of each of its users. */
export function createMailingRunner(
  { store, users, invitations, outbox, tombstones, lease, logger }: MailingRunnerDeps,
  { lookEveryMs = 5000, pauseMs = 100, dueAtMost = 500 }: MailingRunnerOptions = {},
): Job {
  async function invite(mailing: Mailing, user: DirectoryUser, asOf: number): Promise<void> {
    const { identifier, accounts } = user;
    const { id, connectionName, createdBy: requestedBy } = mailing;
    const state = accounts.get(connectionName)?.state ?? 'not_connected';
    const asked = { identifier, connectionName, state, requestedBy, key: id };
    // If the process crashes between the two, the repeated request gets the same answer.
    const outcome = await invitations.inviteByMail(asked);
    // A user who was erased since the page was read gets no result.
    if (await tombstones.covers({ identifier, asOf })) return;
    await store.note(id, { identifier, outcome });
  }

  async function step(): Promise<number | null> {
    const mailing = await store.current();
    if (mailing === null) return null;
    if ((await outbox.countDue(Date.now(), dueAtMost)) >= dueAtMost) return crowdedPauseMs;
    if (mailing.status === 'waiting') await store.begin(mailing.id);
    const { filter, place } = mailing;
    const asOf = Date.now();
    const page = await users.page({
      filter,
      sort: sortFor(filter, null),
      start: { after: place, before: null },
      size: usersPerPage,
    });
    for (const user of page.users) await invite(mailing, user, asOf);
    const isFull = mailing.goneThrough + page.users.length >= usersAtMost;
    if (page.after === null || isFull) await store.end(mailing.id, null);
    else await store.goOn(mailing.id, page.after, page.users.length);
    return pauseMs;
  }

  return createJob({
    name: 'mailings',
    everyMs: lookEveryMs,
    lease,
    isDue: async () => (await store.current()) !== null,
    perform: inSteps(step),
    logger,
  });
}
