import { nextTick } from 'node:process';
import { promisify } from 'node:util';
import { pagesAhead } from '../../../server/scalekit/pagesAhead.js';
import { describe, expect, it } from '../../support/jest.js';

const later = promisify(nextTick);

const nextOf = (page: number) => (page < 3 ? String(page + 1) : null);

describe('the pages of a listing', () => {
  it('come in their order, up to the last', async () => {
    const pages: number[] = [];
    for await (const page of pagesAhead('1', async (token) => Number(token), nextOf)) pages.push(page);
    expect(pages).toEqual([1, 2, 3]);
  });

  it('are given out once the call for the next one is on its way, which takes a few steps', async () => {
    const sent: (string | null)[] = [];
    const sentWhenGivenOut: (string | null)[][] = [];
    const read = async (token: string | null) => {
      for (let step = 0; step < 10; step += 1) await later();
      sent.push(token);
      return Number(token);
    };
    for await (const _ of pagesAhead('1', read, nextOf)) sentWhenGivenOut.push([...sent]);
    expect(sentWhenGivenOut).toEqual([
      ['1', '2'],
      ['1', '2', '3'],
      ['1', '2', '3'],
    ]);
  });

  it('end with the fault of a call, after the pages before it', async () => {
    const read = async (token: string | null) => {
      if (token === '2') throw new Error('not reached');
      return Number(token);
    };
    const pages: number[] = [];
    const listing = (async () => {
      for await (const page of pagesAhead('1', read, nextOf)) pages.push(page);
    })();
    await expect(listing).rejects.toThrow('not reached');
    expect(pages).toEqual([1]);
  });
});
