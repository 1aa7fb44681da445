import { createAccountReader, type LongerReuse } from '../../../server/accounts/list/accountReader.js';
import { createLocalChangeEvents } from '../../../server/store/database/changeEvents.js';
import { createWebhookHealth } from '../../../server/webhooks/webhookHealth.js';
import { attacks, describe, expect, it, jest } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';

const ada = 'ada@example.com';

describe('webhooks', () => {
  const health = (newestAgo: number | null, untouchedAgo: number | null = null) => {
    const watch = createWebhookHealth();
    const at = (ago: number | null) => (ago === null ? null : Date.now() - ago);
    watch.note({ newestReceivedAt: at(newestAgo), oldestUntouchedAt: at(untouchedAgo) });
    return watch;
  };

  it('are not known to arrive before anybody looked, or before one came', () => {
    expect(createWebhookHealth().arrive()).toBe(false);
    expect(health(null).arrive()).toBe(false);
  });

  it('are known to arrive while one came within ten minutes', () => {
    expect(health(9 * 60_000).arrive()).toBe(true);
    expect(health(11 * 60_000).arrive()).toBe(false);
  });

  it('are not relied on while some lie untouched', () => {
    expect(health(0, 5_000).arrive()).toBe(true);
    expect(health(0, 15_000).arrive()).toBe(false);
  });
});

describe('a result that was read', () => {
  const stored = { read: async () => null, write: async () => undefined };

  function readings(changes: Partial<LongerReuse>, events = createLocalChangeEvents()) {
    const gateway = createMemoryGateway();
    const longer = {
      allowed: () => true,
      isFlowOpen: async () => false,
      reuseMs: 60_000,
      reuseInFlowMs: 0,
      ...changes,
    };
    const reader = createAccountReader(gateway, stored, { reuseMs: 0, longer, events });
    return { reader, count: () => gateway.script.count('listConnectedAccounts') };
  }

  it('answers for longer while webhooks arrive', async () => {
    const { reader, count } = readings({});
    for (let reads = 0; reads < 3; reads += 1) await reader.read(ada);
    expect(count()).toBe(1);
    await reader.changed(ada);
    await reader.read(ada);
    expect(count()).toBe(2);
  });

  it.each([
    ['no webhooks arrive', { allowed: () => false }],
    ['a flow is open', { isFlowOpen: async () => true }],
    ['it is too old', { reuseMs: 0 }],
  ])('does not while %s', async (_, changes) => {
    attacks('no-webhooks');
    const { reader, count } = readings(changes);
    for (let reads = 0; reads < 3; reads += 1) await reader.read(ada);
    expect(count()).toBe(3);
  });

  it('does not while nothing is heard of other instances', async () => {
    attacks('listen-cut');
    const { reader, count } = readings({}, { ...createLocalChangeEvents(), isListening: () => false });
    for (let reads = 0; reads < 3; reads += 1) await reader.read(ada);
    expect(count()).toBe(3);
  });

  it('is not used when it was dropped while that was looked up', async () => {
    const { reader, count } = readings({
      async isFlowOpen() {
        reader.drop(ada);
        return false;
      },
    });
    await reader.read(ada);
    await reader.read(ada);
    expect(count()).toBe(2);
  });

  it('does not look for open flows again at once, but does after a while, and after a drop', async () => {
    let looked = 0;
    const now = jest.spyOn(Date, 'now');
    const at = (ms: number) => now.mockReturnValue(1_000_000 + ms);
    try {
      at(0);
      const { reader, count } = readings({
        reuseInFlowMs: 5000,
        async isFlowOpen() {
          looked += 1;
          return looked === 3;
        },
      });
      await reader.read(ada);
      for (const ms of [5000, 6000, 7999, 8000]) {
        at(ms);
        await reader.read(ada);
      }
      expect([looked, count()]).toEqual([2, 1]);
      at(11_000);
      await reader.read(ada);
      expect([looked, count()]).toEqual([3, 2]);
      reader.drop(ada);
      await reader.read(ada);
      at(16_000);
      await reader.read(ada);
      expect([looked, count()]).toEqual([4, 3]);
    } finally {
      now.mockRestore();
    }
  });
});
