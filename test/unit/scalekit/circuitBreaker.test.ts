import { EventEmitter } from 'node:events';
import { limitTime, remainingMs } from '../../../server/kernel/requestBudget.js';
import {
  type BreakerOptions,
  type BreakerState,
  type CircuitBreaker,
  withCircuitBreaker,
} from '../../../server/scalekit/circuitBreaker.js';
import { ScalekitError, type ScalekitErrorKind } from '../../../server/scalekit/scalekitError.js';
import { afterEach, attacks, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../support/memoryGateway.js';

const never = { retryMs: 3_600_000, slowDownMs: 3_600_000 };
const soon = { retryMs: 1, longestRetryMs: 2, slowDownMs: 1 };

let memory: MemoryGateway;
let breaker: CircuitBreaker;
let states: BreakerState[];
let onState: (state: BreakerState) => void;

function start(options: BreakerOptions): void {
  breaker?.close();
  states = [];
  onState = () => undefined;
  breaker = withCircuitBreaker(memory, {
    ...options,
    onChange(state) {
      states.push(state);
      onState(state);
    },
  });
}

const becomes = (wanted: BreakerState) =>
  new Promise<void>((resolve) => {
    onState = (state) => state === wanted && resolve();
  });

/** Asks so often, and tells how each went. */
async function ask(times: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let count = 0; count < times; count += 1) {
    const outcome = breaker.gateway.listConnectedAccounts('ada').then(
      () => 'ok',
      ({ kind }: { kind: ScalekitErrorKind }) => kind,
    );
    outcomes.push(await outcome);
  }
  return outcomes;
}

beforeEach(() => {
  memory = createMemoryGateway();
  start(never);
});

afterEach(() => breaker.close());

describe('a circuit breaker', () => {
  it.each(['unreachable', 'timeout'] as const)(
    'opens after three calls in a row ended in %s',
    async (kind) => {
      attacks('scalekit-away');
      memory.script.failAll(kind);
      expect(await ask(5)).toEqual([kind, kind, kind, 'unreachable', 'unreachable']);
      expect(memory.script.count()).toBe(3);
      expect(breaker.state()).toBe('open');
    },
  );

  it('says of a call that it did not let through that it was not carried out', async () => {
    memory.script.failAll('timeout');
    await ask(3);
    const call = breaker.gateway.deleteConnectedAccount({ connectionName: 'gmail', identifier: 'ada' });
    await expect(call).rejects.toMatchObject({
      name: 'ScalekitError',
      kind: 'unreachable',
      outcomeUnknown: false,
      message: 'deleteConnectedAccount: unreachable: not sent: the circuit breaker is open',
    });
    expect(memory.script.count('deleteConnectedAccount')).toBe(0);
  });

  it.each(['not_found', 'already_exists', 'forbidden', 'credentials', 'unexpected'] as const)(
    'takes %s for an answer, which starts the count anew',
    async (kind) => {
      for (let round = 0; round < 3; round += 1) {
        memory.script.failNext('listConnectedAccounts', 'timeout', { times: 2 });
        memory.script.failNext('listConnectedAccounts', kind);
        expect(await ask(3)).toEqual(['timeout', 'timeout', kind]);
      }
      expect(states).toEqual([]);
    },
  );

  it.each(['busy', 'invalid'] as const)(
    'takes %s for nothing, since it may not have been sent',
    async (kind) => {
      memory.script.failNext('listConnectedAccounts', 'timeout', { times: 2 });
      memory.script.failNext('listConnectedAccounts', kind);
      memory.script.failNext('listConnectedAccounts', 'timeout');
      await ask(4);
      expect(states).toEqual(['open']);
    },
  );

  it('stays closed for one method that is slow among others that are not', async () => {
    attacks('slow-method');
    memory.script.failNext('deleteConnectedAccount', 'timeout', { times: 10 });
    for (let round = 0; round < 10; round += 1) {
      const call = breaker.gateway.deleteConnectedAccount({ connectionName: 'gmail', identifier: 'ada' });
      await expect(call).rejects.toMatchObject({ kind: 'timeout' });
      expect(await ask(1)).toEqual(['ok']);
    }
    expect(states).toEqual([]);
  });

  it('tries by itself, with a call that changes nothing, until there is an answer', async () => {
    attacks('scalekit-away');
    start(soon);
    memory.script.failAll('unreachable');
    await ask(3);
    await becomes('half_open');
    await becomes('open');
    await becomes('half_open');
    memory.script.recover();
    await becomes('closed');
    expect(new Set(memory.script.calls.slice(3).map(({ method }) => method))).toEqual(
      new Set(['listConnections']),
    );
    expect(await ask(1)).toEqual(['ok']);
  });

  it('tries for as long as it takes, whatever time the request had that found Scalekit away', async () => {
    const seen: number[] = [];
    const guarded = {
      ...memory,
      listConnections() {
        seen.push(remainingMs());
        return memory.listConnections();
      },
    };
    breaker.close();
    breaker = withCircuitBreaker(guarded, { ...soon, onChange: (state) => onState(state) });
    const closes = becomes('closed');
    memory.script.failNext('listConnectedAccounts', 'unreachable', { times: 3 });
    const unanswered = Object.assign(new EventEmitter(), { headersSent: false });
    await new Promise((resolve) => limitTime(60_000)(undefined, unanswered, () => resolve(ask(3))));
    await closes;
    expect(seen).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('takes it for nothing that a request had no time to wait for an answer', async () => {
    const cutShort = new ScalekitError('timeout', 'listConnectedAccounts', { cutShort: true });
    breaker.close();
    breaker = withCircuitBreaker({ ...memory, listConnectedAccounts: () => Promise.reject(cutShort) }, never);
    expect(await ask(5)).toEqual(Array.from({ length: 5 }, () => 'timeout'));
    expect(breaker.state()).toBe('closed');
  });

  it('lets nobody else through while it tries', async () => {
    start(soon);
    memory.script.failNext('listConnectedAccounts', 'timeout', { times: 3 });
    const held = memory.script.hold('listConnections');
    await ask(3);
    await held.arrived;
    expect(breaker.state()).toBe('half_open');
    expect(await ask(2)).toEqual(['unreachable', 'unreachable']);
    const closes = becomes('closed');
    held.release();
    await closes;
    expect(await ask(1)).toEqual(['ok']);
  });

  it('closes by the answer to a call that was under way when it opened', async () => {
    const held = memory.script.hold('listConnectedAccounts');
    const slow = breaker.gateway.listConnectedAccounts('grace');
    await held.arrived;
    memory.script.failNext('listConnectedAccounts', 'timeout', { times: 3 });
    await ask(3);
    expect(breaker.state()).toBe('open');
    held.release();
    await slow;
    expect(breaker.state()).toBe('closed');
  });

  it('pauses for a moment when it is asked to slow down', async () => {
    attacks('scalekit-slows-down');
    start(soon);
    memory.script.failNext('listConnectedAccounts', 'rate_limited');
    const closes = becomes('closed');
    expect(await ask(1)).toEqual(['rate_limited']);
    expect(breaker.state()).toBe('paused');
    expect(await ask(1)).toEqual(['rate_limited']);
    expect(memory.script.count()).toBe(1);
    await closes;
    expect(await ask(1)).toEqual(['ok']);
    expect(states).toEqual(['paused', 'closed']);
  });

  describe('by the clock', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
    afterEach(() => void jest.useRealTimers());

    it('tries again at most two seconds after the last try', async () => {
      attacks('scalekit-away');
      start({});
      memory.script.failAll('unreachable');
      await ask(3);
      for (let tries = 1; tries <= 10; tries += 1) {
        await jest.advanceTimersByTimeAsync(2000);
        expect(memory.script.count('listConnections')).toBeGreaterThanOrEqual(tries);
      }
      expect(memory.script.count('listConnections')).toBeLessThan(25);
    });

    it('pauses for half a second at most, and for four when it is asked to slow down again and again', async () => {
      attacks('scalekit-slows-down');
      start({});
      for (const most of [500, 1000, 2000, 4000, 4000, 4000]) {
        memory.script.failNext('listConnectedAccounts', 'rate_limited');
        expect(await ask(2)).toEqual(['rate_limited', 'rate_limited']);
        await jest.advanceTimersByTimeAsync(most);
        expect(breaker.state()).toBe('closed');
      }
    });
  });

  it('tells whoever counts of each call that it held back', async () => {
    const refused: unknown[] = [];
    start({ ...never, onRefused: (...call) => refused.push(call) });
    memory.script.failAll('unreachable');
    await ask(4);
    expect(refused).toEqual([['listConnectedAccounts', 'open']]);
  });

  it('tries nothing after it was closed down', async () => {
    start(soon);
    breaker.close();
    memory.script.failAll('unreachable');
    await ask(3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(memory.script.count('listConnections')).toBe(0);
  });
});
