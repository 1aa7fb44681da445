import { startFuzzedFront } from '../../fuzz/fuzzedFront.js';
import type { FuzzedPlace } from '../../fuzz/fuzzedPlace.js';
import { oneWrongProperty, routeProperties } from '../../fuzz/properties.js';
import { shownWithoutReason } from '../../fuzz/shown.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';

const seed = 16;

describe('the app behind a proxy, below a path, with a provider', () => {
  let front: FuzzedPlace;

  beforeAll(async () => {
    front = await startFuzzedFront();
  });

  afterAll(() => front.close());

  it('brings back no markup and leads to nobody’s address, wherever its routes take a text', async () => {
    await oneWrongProperty(front).hold({ seed, runs: 1 });
  });

  it('answers in time and in its own words whatever is sent there', async () => {
    for (const { name, hold } of routeProperties(front))
      await hold({ seed, runs: name.includes('/sign-in') ? 20 : 1 });
  });

  it('shows of a request only what its reader typed or asked for, and that escaped', () => {
    expect(shownWithoutReason(front.echoes)).toEqual([]);
  });
});
