import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { buildApp } from './builtApp.js';
import { findChromium } from './chromium.js';
import { makeTemplate } from './dataFolder.js';
import { findPostgres } from './postgres.js';
import { type PostgresServer, startPostgres } from './postgresServer.js';
import { findProgram } from './program.js';

declare global {
  /** The server that the setup started, for the teardown. */
  var testPostgres: PostgresServer | undefined;
}

/** What this reads of jest's configuration. */
interface GlobalConfig {
  readonly rootDir: string;
  readonly testPathPatterns: {
    toExecutor(options: { rootDir: string }): { isMatch(file: string): boolean };
  };
}

/** The test files that were asked for. */
function wantedFiles({ rootDir, testPathPatterns }: GlobalConfig): string[] {
  const wanted = testPathPatterns.toExecutor({ rootDir });
  return readdirSync(path.join(rootDir, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join(rootDir, 'test', file))
    .filter((file) => wanted.isMatch(file));
}

const wantsBrowser = (files: readonly string[], { rootDir }: GlobalConfig) =>
  files.some((file) => file.startsWith(path.join(rootDir, 'test', 'e2e') + path.sep));

/** The programs that tests run beside the app, with Debian's packages of them. */
const wantedPrograms = (files: readonly string[]) =>
  files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/findProgram\('([\w-]+)', '([\w-]+)'\)/g)]);

/** Tests that start the app or a command of it in a process of its own. */
const wantsBuild = (files: readonly string[]) =>
  files.some((file) => /startInstance|runCommand|builtScript/.test(readFileSync(file, 'utf8')));

/** Tests that need the shared PostgreSQL take their database from one of these. */
const wantsPostgres = (files: readonly string[]) =>
  files.some((file) =>
    /databaseKinds|createPostgresDatabase|openTempDatabase\(.postgres/.test(readFileSync(file, 'utf8')),
  );

/**
 * Keeps temporary files in memory where there is room: tests write many small databases, and each write of one waits
 * for the disk.
 */
function useMemory(): void {
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
function exitOnSignals(): void {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

/** Starts one PostgreSQL for all test files, unless `TEST_DATABASE_URL` names one. */
async function startDatabase(): Promise<void> {
  if (process.env.TEST_DATABASE_URL) return;
  globalThis.testPostgres = await startPostgres(await findPostgres());
  process.env.TEST_DATABASE_URL = globalThis.testPostgres.url;
}

/** Makes once what all test files share. They find it by the environment. */
export default async function setUp(globalConfig: GlobalConfig): Promise<void> {
  const files = wantedFiles(globalConfig);
  exitOnSignals();
  useMemory();
  process.env.TEST_DATA_TEMPLATE = await makeTemplate();
  // One after the other: each may have to install something.
  if (wantsBrowser(files, globalConfig)) process.env.CHROMIUM_PATH = await findChromium();
  if (wantsPostgres(files)) await startDatabase();
  // The tests that need one say themselves when it is not to be had.
  for (const [, name = '', debianPackage = ''] of wantedPrograms(files))
    await findProgram(name, debianPackage).catch(() => undefined);
  if (wantsBuild(files)) process.env.TEST_BUILT_APP = await buildApp();
}
