/** One measured figure, with the goal that it is held against. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: Goal;
}

/** What a figure has to reach: no more than `most`, or no less than `least`. */
export type Goal = { readonly most: number } | { readonly least: number };

/** One part of the bench: its measuring ends within a minute or two, and everything that it started with it. */
export interface Part {
  readonly name: string;
  readonly title: string;
  measure(): Promise<Figure[]>;
}

export function isReached({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  return 'most' in goal ? value <= goal.most : value >= goal.least;
}

/** The middle of some values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}

/** At most three digits after the point, and none where they say nothing. */
const shown = (value: number): string => String(Number(value.toFixed(value < 10 ? 3 : value < 1000 ? 1 : 0)));

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  return 'most' in goal ? `≤ ${shown(goal.most)}` : `≥ ${shown(goal.least)}`;
}

const verdicts = new Map<boolean | null, string>([
  [true, 'reached'],
  [false, 'MISSED'],
  [null, ''],
]);

/** The value that a part of the values does not exceed. @param part between 0 and 1 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** The figures as lines of a table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    `${shown(figure.value)} ${figure.unit}`.trim(),
    goalText(figure.goal),
    verdicts.get(isReached(figure)) ?? '',
  ]);
  const all = [['figure', 'measured', 'goal', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
