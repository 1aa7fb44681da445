import { CallSlots } from '../../../server/scalekit/callSlots.js';
import { Call } from '../../../server/scalekit/calls.js';
import { describe, expect, it } from '../../support/jest.js';

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

const rejectionAt = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a call whose deadline passes', () => {
  it('is busy when it never got a slot, for it was not sent', async () => {
    const call = new Call('deleteConnectedAccount', 1);
    await expect(call.expired).rejects.toMatchObject({ kind: 'busy', outcomeUnknown: false });
  });

  it('is a timeout when a try is on its way, for it may still be carried out', async () => {
    const call = new Call('deleteConnectedAccount', 1);
    call.start();
    const trying = call.attempt(({ signal }) => rejectionAt(signal));
    await expect(call.expired).rejects.toMatchObject({ kind: 'timeout', outcomeUnknown: true });
    await expect(trying).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('is unreachable between two tries, for all of them were in vain', async () => {
    const call = new Call('deleteConnectedAccount', 1);
    call.start();
    await call.attempt(async () => 'in vain');
    await expect(call.expired).rejects.toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
  });

  it('aborts its signal with the error that it rejects with', async () => {
    const call = new Call('listConnections', 1);
    const error: unknown = await call.expired.catch((reason: unknown) => reason);
    expect(call.signal.aborted).toBe(true);
    expect(call.signal.reason).toBe(error);
  });

  it('is over before it begins when its request has no time left, and was not sent', async () => {
    const call = new Call('deleteConnectedAccount', 60_000, 0);
    expect(call.signal.aborted).toBe(true);
    await expect(call.expired).rejects.toMatchObject({ kind: 'busy', outcomeUnknown: false });
  });

  it('has no more time than its request, and says so, since that is no fault of Scalekit’s', async () => {
    const short = new Call('listConnections', 60_000, 1);
    await expect(short.expired).rejects.toMatchObject({ cutShort: true });
    const whole = new Call('listConnections', 1, 60_000);
    await expect(whole.expired).rejects.toMatchObject({ cutShort: false });
  });
});
