import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  limitTime,
  outsideRequest,
  remainingMs,
  withinBudget,
} from '../../../server/kernel/requestBudget.js';
import { describe, expect, it } from '../../support/jest.js';

const budgetMs = 60_000;
const late = () => new Error('no time left');

/** Does something as the handler of a request does. */
function handling<Result>(work: () => Result, { of = budgetMs, headersSent = false, closes = false } = {}) {
  let result: Result | undefined;
  const answer = Object.assign(new EventEmitter(), { headersSent });
  limitTime(of)(undefined, answer, () => {
    if (closes) answer.emit('close');
    result = work();
  });
  return result as Result;
}

describe('the time of a request', () => {
  it('runs from its beginning, and whatever is done for it sees how much is left', async () => {
    const seen = await handling(async () => {
      const before = remainingMs();
      await nextTurn();
      return [before, remainingMs()];
    });
    const [before = 0, after = 0] = seen;
    expect(before).toBeLessThanOrEqual(budgetMs);
    expect(before).toBeGreaterThan(0);
    expect(after).toBeLessThan(before);
  });

  it('is nothing once it is used up', () => {
    expect(handling(remainingMs, { of: 0 })).toBe(0);
  });

  it('bounds nothing outside of a request', () => {
    expect(remainingMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('bounds nothing that is done for others too', () => {
    expect(handling(() => outsideRequest(remainingMs))).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['its answer has begun, as that of a stream does at once', { headersSent: true }],
    ['it is over, or its caller has gone', { closes: true }],
  ])('bounds nothing once %s', (_, how) => {
    expect(handling(remainingMs, how)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('waiting for what others wait for too', () => {
  it('ends with the time of the request, and what is waited for goes on', async () => {
    let finish = (_: string) => {};
    const shared = new Promise<string>((resolve) => {
      finish = resolve;
    });
    await expect(handling(() => withinBudget(shared, late), { of: 1 })).rejects.toThrow('no time left');
    const another = withinBudget(shared, late);
    finish('there');
    await expect(another).resolves.toBe('there');
  });

  it('gives what comes in time, and passes on what goes wrong', async () => {
    await expect(handling(() => withinBudget(Promise.resolve('there'), late))).resolves.toBe('there');
    await expect(handling(() => withinBudget(Promise.reject(new Error('broken')), late))).rejects.toThrow(
      'broken',
    );
  });
});
