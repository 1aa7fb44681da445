import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandDef } from 'citty';
import { perform } from '../../server/commands/commandLine.js';
import { builtScript } from './builtApp.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a command ended, and all that it printed. */
export interface CommandRun {
  readonly failed: boolean;
  readonly told: string;
}

/** Runs a command of the app as its own process. */
export function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: '', ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [builtScript('commands/cli.js'), ...args], options, (error, stdout, stderr) =>
      resolve({ failed: error !== null, told: stdout + stderr }),
    );
  });
}

/** What a command prints that is made by a test, with its own peers. */
export async function printedBy(command: CommandDef, args: readonly string[]): Promise<string> {
  let printed = '';
  for await (const piece of perform(command, args)) printed += piece;
  return printed;
}
