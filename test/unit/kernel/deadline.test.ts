import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isTimeUp, untilAborted, withDeadline } from '../../../server/kernel/deadline.js';
import { describe, expect, it } from '../../support/jest.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('work with a deadline', () => {
  it('gives its result, and what it throws', async () => {
    expect(await withDeadline(60_000, undefined, async () => 'done')).toBe('done');
    const failing = withDeadline(60_000, undefined, async () => {
      throw new Error('a fault of the work');
    });
    await expect(failing).rejects.toThrow('a fault of the work');
  });

  it('is told when the time is up', async () => {
    const late = await withDeadline(1, undefined, untilAborted).catch((error) => error);
    expect(isTimeUp(late)).toBe(true);
  });

  it('is told when it is given up, and why', async () => {
    const stop = new AbortController();
    const working = withDeadline(60_000, stop.signal, untilAborted);
    stop.abort(new Error('the app stops'));
    await expect(working).rejects.toThrow('the app stops');
    const begun: AbortSignal[] = [];
    const another = withDeadline(60_000, stop.signal, async (signal) => void begun.push(signal));
    await expect(another).rejects.toThrow('the app stops');
    expect(begun).toEqual([]);
  });

  it('leaves nothing in memory, though it leaves listeners behind and what gives it up lives on', async () => {
    const stop = new AbortController();
    const signals: WeakRef<AbortSignal>[] = [];
    for (let count = 0; count < 100; count += 1) {
      await withDeadline(60_000, stop.signal, async (signal) => {
        void untilAborted(signal);
        signals.push(new WeakRef(signal));
      });
    }
    // What a promise still held a moment ago goes with the next collection.
    for (let tries = 0; tries < 20 && signals.some((one) => one.deref() !== undefined); tries += 1) {
      await pause(5);
      collectGarbage();
    }
    expect(signals.filter((one) => one.deref() !== undefined)).toEqual([]);
    expect(stop.signal.aborted).toBe(false);
  });
});
