import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Thrown when a command does not end well. */
export class CommandFailed extends Error {
  constructor(
    command: readonly string[],
    how: string,
    /** What it printed to stdout. */
    readonly output: string,
  ) {
    super(`\`${command.join(' ')}\` ended with ${how}.`);
  }
}

let current: ChildProcess | null = null;

// Whoever ends this process means what it runs, too, and what that started in turn: npm does not pass it on.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    if (current?.pid !== undefined) process.kill(-current.pid, signal);
    process.exit(128 + constants.signals[signal]);
  });
}

/**
 * Runs a command, whose output is seen as it comes.
 * @returns what it printed to stdout
 * @throws CommandFailed
 */
export function run(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a group of its own, which can be ended whole.
    const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    current = child;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      current = null;
      if (code === 0) resolve(output);
      else reject(new CommandFailed([file, ...args], String(code ?? signal), output));
    });
  });
}
