import type { FuzzedPlace } from '../../fuzz/fuzzedPlace.js';
import { startFuzzedSandbox } from '../../fuzz/fuzzedSandbox.js';
import { oneWrongProperty, routeProperties, wireProperty } from '../../fuzz/properties.js';
import { shownWithoutReason } from '../../fuzz/shown.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';

const seed = 16;

describe('the sandbox', () => {
  let sandbox: FuzzedPlace;

  beforeAll(async () => {
    sandbox = await startFuzzedSandbox();
  });

  afterAll(() => sandbox.close());

  it('brings back no markup and leads to nobody’s address, wherever its routes take a text', async () => {
    await oneWrongProperty(sandbox).hold({ seed, runs: 1 });
  });

  it('answers in time and in its own words whatever its pages, its control and its proxy are sent', async () => {
    const properties = routeProperties(sandbox);
    expect(properties.length).toBeGreaterThan(50);
    for (const property of properties) await property.hold({ seed, runs: 4 });
  });

  it('answers or closes what is no request, or nearly one', async () => {
    await wireProperty(sandbox).hold({ seed, runs: 100 });
  });

  it('shows of a request only what its reader typed or asked for, and that escaped', () => {
    expect(shownWithoutReason(sandbox.echoes)).toEqual([]);
  });
});
