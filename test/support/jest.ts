import { ModernFakeTimers } from '@jest/fake-timers';
import type * as jestGlobals from '@jest/globals';
import { bind } from 'jest-each';

// What a test file takes of jest. The package `@jest/globals` is for jest's own module loader; here Node.js loads the
// tests, as it loads the app, and the runner leaves what it has on the global object.
const globals = globalThis as unknown as typeof jestGlobals;

export const { describe, expect } = globals;

type Work = () => unknown;

/** How long a test may take, in milliseconds: far above what any takes, so that a busy machine fails none. */
const limitMs = 120_000;

// Tests may replace them.
const { setTimeout: setLimit, clearTimeout: clearLimit } = globalThis;

/** Fails what runs now. */
let fail: ((error: unknown) => void) | null = null;

process.on('uncaughtException', (error) => {
  if (fail === null) throw error;
  fail(error);
});

/** Gives work what the runner does not: a time limit, and an end when something throws that nobody waits for. */
const guarded = (work: Work) => async () => {
  let limit: NodeJS.Timeout | undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    fail = reject;
    const error = new Error(`This did not end within ${limitMs / 1000} s.`);
    limit = setLimit(() => reject(error), limitMs);
  });
  try {
    await Promise.race([work(), failure]);
  } finally {
    clearLimit(limit);
    fail = null;
  }
};

const test = (name: string, work: Work) => globals.it(name, guarded(work));

export const it = Object.assign(test, { each: bind(test) as typeof globals.it.each });

/**
 * Says in a test which promises it attacks: it fails when one of them is broken. `npm run docs` reads it where it stands,
 * and lists the tests of each promise in test/promises.md; nothing happens when the test runs.
 * @param _promises the names that the promises have in server/operations/README.md
 */
export const attacks = (..._promises: readonly [string, ...string[]]): void => undefined;

export const beforeAll = (work: Work) => globals.beforeAll(guarded(work));
export const beforeEach = (work: Work) => globals.beforeEach(guarded(work));
export const afterEach = (work: Work) => globals.afterEach(guarded(work));
export const afterAll = (work: Work) => globals.afterAll(guarded(work));

const timers = new ModernFakeTimers({
  config: { fakeTimers: { enableGlobally: false } } as ConstructorParameters<
    typeof ModernFakeTimers
  >[0]['config'],
  global: globalThis,
});

/** The runner's mocks, and fake timers, of which it knows only a part. */
export const jest = {
  fn: globals.jest.fn,
  spyOn: globals.jest.spyOn,
  restoreAllMocks: globals.jest.restoreAllMocks,
  useFakeTimers: timers.useFakeTimers.bind(timers),
  useRealTimers: timers.useRealTimers.bind(timers),
  advanceTimersByTime: timers.advanceTimersByTime.bind(timers),
  advanceTimersByTimeAsync: timers.advanceTimersByTimeAsync.bind(timers),
  getTimerCount: timers.getTimerCount.bind(timers),
};
