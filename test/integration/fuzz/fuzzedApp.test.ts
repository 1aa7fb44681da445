import { type FuzzedApp, startFuzzedApp } from '../../fuzz/fuzzedApp.js';
import { oneWrongProperty, routeProperties, wireProperty } from '../../fuzz/properties.js';
import { shownWithoutReason } from '../../fuzz/shown.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';

/** A fixed one, so that the tests are the same everywhere; `npm run fuzz` takes new ones. */
const seed = 16;

describe('the app', () => {
  let fuzzed: FuzzedApp;

  beforeAll(async () => {
    fuzzed = await startFuzzedApp();
  });

  afterAll(() => fuzzed.place.close());

  it('brings back no markup and leads to nobody’s address, wherever its routes take a text', async () => {
    await oneWrongProperty(fuzzed.place).hold({ seed, runs: 1 });
  });

  it('answers in time and in its own words whatever any of its routes is sent, by anybody', async () => {
    const properties = routeProperties(fuzzed.place);
    expect(properties.length).toBeGreaterThan(100);
    for (const property of properties) await property.hold({ seed, runs: 5 });
  });

  it('answers or closes what is no request, or nearly one', async () => {
    await wireProperty(fuzzed.place).hold({ seed, runs: 300 });
  });

  it('was asked much that it did, and not only what it refused', () => {
    const share = (status: number) =>
      (fuzzed.place.statuses.get(status) ?? 0) /
      [...fuzzed.place.statuses.values()].reduce((sum, count) => sum + count, 0);
    expect(share(200)).toBeGreaterThan(0.15);
    expect(share(303)).toBeGreaterThan(0.08);
  });

  it('shows of a request only what its reader typed or asked for, and that escaped', () => {
    expect(shownWithoutReason(fuzzed.place.echoes)).toEqual([]);
  });

  it('does the work of the background on whatever it was sent', async () => {
    await fuzzed.works();
  });

  it('still serves afterwards', async () => {
    await fuzzed.serves();
  });
});
