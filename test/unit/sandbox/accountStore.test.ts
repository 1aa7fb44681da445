import { AccountStore } from '../../../server/sandbox/accountStore.js';
import type { Account } from '../../../server/sandbox/model.js';
import { describe, expect, it, jest } from '../../support/jest.js';

function storeOf(count: number): AccountStore {
  const store = new AccountStore();
  for (let index = 0; index < count; index++) {
    const connectionName = `c${index % 5}`;
    store.add({ connectionName, identifier: `u${Math.floor(index / 5)}`, status: 'ACTIVE' });
  }
  return store;
}

describe('the account store', () => {
  it('keeps the order of making through deletions in the middle', () => {
    const store = storeOf(100);
    const all = () => store.list({}, 0, 1000).rows;
    const [first, , third] = all();
    for (const account of [third, first] as Account[]) store.remove(account);
    expect(all()).toHaveLength(98);
    expect(all().map(({ sequence }) => sequence)).toEqual(
      [...all().map(({ sequence }) => sequence)].sort((a, b) => a - b),
    );
    expect(store.list({ identifier: 'u0' }, 0, 10).rows.map(({ connectionName }) => connectionName)).toEqual([
      'c1',
      'c3',
      'c4',
    ]);
  });

  it('refuses a second account of one user on one connection', () => {
    const store = storeOf(1);
    expect(() => store.add({ connectionName: 'c0', identifier: 'u0', status: 'ACTIVE' })).toThrow(
      'already exists',
    );
  });

  it('pages over several connections without a gap or a repetition', () => {
    const store = storeOf(100);
    const seen = [0, 15, 30].flatMap(
      (offset) => store.list({ connectionNames: ['c1', 'c3', 'c1'] }, offset, 15).rows as Account[],
    );
    expect(seen).toHaveLength(40);
    expect(new Set(seen).size).toBe(40);
  });

  it("looks at one user's accounts only, when one user's are asked for", () => {
    const store = storeOf(10_000);
    const matches = jest.fn((_account: Account) => true);
    expect(store.list({ identifier: 'u7', matches }, 0, 10).totalSize).toBe(5);
    expect(matches).toHaveBeenCalledTimes(5);
  });
});
