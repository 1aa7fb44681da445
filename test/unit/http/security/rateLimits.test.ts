import type { Request, Response } from 'express';
import type { Pool } from 'pg';
import { perMinute } from '../../../../server/http/security/rateLimits.js';
import { createPool } from '../../../../server/store/database/postgresPool.js';
import { afterAll, describe, expect, it } from '../../../support/jest.js';
import { openTempDatabase, silent } from '../../tempDatabase.js';

/** Databases under which a limit still holds: none, one, and one that does not answer. */
const places = ['memory', 'postgres', 'nowhere'] as const;

const closing: (() => Promise<void>)[] = [];

afterAll(() => Promise.all(closing.map((close) => close())));

async function poolAt(place: (typeof places)[number]): Promise<Pool | null> {
  if (place === 'memory') return null;
  if (place === 'nowhere') {
    // Nothing listens on the port that discards.
    const pool = createPool('postgres://nobody@127.0.0.1:9/none', silent);
    closing.push(() => pool.end());
    return pool;
  }
  const database = await openTempDatabase('postgres');
  closing.push(() => database.close());
  return database.pool;
}

describe.each(places)('a limit that is counted in %s', (place) => {
  it('lets each caller through so many times, and tells who comes too often when to come back', async () => {
    const pool = await poolAt(place);
    const limit = perMinute({ name: 'test', points: 2, pool, keyOf: ({ ip }) => ip ?? '' });
    const call = async (ip: string) => {
      let through = false;
      await limit({ ip } as Request, {} as Response, () => {
        through = true;
      });
      return through;
    };
    expect(await call('ada')).toBe(true);
    expect(await call('ada')).toBe(true);
    await expect(call('ada')).rejects.toMatchObject({
      status: 429,
      headers: { 'Retry-After': expect.stringMatching(/^([1-9]|[1-5]\d|60)$/) },
    });
    expect(await call('bob')).toBe(true);
  });

  it('counts apart from another limit', async () => {
    const pool = await poolAt(place);
    for (const name of ['one', 'other']) {
      const limit = perMinute({ name, points: 1, pool, keyOf: () => 'ada' });
      await limit({} as Request, {} as Response, () => undefined);
    }
  });
});
