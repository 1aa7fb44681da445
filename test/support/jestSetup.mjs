import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { tsImport } from 'tsx/esm/api';

/** The test files that were asked for. */
function wantedFiles({ rootDir, testPathPatterns }) {
  const wanted = testPathPatterns.toExecutor({ rootDir });
  return readdirSync(path.join(rootDir, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join(rootDir, 'test', file))
    .filter((file) => wanted.isMatch(file));
}

const wantsBrowser = (files, { rootDir }) =>
  files.some((file) => file.startsWith(path.join(rootDir, 'test', 'e2e') + path.sep));

/** Tests that need the shared PostgreSQL take their database from one of these. */
const wantsPostgres = (files) =>
  files.some((file) =>
    /databaseKinds|createPostgresDatabase|openTempDatabase\(.postgres/.test(readFileSync(file, 'utf8')),
  );

/**
 * Keeps temporary files in memory where there is room: tests write many small databases, and each write of one waits
 * for the disk.
 */
function useMemory() {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < 2 ** 31) return;
  } catch {
    return;
  }
  const folder = mkdtempSync(path.join(memory, 'connect-accounts-tests-'));
  // The account that runs PostgreSQL has to get through.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));
}

/** A run that is ended from outside goes through its exit all the same, at which what it started ends too. */
function exitOnSignals() {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

/** Makes the tables of the embedded database once for all tests; they get its folder by `TEST_DATA_TEMPLATE`. */
async function makeTables() {
  const { makeTemplate } = await tsImport('./dataFolder.ts', import.meta.url);
  process.env.TEST_DATA_TEMPLATE = await makeTemplate();
}

/** Finds the browser once for all test files; they get it by `CHROMIUM_PATH`. */
async function findBrowser() {
  const { findChromium } = await tsImport('./chromium.ts', import.meta.url);
  process.env.CHROMIUM_PATH = await findChromium();
}

/** Starts one PostgreSQL for all test files, unless `TEST_DATABASE_URL` names one; they get it by that name. */
async function startDatabase() {
  if (process.env.TEST_DATABASE_URL) return;
  const { findPostgres } = await tsImport('./postgres.ts', import.meta.url);
  const { startPostgres } = await tsImport('./postgresServer.ts', import.meta.url);
  globalThis.testPostgres = await startPostgres(await findPostgres());
  process.env.TEST_DATABASE_URL = globalThis.testPostgres.url;
}

export default async function setUp(globalConfig) {
  const files = wantedFiles(globalConfig);
  exitOnSignals();
  useMemory();
  await makeTables();
  // One after the other: both may have to install something.
  if (wantsBrowser(files, globalConfig)) await findBrowser();
  if (wantsPostgres(files)) await startDatabase();
}
