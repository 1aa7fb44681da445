import { describe, expect, it } from '../../support/jest.js';
import { pairwise } from '../../support/pairwise.js';

/** Each two values of two factors, as text. */
const pairsOf = (row: readonly number[]) =>
  row.flatMap((value, factor) =>
    row.slice(factor + 1).map((other, after) => `${factor}=${value} ${factor + 1 + after}=${other}`),
  );

describe('combinations of each two values', () => {
  it.each([[[3, 2, 3, 2]], [[70, 3, 2, 3, 2]], [[4, 4, 4, 4, 4]]])(
    'of %j have every pair, and are far fewer than all combinations',
    (counts) => {
      const rows = pairwise(counts);
      const wanted = counts.flatMap((count, factor) =>
        counts.slice(factor + 1).map((otherCount) => count * otherCount),
      );
      expect(new Set(rows.flatMap(pairsOf)).size).toBe(wanted.reduce((sum, pairs) => sum + pairs));
      const [largest = 0, next = 0] = [...counts].sort((one, other) => other - one);
      expect(rows.length).toBeLessThan(largest * next * 1.75);
    },
  );

  it('of values that only exist are made', () => {
    for (const row of pairwise([3, 2, 1]))
      expect(row.every((value, at) => value < ([3, 2, 1][at] ?? 0))).toBe(true);
  });

  it('of one page take as many pictures as the widths need', () => {
    expect(pairwise([60, 3, 2, 3, 2]).length).toBeLessThanOrEqual(60 * 3 + 6);
  });
});
