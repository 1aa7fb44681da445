/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.m?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' },
    ],
  },
  // The SDK is CommonJS and requires jose, which ships as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  setupFiles: ['<rootDir>/test/support/loadJose.cjs'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Far above what any test takes, so that a busy machine fails none.
  testTimeout: 120_000,
  workerGracefulExitTimeout: 30_000,
  // Left to itself jest keeps one core free, which on a machine with two is half of it.
  maxWorkers: '100%',
  // A worker keeps much of what each file loaded. Beginning anew costs less than tidying up more than this.
  workerIdleMemoryLimit: '400MB',
  testSequencer: '<rootDir>/test/support/jestSequencer.mjs',
  globalSetup: '<rootDir>/test/support/jestSetup.mjs',
  globalTeardown: '<rootDir>/test/support/jestTeardown.mjs',
  reporters: ['default', '<rootDir>/test/support/jestSetupReporter.mjs'],
};
