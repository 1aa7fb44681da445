import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What finding a program needs of the machine. */
export interface ProgramMachine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  exists(file: string): boolean;
  /** Runs a program to its end. Rejects when it fails or takes longer. */
  run(file: string, args: readonly string[], deadlineMs: number): Promise<void>;
  /** Tells the person at the terminal why it takes longer. */
  say(line: string): void;
}

const minute = 60_000;
const aptGet = '/usr/bin/apt-get';
/** Debian keeps servers here, which is not on everybody's PATH. */
const forServers = ['/usr/sbin', '/usr/local/sbin'];

const thisMachine = (): ProgramMachine => ({
  env: process.env,
  isRoot: process.getuid?.() === 0,
  exists: existsSync,
  run: (file, args, timeout) =>
    new Promise((resolve, reject) => {
      // At run level 1 Debian starts no service that it has just installed.
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
      execFile(file, args, { timeout, env, maxBuffer: 64 * 1024 * 1024 }, (error) =>
        error ? reject(error) : resolve(),
      ).stdin?.end();
    }),
  say: (line) => process.stderr.write(`${line}\n`),
});

/** Thrown when a program is not there; its message says what to do. */
export class NoProgramError extends Error {
  override readonly name = 'NoProgramError';
}

const asked = new Map<string, Promise<string>>();

async function find(machine: ProgramMachine, name: string, debianPackage: string): Promise<string> {
  const onPath = (machine.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const there = () =>
    [...onPath, ...forServers].map((folder) => path.join(folder, name)).find((file) => machine.exists(file));
  const found = there();
  if (found !== undefined) return found;
  if (machine.isRoot && machine.exists(aptGet)) {
    machine.say(`Getting ${name} for the tests from the distribution …`);
    await machine.run(aptGet, ['update'], 2 * minute).catch(() => undefined);
    const args = ['install', '-y', '--no-install-recommends', debianPackage];
    await machine.run(aptGet, args, 5 * minute).catch(() => undefined);
  }
  const installed = there();
  if (installed !== undefined) return installed;
  throw new NoProgramError(
    `A test needs ${name}, and it was not found and could not be installed. On Debian or Ubuntu: ` +
      `sudo apt-get install -y ${debianPackage}. Elsewhere install it, and put it on the PATH.`,
  );
}

/**
 * A program that tests run beside the app: from the PATH; else, as root on Debian, one that is installed now.
 * @throws NoProgramError saying what to do
 */
export function findProgram(
  name: string,
  debianPackage: string,
  machine: ProgramMachine = thisMachine(),
): Promise<string> {
  const finding = asked.get(name) ?? find(machine, name, debianPackage);
  asked.set(name, finding);
  return finding;
}
