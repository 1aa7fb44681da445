import { createRecentRows } from '../../../../server/identity/clients/recentRows.js';
import { createLocalChangeEvents } from '../../../../server/store/database/changeEvents.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';

interface Row {
  readonly id: string;
}

/** Rows whose reads are answered by hand. */
function start() {
  const reads: ((rows: Row[]) => void)[] = [];
  const faults: ((error: Error) => void)[] = [];
  const events = createLocalChangeEvents();
  const read = () =>
    new Promise<Row[]>((resolve, reject) => {
      reads.push(resolve);
      faults.push(reject);
    });
  return { cache: createRecentRows(read, events), events, reads, faults };
}

const key: Row = { id: 'a' };

const began = Date.now();

/** Has it be so many milliseconds after the beginning, and stay so. */
const atTime = (ms: number) => jest.spyOn(Date, 'now').mockReturnValue(began + ms);

beforeEach(() => {
  atTime(0);
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('rows that were read a moment ago', () => {
  it('are read once for requests at the same time', async () => {
    const { cache, reads } = start();
    const found = [cache.find('a'), cache.find('a')];
    reads[0]?.([key]);
    expect(await Promise.all(found)).toEqual([key, key]);
    expect(reads).toHaveLength(1);
  });

  it('are read once however many are asked for that do not exist', async () => {
    const { cache, reads } = start();
    const guesses = Array.from({ length: 1000 }, (_, index) => cache.find(`guess-${index}`));
    reads[0]?.([key]);
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([null]));
    atTime(99);
    expect(await cache.find('one more')).toBeNull();
    atTime(899);
    expect(await cache.find('a')).toBe(key);
    expect(reads).toHaveLength(1);
  });

  it('are read again for one that is not among them, at most ten times a second', async () => {
    const { cache, reads } = start();
    const before = cache.find('new');
    reads[0]?.([key]);
    expect(await before).toBeNull();
    atTime(100);
    const guesses = Array.from({ length: 1000 }, (_, index) => cache.find(`guess-${index}`));
    const made = cache.find('new');
    await Promise.resolve();
    await Promise.resolve();
    const fresh = { id: 'new' };
    reads[1]?.([key, fresh]);
    expect(await made).toBe(fresh);
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([null]));
    expect(reads).toHaveLength(2);
  });

  it('are read again after a change, even when the read before it is not over yet', async () => {
    const { cache, events, reads } = start();
    const before = cache.find('a');
    await events.publish({ kind: 'clients' });
    const after = cache.find('a');
    expect(reads).toHaveLength(2);
    reads[1]?.([]);
    reads[0]?.([key]);
    expect(await after).toBeNull();
    expect(await before).toBe(key);
    expect(await cache.find('a')).toBeNull();
    expect(reads).toHaveLength(2);
  });

  it('are not kept when the read failed', async () => {
    const { cache, reads, faults } = start();
    const failed = cache.find('a');
    faults[0]?.(new Error('away'));
    await expect(failed).rejects.toThrow('away');
    const again = cache.find('a');
    reads[1]?.([key]);
    expect(await again).toBe(key);
  });
});
