/**
 * How long to wait before another try, in milliseconds: twice as long each time, up to a bound.
 * @param failures how many tries have failed, from 1 on
 */
export const backoffMs = (firstMs: number, longestMs: number, failures: number): number =>
  Math.min(longestMs, firstMs * 2 ** (failures - 1));

/** Between half of a wait and all of it, so that those who failed together do not try again together. */
export const withJitter = (waitMs: number): number => waitMs * (0.5 + Math.random() / 2);
