import { Environment } from '../../../server/sandbox/environment.js';
import { accountStatuses } from '../../../server/sandbox/model.js';
import { sampleUsers } from '../../../server/sandbox/sampleUsers.js';
import { type Seed, seedConnections } from '../../../server/sandbox/seed.js';
import { describe, expect, it } from '../../support/jest.js';

const environmentOf = (seed: Seed) =>
  new Environment({ seed, verification: 'custom', linkLifetimeMs: 1000, slowProviderMs: 0 });
const rows = (environment: Environment) => environment.accounts.list({}, 0, Number.POSITIVE_INFINITY).rows;

describe('the sample data of the sandbox', () => {
  it('has connections of many kinds: disabled, of one provider, oddly named, with keys and passwords', () => {
    expect(seedConnections.length).toBeGreaterThanOrEqual(12);
    expect(seedConnections.filter(({ enabled }) => enabled === false)).toHaveLength(1);
    expect(seedConnections.filter(({ provider }) => provider === 'GITHUB')).toHaveLength(2);
    expect(seedConnections.filter(({ type }) => type === 'API_KEY')).toHaveLength(2);
    expect(seedConnections.some(({ name }) => /[ ]/.test(name) && name.includes(':'))).toBe(true);
  });

  it('has a user with an account in every state, one with none, and one administrator', () => {
    const environment = environmentOf('default');
    const statesOf = (identifier: string) => rows(environment).filter((row) => row.identifier === identifier);
    expect(new Set(statesOf('grace@example.com').map(({ status }) => status))).toEqual(
      new Set(accountStatuses),
    );
    expect(statesOf('ada@example.com')).toEqual([]);
    expect(sampleUsers.filter(({ isAdmin }) => isAdmin)).toHaveLength(1);
  });

  it('lies in the past, and only what is authorized has credentials', () => {
    const now = Date.now();
    for (const account of rows(environmentOf('default'))) {
      expect(account.updatedAt).toBeLessThanOrEqual(now);
      expect(account.authorization !== null).toBe(['ACTIVE', 'EXPIRED'].includes(account.status));
    }
  });

  it('is as large as asked', () => {
    expect(rows(environmentOf('empty'))).toHaveLength(0);
    expect(rows(environmentOf({ accounts: 3 }))).toHaveLength(3);
    expect(rows(environmentOf({ accounts: 1000 }))).toHaveLength(1000);
    const wide = environmentOf({ accounts: 1000, connections: 20 });
    expect(wide.connections.size).toBe(20);
    expect(new Set(rows(wide).map(({ connectionName }) => connectionName)).size).toBe(20);
  });
});
