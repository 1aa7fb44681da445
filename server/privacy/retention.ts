import type { RetentionSettings } from '../config/config.js';
import type { Logger } from '../http/logging.js';
import type { Db } from '../store/database/schema.js';
import { createJob, inSteps, type Job } from '../store/job.js';
import { createLastKnownStore } from '../store/lastKnownStore.js';
import type { Locks } from '../store/locks.js';
import type { Tombstones } from '../store/tombstoneStore.js';
import type { PersonStore } from './personStore.js';
import { createRetentionStore } from './retentionStore.js';

export interface RetentionDeps {
  readonly db: Db;
  readonly locks: Pick<Locks, 'lease'>;
  readonly person: Pick<PersonStore, 'forget'>;
  readonly tombstones: Pick<Tombstones, 'tidy'>;
  readonly settings: RetentionSettings;
  readonly logger: Logger;
}

const onceInMs = 24 * 3_600_000;
const lookEveryMs = 10 * 60_000;
const eventsAtOnce = 500;
const usersAtOnce = 500;
/** Others get a turn at the database. */
const pauseMs = 20;
/** A directory that is older than this can't tell that a user has no account. */
const readWithinMs = 7 * 24 * 3_600_000;

/** The subject under which the last run is noted. */
const subject = 'job:retention';

/** Deletes what has passed its retention: once a day, on one instance, in small steps, continuing where it stopped. */
export function createRetention({ db, locks, person, tombstones, settings, logger }: RetentionDeps): Job {
  const store = createRetentionStore(db);
  const runs = createLastKnownStore(db);
  let after: string | null = '';

  async function deleteEvents(now: number): Promise<boolean> {
    if (settings.eventsMs === null) return false;
    return (await store.deleteEvents(now - settings.eventsMs, eventsAtOnce)) === eventsAtOnce;
  }

  async function forgetUsers(now: number): Promise<boolean> {
    if (settings.usersMs === null || after === null) return false;
    if (!(await store.allReadSince(now - readWithinMs))) return false;
    const { identifiers, next } = await store.goneUsers(after, now - settings.usersMs, usersAtOnce);
    for (const identifier of identifiers) await person.forget(identifier);
    if (identifiers.length > 0)
      logger.info({ users: identifiers.length }, 'users who are gone were forgotten');
    after = next;
    return next !== null;
  }

  return createJob({
    name: 'retention',
    everyMs: lookEveryMs,
    lease: locks.lease('retention'),
    logger,
    async isDue() {
      const last = await runs.read<null>(subject);
      return last === null || Date.now() - last.asOf >= onceInMs;
    },
    perform: inSteps(async () => {
      const now = Date.now();
      if ((await deleteEvents(now)) || (await forgetUsers(now))) return pauseMs;
      await tombstones.tidy(now);
      await runs.write(subject, null, now);
      after = '';
      return null;
    }),
  });
}
