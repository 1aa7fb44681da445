import { describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';

const key = { connectionName: 'gmail', identifier: 'maria' };

describe('the controls of the gateway in memory', () => {
  it('record the calls, but for those with refused arguments', async () => {
    const { script, ...gateway } = createMemoryGateway();
    await gateway.listConnectedAccounts('maria');
    await gateway.listConnectedAccounts('').catch(() => {});
    expect(script.calls).toEqual([{ method: 'listConnectedAccounts', args: ['maria'] }]);
    expect([script.count(), script.count('listConnections')]).toEqual([1, 0]);
  });

  it('make as many calls of a method fail as asked for', async () => {
    const { script, ...gateway } = createMemoryGateway();
    script.failNext('listConnections', 'rate_limited', { times: 2 });
    script.failNext('listConnections', 'timeout');
    for (const kind of ['rate_limited', 'rate_limited', 'timeout']) {
      await expect(gateway.listConnections()).rejects.toMatchObject({ name: 'ScalekitError', kind });
    }
    await expect(gateway.listConnections()).resolves.toEqual([]);
  });

  it('lose the answer of a call that was carried out', async () => {
    const { script, scalekit, ...gateway } = createMemoryGateway();
    scalekit.addAccount(key);
    script.failNext('deleteConnectedAccount', 'timeout', { carriedOut: true });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({ kind: 'timeout' });
    expect(scalekit.account(key)).toBeUndefined();
  });

  it('take everything down until it recovers', async () => {
    const { script, ...gateway } = createMemoryGateway();
    script.failAll('unreachable');
    await expect(gateway.listConnections()).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(gateway.listConnectedAccounts('maria')).rejects.toMatchObject({ kind: 'unreachable' });
    script.recover();
    await expect(gateway.listConnections()).resolves.toEqual([]);
  });

  it('hold a call before it is carried out', async () => {
    const { script, scalekit, ...gateway } = createMemoryGateway();
    scalekit.addAccount(key);
    const hold = script.hold('deleteConnectedAccount');
    const call = gateway.deleteConnectedAccount(key);
    await hold.arrived;
    expect(scalekit.account(key)).toBeDefined();
    hold.release();
    await call;
    expect(scalekit.account(key)).toBeUndefined();
  });

  it('give every change of an account a later time', () => {
    const { scalekit } = createMemoryGateway();
    const times = [
      scalekit.addAccount(key),
      scalekit.setStatus(key, 'expired'),
      scalekit.setStatus(key, 'active'),
    ].map(({ updatedAt }) => updatedAt ?? 0);
    expect(new Set(times).size).toBe(3);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
  });
});
