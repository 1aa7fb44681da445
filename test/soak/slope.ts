/** Something that was measured at a time. */
export interface Sample {
  /** In hours, from whenever. */
  readonly at: number;
  readonly value: number;
}

/** How something changes per hour, with the interval that holds the true slope in 95 of 100 runs. */
export interface Slope {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  /** How many means of blocks the line was drawn through. */
  readonly blocks: number;
}

/** Long enough blocks lose most of the correlation between neighbours. Fewer say too little about how much it varies. */
const mostBlocks = 20;
const samplesOfBlock = 3;
/** Of fewer nothing can be told. */
const fewestBlocks = 5;

/** The 0.975 quantile of the standard normal distribution. */
const z = 1.959964;

/** The 0.975 quantile of Student's t. From 3 degrees on by its expansion (Abramowitz and Stegun, 26.7.5), to within 1%. */
export function studentT(degrees: number): number {
  const whole = Math.floor(degrees);
  if (whole < 3) return [12.706, 4.303][whole - 1] ?? Number.POSITIVE_INFINITY;
  return (
    z +
    (z ** 3 + z) / (4 * whole) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * whole ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * whole ** 3)
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function blockMeans(samples: readonly Sample[]): Sample[] {
  const count = Math.min(mostBlocks, Math.floor(samples.length / samplesOfBlock));
  return Array.from({ length: count }, (_, index) => {
    const from = Math.round((index * samples.length) / count);
    const block = samples.slice(from, Math.round(((index + 1) * samples.length) / count));
    return { at: mean(block.map(({ at }) => at)), value: mean(block.map(({ value }) => value)) };
  });
}

/** The correlation of neighbours, as far as so few show it: what a fitted line leaves shows too little (Kendall 1954). */
function correlationOf(left: readonly number[]): number {
  const products = left.slice(1).reduce((sum, value, index) => sum + value * (left[index] as number), 0);
  const squares = left.reduce((sum, value) => sum + value ** 2, 0);
  const seen = squares === 0 ? 0 : products / squares;
  return Math.min(0.95, Math.max(0, seen + (2 + 4 * seen) / left.length));
}

/**
 * The slope of samples that were taken at even times, by least squares through the means of blocks. Neighbours are
 * alike, so that each counts for less than one: by their correlation r, n of them count as n(1 − r)/(1 + r), both in the
 * standard error and in the degrees of freedom (Santer et al., Journal of Geophysical Research 105, 2000, 7337–7356,
 * equations 4 to 6).
 */
export function slopeOf(samples: readonly Sample[]): Slope {
  const blocks = blockMeans(samples);
  const count = blocks.length;
  const [middle, level] = [mean(blocks.map(({ at }) => at)), mean(blocks.map(({ value }) => value))];
  const spread = blocks.reduce((sum, { at }) => sum + (at - middle) ** 2, 0);
  const perHour = blocks.reduce((sum, { at, value }) => sum + (at - middle) * (value - level), 0) / spread;
  const left = blocks.map(({ at, value }) => value - level - perHour * (at - middle));
  const correlation = correlationOf(left);
  if (count < fewestBlocks) return { perHour, low: -Infinity, high: Infinity, blocks: count };
  // Never less than one: by so wide an interval a large leak is told all the same.
  const degrees = Math.max(1, (count * (1 - correlation)) / (1 + correlation) - 2);
  const error = Math.sqrt(left.reduce((sum, value) => sum + value ** 2, 0) / degrees / spread);
  const around = studentT(degrees) * error;
  return { perHour, low: perHour - around, high: perHour + around, blocks: count };
}

/** Whether a slope can be told from none. */
export const isDistinguishable = ({ low, high }: Slope): boolean => low > 0 || high < 0;
