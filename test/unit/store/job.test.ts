import { createLogger } from '../../../server/http/logging.js';
import { backoffMs, withJitter } from '../../../server/kernel/backoff.js';
import { allJobs, createJob, inSteps, type Job, type JobDefinition } from '../../../server/store/job.js';
import { createLocks, type Lease } from '../../../server/store/locks.js';
import { deferred } from '../../support/callScript.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

const hour = 3_600_000;
let lines: string[];
let jobs: Job[];
let times: number;

const count = async () => {
  times += 1;
};

beforeEach(() => {
  lines = [];
  jobs = [];
  times = 0;
});

afterEach(async () => {
  jest.useRealTimers();
  await Promise.all(jobs.map((job) => job.stop()));
});

function jobOf(definition: Partial<JobDefinition> & Pick<JobDefinition, 'perform'>): Job {
  const logger = createLogger('debug', { write: (line) => lines.push(line) });
  const job = createJob({ name: 'a job', everyMs: hour, logger, ...definition });
  jobs.push(job);
  return job;
}

/** Lets everything go on that waits for nothing but its turn. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('a job', () => {
  it('looks at its start, whenever it is woken, and every so often', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const job = jobOf({ everyMs: 1000, perform: count });
    job.wake();
    await settled();
    expect(times).toBe(0);
    job.start();
    await settled();
    job.wake();
    await settled();
    expect(times).toBe(2);
    jest.advanceTimersByTime(1000);
    await settled();
    expect(times).toBe(3);
  });

  it('performs nothing while nothing is due', async () => {
    let due = false;
    const job = jobOf({ isDue: async () => due, perform: count });
    await job.look();
    due = true;
    await job.look();
    expect(times).toBe(1);
  });

  it('that is woken while it works looks once more, and works never twice at a time', async () => {
    const works = [deferred(), deferred()];
    let begun = 0;
    const job = jobOf({ perform: () => works[begun++]?.promise ?? Promise.resolve() });
    job.start();
    await settled();
    job.wake();
    job.wake();
    await settled();
    expect(begun).toBe(1);
    works[0]?.resolve();
    await settled();
    expect(begun).toBe(2);
    works[1]?.resolve();
    await settled();
    expect(begun).toBe(2);
  });

  it('says in the log that it failed, waits longer each time, and not any more once it succeeds', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    jest.spyOn(Math, 'random').mockReturnValue(1);
    let failing = true;
    const job = jobOf({
      everyMs: 1000,
      perform: async () => {
        times += 1;
        if (failing) throw new Error('no luck');
      },
    });
    job.start();
    const after: number[] = [];
    for (let second = 0; second < 8; second += 1) {
      await settled();
      after.push(times);
      jest.advanceTimersByTime(1000);
    }
    expect(after).toEqual([1, 2, 2, 3, 3, 3, 3, 4]);
    expect(lines.filter((line) => line.includes('no luck') && line.includes('"job":"a job"'))).toHaveLength(
      4,
    );
    failing = false;
    job.wake();
    await settled();
    jest.advanceTimersByTime(1000);
    await settled();
    expect(times).toBe(6);
    jest.restoreAllMocks();
  });

  it('begins no other piece once it stops, and ends with the one under way', async () => {
    const piece = deferred();
    let steps = 0;
    const job = jobOf({
      perform: inSteps(async () => {
        steps += 1;
        await piece.promise;
        return 0;
      }),
    });
    job.start();
    await settled();
    let stopped = false;
    const stopping = job.stop().then(() => {
      stopped = true;
    });
    await settled();
    expect(stopped).toBe(false);
    piece.resolve();
    await stopping;
    job.wake();
    await job.look();
    expect(steps).toBe(1);
  });

  it('does not wait at its stop for the pause between two pieces, and can start again', async () => {
    let steps = 0;
    const first = deferred();
    const job = jobOf({
      perform: inSteps(async () => {
        steps += 1;
        first.resolve();
        return steps === 1 ? hour : null;
      }),
    });
    job.start();
    await first.promise;
    await job.stop();
    job.start();
    await settled();
    expect(steps).toBe(2);
  });

  it('starts and stops with others as one', async () => {
    const done: string[] = [];
    const names = ['one', 'other'];
    const all = allJobs(names.map((name) => jobOf({ perform: async () => void done.push(name) })));
    all.start();
    await settled();
    await all.stop();
    expect(done).toEqual(names);
  });
});

describe.each(databaseKinds)('a job for one instance at a time, on %s,', (kind) => {
  let database: TempDatabase;
  let again: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    again = (await database.openAgain()) as TempDatabase;
  });

  afterEach(async () => {
    await Promise.all(jobs.map((job) => job.stop()));
    await again.close();
    await database.close();
  });

  const leaseOn = ({ db, presence }: Pick<TempDatabase, 'db' | 'presence'>): Lease =>
    createLocks({ db, presence, logger: createLogger('silent') }).lease('a job');

  it('is performed by the holder of the lease, and by another once that one is done', async () => {
    const [begun, work] = [deferred(), deferred()];
    const done: string[] = [];
    const perform = () => {
      begun.resolve();
      return work.promise;
    };
    const one = jobOf({ lease: leaseOn(database), perform });
    const other = jobOf({ lease: leaseOn(again), perform: async () => void done.push('other') });
    const looking = one.look();
    await begun.promise;
    await other.look();
    expect(done).toEqual([]);
    work.resolve();
    await looking;
    await other.look();
    expect(done).toEqual(['other']);
  });

  it('gives the lease back when its work fails', async () => {
    const one = jobOf({ lease: leaseOn(database), perform: () => Promise.reject(new Error('no luck')) });
    const other = jobOf({ lease: leaseOn(again), perform: count });
    await expect(one.look()).rejects.toThrow('no luck');
    await other.look();
    expect(times).toBe(1);
  });

  it('is not performed when another instance did it while the lease was awaited', async () => {
    const answers = [true, false];
    const job = jobOf({
      lease: leaseOn(database),
      isDue: async () => answers.shift() ?? false,
      perform: count,
    });
    await job.look();
    expect([times, answers.length]).toEqual([0, 0]);
  });

  it('stops in the middle when its lease is lost', async () => {
    const over = deferred();
    const job = jobOf({
      lease: leaseOn(database),
      renewLeaseMs: 5,
      perform: async (signal) => {
        await database.db
          .updateTable('locks')
          .set({ holder: 'another', expiresAt: Date.now() + hour })
          .where('name', '=', 'a job')
          .execute();
        signal.addEventListener('abort', () => over.resolve(), { once: true });
        await over.promise;
        expect(signal.aborted).toBe(true);
      },
    });
    await job.look();
    const { holder } = await database.db
      .selectFrom('locks')
      .select('holder')
      .where('name', '=', 'a job')
      .executeTakeFirstOrThrow();
    expect(holder).toBe('another');
  });
});

describe('the wait before another try', () => {
  it('doubles with each failure, up to its bound', () => {
    expect([1, 2, 3, 4, 50].map((failures) => backoffMs(100, 500, failures))).toEqual([
      100, 200, 400, 500, 500,
    ]);
  });

  it('is spread, so that those who failed together do not try again together', () => {
    const waits = Array.from({ length: 200 }, () => withJitter(100));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
    expect(new Set(waits).size).toBeGreaterThan(100);
  });
});
