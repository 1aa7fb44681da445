import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../../server/store/database/database.js';
import { createLocks, type LocksOptions, LockTimeout } from '../../../server/store/locks.js';
import { deferred } from '../../support/callScript.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import {
  databaseKinds,
  openTempDatabase,
  postgresOfThisFile,
  silent,
  type TempDatabase,
} from '../tempDatabase.js';

const holderScript = fileURLToPath(new URL('../../support/lockHolder.js', import.meta.url));

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let children: ChildProcess[];

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    children = [];
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(children.map((child) => kill(child)));
    await database.close();
  });

  /** A process of its own that works under a lock, and would for ever: its lease is of an hour. */
  async function processThatHolds(name: string): Promise<ChildProcess> {
    const databaseUrl = kind === 'postgres' ? (await postgresOfThisFile()).url : '';
    const args = ['--import', import.meta.resolve('tsx'), holderScript, database.dataDir, databaseUrl, name];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Waits until the holder has renewed its lease. */
  async function renewed(): Promise<void> {
    const before = await lockRows();
    while ((await lockRows())[0]?.expiresAt === before[0]?.expiresAt) await new Promise(setImmediate);
  }

  const locksOn = ({ db, presence }: Database, options: LocksOptions = {}) =>
    createLocks({ db, presence, logger: silent }, options);
  const lockRows = () => database.db.selectFrom('locks').selectAll().execute();

  describe('a lock', () => {
    it('lets one at a time work under a name', async () => {
      const locks = locksOn(database);
      let inside = 0;
      let most = 0;
      const work = async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise(setImmediate);
        inside -= 1;
        return inside;
      };
      await Promise.all(Array.from({ length: 5 }, () => locks.withLock('pair', work)));
      expect(most).toBe(1);
    });

    it('holds between two processes on one database', async () => {
      const other = await database.openAgain();
      try {
        const held = deferred();
        const began = deferred();
        const order: string[] = [];
        const first = locksOn(database).withLock('pair', async () => {
          began.resolve();
          await held.promise;
          order.push('first');
        });
        await began.promise;
        const second = locksOn(other).withLock('pair', async () => order.push('second'));
        held.resolve();
        await Promise.all([first, second]);
        expect(order).toEqual(['first', 'second']);
      } finally {
        await other.close();
      }
    });

    it('does not keep other names waiting', async () => {
      const locks = locksOn(database);
      const answer = await locks.withLock('one', () => locks.withLock('two', async () => 'both'));
      expect(answer).toBe('both');
    });

    it('is given back when the work throws', async () => {
      const locks = locksOn(database);
      await expect(locks.withLock('pair', () => Promise.reject(new Error('broken')))).rejects.toThrow(
        'broken',
      );
      expect(await lockRows()).toEqual([]);
    });

    it('fails in time when it stays taken, and the work does not start', async () => {
      const locks = locksOn(database, { waitMs: 0 });
      let started = false;
      await locks.withLock('pair', async () => {
        const waiting = locks.withLock('pair', async () => {
          started = true;
        });
        await expect(waiting).rejects.toBeInstanceOf(LockTimeout);
      });
      expect(started).toBe(false);
    });

    it('names in what it throws its kind, and not the user that it is about', async () => {
      const locks = locksOn(database, { waitMs: 0 });
      const name = `pair:${JSON.stringify(['ada@example.com', 'slack'])}`;
      await locks.withLock(name, async () => {
        const error = await locks.withLock(name, async () => null).catch((thrown: unknown) => thrown);
        if (!(error instanceof LockTimeout)) throw error;
        expect(error.message).toBe('the lock pair was not free within 0 ms');
        expect(error.stack).not.toContain('ada');
      });
    });

    it('of a dead holder is taken over when its lease is over', async () => {
      const locks = locksOn(database, { waitMs: 0 });
      const dead = { name: 'pair', holder: 'gone', expiresAt: Date.now() + 60_000 };
      await database.db.insertInto('locks').values(dead).execute();
      await expect(locks.withLock('pair', async () => 1)).rejects.toBeInstanceOf(LockTimeout);
      await database.db
        .updateTable('locks')
        .set({ expiresAt: Date.now() - 1 })
        .execute();
      expect(await locks.withLock('pair', async () => 1)).toBe(1);
    });

    it('that was taken over is not given back by its first holder', async () => {
      const locks = locksOn(database);
      const thief = { holder: 'other', expiresAt: Date.now() + 60_000 };
      await locks.withLock('pair', async () => {
        await database.db.updateTable('locks').set(thief).execute();
      });
      expect(await lockRows()).toEqual([{ name: 'pair', ...thief }]);
    });

    it('of a process that was killed is taken over, however long its lease is', async () => {
      const holder = await processThatHolds('pair');
      const locks = locksOn(database);
      await expect(locks.withLock('pair', async () => 1, 0)).rejects.toBeInstanceOf(LockTimeout);
      await kill(holder);
      expect(await locks.withLock('pair', async () => 1)).toBe(1);
    });

    it('of a process that was killed is taken over by one of those who wait', async () => {
      await kill(await processThatHolds('pair'));
      const other = await database.openAgain();
      let inside = 0;
      const work = async () => {
        inside += 1;
        expect(inside).toBe(1);
        await new Promise(setImmediate);
        inside -= 1;
        return 'done';
      };
      const waiting = [locksOn(database), locksOn(database), locksOn(other)].map((locks) =>
        locks.withLock('pair', work),
      );
      expect(await Promise.all(waiting)).toEqual(['done', 'done', 'done']);
      await other.close();
    });

    it('of a process that stands still is not taken over', async () => {
      const holder = await processThatHolds('pair');
      holder.kill('SIGSTOP');
      await expect(locksOn(database).withLock('pair', async () => 1, 0)).rejects.toBeInstanceOf(LockTimeout);
    });

    it('is kept for as long as the work takes, however short the lease is', async () => {
      const other = await database.openAgain();
      await locksOn(database, { leaseMs: 2_000, renewLockMs: 5 }).withLock('pair', async () => {
        for (let count = 0; count < 3; count += 1) await renewed();
        const waiting = locksOn(other).withLock('pair', async () => 1, 0);
        await expect(waiting).rejects.toBeInstanceOf(LockTimeout);
      });
      expect(await lockRows()).toEqual([]);
      await other.close();
    });

    it('that was lost while its work went on is told of, by its kind', async () => {
      const told: unknown[] = [];
      const logger = { ...silent, warn: (details: object, message: string) => told.push(details, message) };
      const locks = createLocks({ ...database, logger }, { renewLockMs: 1 });
      await locks.withLock('pair:ada', async () => {
        await database.db.updateTable('locks').set({ holder: 'other' }).execute();
        while (told.length === 0) await new Promise(setImmediate);
      });
      expect(told).toEqual([{ lock: 'pair' }, 'a lock was lost while its work went on']);
    });

    it('of a version that names no instance is kept until its lease is over', async () => {
      const old = { name: 'pair', holder: 'a-plain-id', expiresAt: Date.now() + 60_000 };
      await database.db.insertInto('locks').values(old).execute();
      await expect(locksOn(database).withLock('pair', async () => 1, 0)).rejects.toBeInstanceOf(LockTimeout);
    });
  });

  describe('the lead of a job', () => {
    it('is held by one at a time, until it is given up', async () => {
      const [one, other] = [locksOn(database).lease('job'), locksOn(database).lease('job')];
      expect([await one.hold(), await other.hold(), await one.hold()]).toEqual([true, false, true]);
      await one.release();
      expect(await other.hold()).toBe(true);
      await other.release();
      expect(await lockRows()).toEqual([]);
    });

    it('of a process that was killed is taken at once', async () => {
      await kill(await processThatHolds('job'));
      const lease = locksOn(database).lease('job');
      expect(await lease.hold()).toBe(true);
      await lease.release();
    });

    it('is kept during a piece of work that is longer than the lease', async () => {
      const lease = locksOn(database, { leaseMs: 2_000, renewLockMs: 5 }).lease('job');
      await lease.hold();
      for (let count = 0; count < 3; count += 1) await renewed();
      expect(await locksOn(database).lease('job').hold()).toBe(false);
      await lease.release();
    });

    it('that is given up while it is being taken stays given up', async () => {
      const lease = locksOn(database).lease('job');
      const holding = lease.hold();
      await lease.release();
      expect(await holding).toBe(false);
      expect(await lockRows()).toEqual([]);
    });
  });
});

describe('on PostgreSQL, a lock', () => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase('postgres');
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
  });

  it('is not taken over by an instance whose clock is a minute ahead', async () => {
    const other = await database.openAgain();
    await createLocks({ ...database, logger: silent }).withLock('pair', async () => {
      const now = Date.now() + 61_000;
      jest.spyOn(Date, 'now').mockReturnValue(now);
      const waiting = createLocks({ ...other, logger: silent }).withLock('pair', async () => 1, 0);
      await expect(waiting).rejects.toBeInstanceOf(LockTimeout);
    });
    await other.close();
  });

  it('is not taken over from a holder that lives and whose connections were cut', async () => {
    const server = await postgresOfThisFile();
    const other = await database.openAgain();
    const notice = new Promise<void>((resolve) => {
      database.events.subscribe(({ kind }) => kind === 'missed' && resolve());
    });
    await createLocks({ ...database, logger: silent }).withLock('pair', async () => {
      await server.run(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      const waiting = createLocks({ ...other, logger: silent }).withLock('pair', async () => 1);
      await expect(waiting).rejects.toBeInstanceOf(LockTimeout);
      await notice;
    });
    expect(await createLocks({ ...other, logger: silent }).withLock('pair', async () => 1)).toBe(1);
    await other.close();
  });
});
