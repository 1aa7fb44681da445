/**
 * Combines the values of several factors, so that each two values of two factors meet in some combination. Each
 * combination is begun with a pair that is missing, and takes of every other factor the value that adds most.
 * @param counts how many values each factor has
 * @returns the combinations: of each factor the number of a value
 */
export function pairwise(counts: readonly number[]): number[][] {
  const keyOf = (factor: number, value: number, other: number, otherValue: number) =>
    factor < other
      ? `${factor}:${value} ${other}:${otherValue}`
      : `${other}:${otherValue} ${factor}:${value}`;
  const missing = new Map<string, readonly [number, number, number, number]>();
  counts.forEach((values, factor) => {
    for (let value = 0; value < values; value += 1) {
      counts.forEach((otherValues, other) => {
        if (other <= factor) return;
        for (let otherValue = 0; otherValue < otherValues; otherValue += 1)
          missing.set(keyOf(factor, value, other, otherValue), [factor, value, other, otherValue]);
      });
    }
  });
  const rows: number[][] = [];
  const used = counts.map((values) => new Array<number>(values).fill(0));
  for (const [factor, value, other, otherValue] of missing.values()) {
    if (!missing.has(keyOf(factor, value, other, otherValue))) continue;
    const row = new Map([
      [factor, value],
      [other, otherValue],
    ]);
    counts.forEach((values, next) => {
      if (row.has(next)) return;
      const gain = (candidate: number) =>
        [...row].filter(([known, its]) => missing.has(keyOf(known, its, next, candidate))).length;
      // Of values that add as much, the one that was used least.
      const [best = 0] = Array.from({ length: values }, (_, candidate) => candidate).sort(
        (one, another) =>
          gain(another) - gain(one) || (used[next]?.[one] ?? 0) - (used[next]?.[another] ?? 0),
      );
      row.set(next, best);
    });
    const combination = counts.map((_, at) => row.get(at) ?? 0);
    combination.forEach((its, at) => {
      const uses = used[at];
      if (uses !== undefined) uses[its] = (uses[its] ?? 0) + 1;
      combination.forEach((otherIts, otherAt) => {
        if (otherAt > at) missing.delete(keyOf(at, its, otherAt, otherIts));
      });
    });
    rows.push(combination);
  }
  return rows;
}
