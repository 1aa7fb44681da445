import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { inDirectoryTurn } from '../../../server/directory/directoryChanges.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

describe.each(databaseKinds)('turns of the directory on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  /** Waits until so many turns are waited for; an embedded database has them wait in the app. */
  async function untilWaiting(count: number): Promise<void> {
    if (kind === 'sqlite') return;
    for (;;) {
      const { rows } = await sql<{ waiting: number }>`select count(*) as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db);
      if (Number(rows[0]?.waiting) === count) return;
      await pause(5);
    }
  }

  it('come in the order in which they were asked for, whoever asks again and again', async () => {
    const came: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const take = (name: string) =>
      inDirectoryTurn(database.db, async () => {
        came.push(name);
        if (name === 'first') await held;
      });
    const turns = [take('first')];
    while (came.length === 0) await pause(5);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const [index, name] of names.entries()) {
      turns.push(take(name).then(() => take(`${name} again`)));
      await untilWaiting(index + 1);
    }
    release();
    await Promise.all(turns);
    expect(came.slice(0, 8)).toEqual(['first', ...names]);
    expect(came).toHaveLength(15);
  });

  it('are one after the other', async () => {
    let inTurn = 0;
    const most: number[] = [];
    const take = () =>
      inDirectoryTurn(database.db, async () => {
        inTurn += 1;
        most.push(inTurn);
        await pause(5);
        inTurn -= 1;
      });
    await Promise.all(Array.from({ length: 8 }, take));
    expect(most).toEqual(Array.from({ length: 8 }, () => 1));
  });

  it('go on after one that failed', async () => {
    await expect(inDirectoryTurn(database.db, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await inDirectoryTurn(database.db, async () => 7)).toBe(7);
  });
});
