import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** What finding PostgreSQL needs of the machine. */
export interface PostgresMachine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  exists(file: string): boolean;
  /** The names in a folder; none when it is not there. */
  list(folder: string): readonly string[];
  /** Runs a program to its end, and gives what it wrote. Rejects when it fails or takes longer. */
  run(file: string, args: readonly string[], deadlineMs: number): Promise<string>;
  /** Tells the person at the terminal why it takes longer. */
  say(line: string): void;
}

const minute = 60_000;
const oldestVersion = 15;
/** Where Debian puts one folder for each version; its programs are not on the PATH. */
const versionsFolder = '/usr/lib/postgresql';
const aptGet = '/usr/bin/apt-get';

const whatToDo = [
  `The tests of the stores need PostgreSQL ${oldestVersion} or newer, and none was found or could be installed.`,
  'Do one of these:',
  '  - on Debian or Ubuntu:  sudo apt-get install -y postgresql',
  '  - elsewhere:            install it, and put its initdb and postgres on the PATH',
  '  - or name a server:     TEST_DATABASE_URL=postgres://user:password@host:port/database npm test',
  '                          (its user must be allowed to make databases)',
].join('\n');

/** Thrown when there is no PostgreSQL; its message says what to do. */
export class NoPostgresError extends Error {
  override readonly name = 'NoPostgresError';
}

const thisMachine = (): PostgresMachine => ({
  env: process.env,
  isRoot: process.getuid?.() === 0,
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
  run: (file, args, timeout) =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      execFile(file, args, { timeout, env, maxBuffer: 64 * 1024 * 1024 }, (error, output) =>
        error ? reject(error) : resolve(output),
      ).stdin?.end();
    }),
  say: (line) => process.stderr.write(`${line}\n`),
});

/** Whether a folder has a server that starts and is new enough. */
async function serves(machine: PostgresMachine, folder: string): Promise<boolean> {
  const [initdb, postgres] = [path.join(folder, 'initdb'), path.join(folder, 'postgres')];
  if (!machine.exists(initdb) || !machine.exists(postgres)) return false;
  const version = await machine.run(postgres, ['--version'], 20_000).catch(() => '');
  return Number(/\d+/.exec(version)?.[0] ?? 0) >= oldestVersion;
}

async function firstThatServes(machine: PostgresMachine): Promise<string | null> {
  const versions = [...machine.list(versionsFolder)].sort((one, other) => Number(other) - Number(one));
  const onPath = (machine.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const folders = [...versions.map((version) => path.join(versionsFolder, version, 'bin')), ...onPath];
  for (const folder of folders) {
    if (await serves(machine, folder)) return folder;
  }
  return null;
}

async function installWithApt(machine: PostgresMachine): Promise<void> {
  if (!machine.isRoot || !machine.exists(aptGet)) return;
  machine.say('Getting PostgreSQL for the tests of the stores from the distribution …');
  await machine.run(aptGet, ['update'], 2 * minute).catch(() => '');
  const packages = ['install', '-y', '--no-install-recommends', 'postgresql'];
  await machine.run(aptGet, packages, 5 * minute).catch(() => '');
}

/**
 * The folder of PostgreSQL's programs: the distribution's newest, or the PATH's; else, as root on Debian, one that
 * is installed now.
 * @throws NoPostgresError saying what to do
 */
export async function findPostgres(machine: PostgresMachine = thisMachine()): Promise<string> {
  const found = await firstThatServes(machine);
  if (found !== null) return found;
  await installWithApt(machine);
  const installed = await firstThatServes(machine);
  if (installed !== null) return installed;
  throw new NoPostgresError(whatToDo);
}
