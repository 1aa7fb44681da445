import { Random } from '../../soak/random.js';
import { isDistinguishable, type Sample, slopeOf, studentT } from '../../soak/slope.js';
import { describe, expect, it } from '../../support/jest.js';

/** Box and Muller. */
const noise = (random: Random) =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** 40 minutes of memory, measured every ten seconds, of which each differs from the one before by little. */
function memory(random: Random, { perHour = 0, alike = 0.9, count = 240 } = {}): Sample[] {
  let away = noise(random) / Math.sqrt(1 - alike ** 2);
  return Array.from({ length: count }, (_, index) => {
    away = alike * away + noise(random);
    const at = index / 360;
    return { at, value: 100 + perHour * at + away };
  });
}

/** In how many of 400 runs the slope was told from none. */
const toldFromNone = (options: Parameters<typeof memory>[1]) => {
  const random = new Random(7);
  return Array.from({ length: 400 }, () => slopeOf(memory(random, options))).filter(isDistinguishable).length;
};

describe('the slope of a memory', () => {
  it('is that of a line, when there is no noise', () => {
    const line = Array.from({ length: 60 }, (_, index) => ({ at: index / 60, value: 80 + (3 * index) / 60 }));
    const { perHour, low, high } = slopeOf(line);
    expect(perHour).toBeCloseTo(3, 9);
    expect([low, high]).toEqual([expect.closeTo(3, 6), expect.closeTo(3, 6)]);
    expect(isDistinguishable(slopeOf(line))).toBe(true);
    expect(isDistinguishable(slopeOf(line.map(({ at }) => ({ at, value: 80 }))))).toBe(false);
  });

  it('that does not grow is taken for one that does in one run of twenty, however alike neighbours are', () => {
    for (const alike of [0, 0.5, 0.9]) expect(toldFromNone({ alike })).toBeLessThanOrEqual(30);
  });

  it('that grows is told, also where neighbours are alike', () => {
    expect(toldFromNone({ perHour: 6, alike: 0.5 })).toBeGreaterThan(350);
    expect(toldFromNone({ perHour: 100, alike: 0.9 })).toBeGreaterThan(350);
    expect(toldFromNone({ perHour: -100, alike: 0.9 })).toBeGreaterThan(350);
  });

  it('is not told of too few', () => {
    const few = slopeOf(memory(new Random(1), { perHour: 1000, count: 12 }));
    expect([few.low, few.high]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(isDistinguishable(few)).toBe(false);
  });

  it('has an interval by the quantiles of Student’s t', () => {
    // From the table in "Student's t-distribution" of any textbook.
    const known = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 18: 2.101, 30: 2.042 };
    for (const [degrees, quantile] of Object.entries(known)) {
      expect(Math.abs(studentT(Number(degrees)) / quantile - 1)).toBeLessThan(0.01);
    }
  });
});
