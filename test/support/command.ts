import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a command ended, and all that it printed. */
export interface CommandRun {
  readonly failed: boolean;
  readonly told: string;
}

/** Runs a command of the app as its own process, by its file under `server/`. */
export function runCommand(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: '', ...env } };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', path.join(root, 'server', file), ...args],
      options,
      (error, stdout, stderr) => resolve({ failed: error !== null, told: stdout + stderr }),
    );
  });
}
