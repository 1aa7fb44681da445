import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocks, LockTimeout } from '../../../server/store/locks.js';
import { deferred } from '../../support/callScript.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  const lockRows = () => database.db.selectFrom('locks').selectAll().execute();

  describe('a lock', () => {
    it('lets one at a time work under a name', async () => {
      const locks = createLocks(database.db);
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
        const first = createLocks(database.db).withLock('pair', async () => {
          began.resolve();
          await held.promise;
          order.push('first');
        });
        await began.promise;
        const second = createLocks(other.db).withLock('pair', async () => order.push('second'));
        held.resolve();
        await Promise.all([first, second]);
        expect(order).toEqual(['first', 'second']);
      } finally {
        await other.close();
      }
    });

    it('does not keep other names waiting', async () => {
      const locks = createLocks(database.db);
      const answer = await locks.withLock('one', () => locks.withLock('two', async () => 'both'));
      expect(answer).toBe('both');
    });

    it('is given back when the work throws', async () => {
      const locks = createLocks(database.db);
      await expect(locks.withLock('pair', () => Promise.reject(new Error('broken')))).rejects.toThrow(
        'broken',
      );
      expect(await lockRows()).toEqual([]);
    });

    it('fails in time when it stays taken, and the work does not start', async () => {
      const locks = createLocks(database.db, { waitMs: 0 });
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
      const locks = createLocks(database.db, { waitMs: 0 });
      const name = `pair:${JSON.stringify(['ada@example.com', 'slack'])}`;
      await locks.withLock(name, async () => {
        const error = await locks.withLock(name, async () => null).catch((thrown: unknown) => thrown);
        if (!(error instanceof LockTimeout)) throw error;
        expect(error.message).toBe('the lock pair was not free within 0 ms');
        expect(error.stack).not.toContain('ada');
      });
    });

    it('of a dead holder is taken over when its lease is over', async () => {
      const locks = createLocks(database.db, { waitMs: 0 });
      const dead = { name: 'pair', holder: 'gone', expires_at: Date.now() + 60_000 };
      await database.db.insertInto('locks').values(dead).execute();
      await expect(locks.withLock('pair', async () => 1)).rejects.toBeInstanceOf(LockTimeout);
      await database.db
        .updateTable('locks')
        .set({ expires_at: Date.now() - 1 })
        .execute();
      expect(await locks.withLock('pair', async () => 1)).toBe(1);
    });

    it('that was taken over is not given back by its first holder', async () => {
      const locks = createLocks(database.db);
      const thief = { holder: 'other', expires_at: Date.now() + 60_000 };
      await locks.withLock('pair', async () => {
        await database.db.updateTable('locks').set(thief).execute();
      });
      expect(await lockRows()).toEqual([{ name: 'pair', ...thief }]);
    });
  });
});
