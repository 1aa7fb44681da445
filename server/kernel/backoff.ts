/**
 * How long to wait before another try, in milliseconds: twice as long each time, up to a bound.
 * @param failures how many tries have failed, from 1 on
 */
export const backoffMs = (firstMs: number, longestMs: number, failures: number): number =>
  Math.min(longestMs, firstMs * 2 ** (failures - 1));

/** A random wait between half of it and all of it, so that callers that failed together do not retry together. */
export const withJitter = (waitMs: number): number => waitMs * (0.5 + Math.random() / 2);
