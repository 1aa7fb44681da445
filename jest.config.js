import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  // Node.js itself loads the tests and the app, by the loader of tsx, once per worker. Jest's own loader imitates it,
  // reads everything anew for each file, and takes nearly twice as long.
  runner: 'jest-light-runner',
  transform: {},
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Some tests wait for deadlines, and leave their core to others.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  setupFiles: ['<rootDir>/test/support/jestWorker.mjs'],
  testSequencer: '<rootDir>/test/support/jestSequencer.mjs',
  globalSetup: '<rootDir>/test/support/jestSetup.ts',
  globalTeardown: '<rootDir>/test/support/jestTeardown.ts',
  reporters: ['default', '<rootDir>/test/support/jestReporter.mjs'],
};
