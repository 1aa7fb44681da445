import { getEventListeners } from 'node:events';
import { createClosing, pause } from '../../../server/sandbox/pause.js';
import { describe, expect, it } from '../../support/jest.js';

describe('a pause', () => {
  it('ends at the close, with as many others as there are', async () => {
    const closing = createClosing();
    const pauses = Array.from({ length: 50 }, () => pause(60_000, closing.signal));
    const ends = Promise.allSettled(pauses);
    expect(getEventListeners(closing.signal, 'abort')).toHaveLength(50);
    closing.abort();
    expect(new Set((await ends).map(({ status }) => status))).toEqual(new Set(['rejected']));
  });

  it('leaves nothing behind', async () => {
    const closing = createClosing();
    await pause(1, closing.signal);
    expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
  });
});
