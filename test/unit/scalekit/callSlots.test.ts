import { describe, expect, it } from '@jest/globals';
import { CallSlots } from '../../../server/scalekit/callSlots.js';

const never = new AbortController().signal;

describe('call slots', () => {
  it('let calls run up to the bound at once', async () => {
    const slots = new CallSlots(2, 0);
    await slots.acquire('m', never);
    await slots.acquire('m', never);
    await expect(slots.acquire('m', never)).rejects.toMatchObject({ kind: 'busy', method: 'm' });
  });

  it('serve those who wait in the order in which they came', async () => {
    const slots = new CallSlots(1, 2);
    const release = await slots.acquire('m', never);
    const served: string[] = [];
    const first = slots.acquire('m', never).then((free) => {
      served.push('first');
      free();
    });
    const second = slots.acquire('m', never).then((free) => {
      served.push('second');
      free();
    });
    release();
    await Promise.all([first, second]);
    expect(served).toEqual(['first', 'second']);
  });

  it('refuse whoever comes when the queue is full, and take them again when it has moved on', async () => {
    const slots = new CallSlots(1, 1);
    const release = await slots.acquire('m', never);
    const waiting = slots.acquire('m', never);
    await expect(slots.acquire('m', never)).rejects.toMatchObject({ kind: 'busy' });
    release();
    (await waiting)();
    await expect(slots.acquire('m', never)).resolves.toBeInstanceOf(Function);
  });

  it('forget a waiting call that gave up, so that its slot goes to the next', async () => {
    const slots = new CallSlots(1, 2);
    const release = await slots.acquire('m', never);
    const patience = new AbortController();
    const impatient = slots.acquire('m', patience.signal);
    const patient = slots.acquire('m', never);
    patience.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    release();
    await expect(patient).resolves.toBeInstanceOf(Function);
  });

  it('refuse a call whose time is over before it asked', async () => {
    const slots = new CallSlots(1, 1);
    await expect(slots.acquire('m', AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    await expect(slots.acquire('m', never)).resolves.toBeInstanceOf(Function);
  });
});
