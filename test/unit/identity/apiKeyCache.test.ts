import { describe, expect, it } from '@jest/globals';
import type { KnownKey } from '../../../server/identity/apiClientStore.js';
import { createKeyCache } from '../../../server/identity/apiKeyCache.js';
import { createLocalChangeEvents } from '../../../server/store/changeEvents.js';

/** A cache whose reads are answered by hand. */
function start() {
  const reads: ((key: KnownKey | null) => void)[] = [];
  const faults: ((error: Error) => void)[] = [];
  const events = createLocalChangeEvents();
  const read = () =>
    new Promise<KnownKey | null>((resolve, reject) => {
      reads.push(resolve);
      faults.push(reject);
    });
  return { cache: createKeyCache(read, events), events, reads, faults };
}

const key = { id: 'a' } as KnownKey;

describe('keys that were read a moment ago', () => {
  it('are read once for requests at the same time', async () => {
    const { cache, reads } = start();
    const found = [cache.find('a'), cache.find('a')];
    reads[0]?.(key);
    expect(await Promise.all(found)).toEqual([key, key]);
    expect(reads).toHaveLength(1);
  });

  it('are read again after a change, even when the read before it is not over yet', async () => {
    const { cache, events, reads } = start();
    const before = cache.find('a');
    await events.publish({ kind: 'clients' });
    const after = cache.find('a');
    expect(reads).toHaveLength(2);
    reads[1]?.(null);
    reads[0]?.(key);
    expect(await after).toBeNull();
    expect(await before).toBe(key);
    void cache.find('a');
    expect(reads).toHaveLength(3);
  });

  it('are not kept when there is no such key, or the read failed', async () => {
    const { cache, reads, faults } = start();
    const found = cache.find('a');
    reads[0]?.(null);
    await found;
    const failed = cache.find('a');
    faults[1]?.(new Error('away'));
    await expect(failed).rejects.toThrow('away');
    void cache.find('a');
    expect(reads).toHaveLength(3);
  });
});
