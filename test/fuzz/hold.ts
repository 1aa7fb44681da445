import fc from 'fast-check';

/** How long and with what a property is tried. */
export interface Effort {
  /** The same seed makes the same requests of each property. */
  readonly seed: number;
  /** How many requests are tried, of each route or of each other kind. */
  readonly runs: number;
  /** When there is no more time, in epoch milliseconds. */
  readonly until?: number;
}

/** After which nothing smaller is looked for, in milliseconds: what is wrong may be that it takes long. */
const longestMs = 60_000;

const causeOf = (details: object): string => {
  const cause = 'errorInstance' in details ? details.errorInstance : null;
  return cause instanceof Error ? cause.message : String(cause);
};

/** Different for each name, so that routes are not all sent the same. */
const offsetOf = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 0);

/**
 * Tries a property.
 * @param name of what is tried, as `npm run fuzz -- --only` takes it
 * @throws Error that has the seed, what is wrong, and the smallest request for which it is
 */
export async function hold<Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  isFine: (value: Value) => Promise<void>,
  { seed, runs, until }: Effort,
): Promise<void> {
  const now = Date.now();
  const left = Math.max(1, (until ?? now + longestMs) - now);
  const property = fc.asyncProperty(values, isFine);
  const details = await fc.check(property, {
    seed: (seed + offsetOf(name)) | 0,
    numRuns: runs,
    interruptAfterTimeLimit: left,
  });
  if (!details.failed || details.counterexample === null) return;
  throw new Error(
    [
      `${name}: ${causeOf(details)}`,
      `The smallest of it: ${fc.stringify(details.counterexample).slice(0, 3000)}`,
      `Again: npm run fuzz -- --seed ${seed} --runs ${runs} --only '${name}', and without --only where it takes what was sent before`,
    ].join('\n'),
  );
}
