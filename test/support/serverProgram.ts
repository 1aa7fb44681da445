import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A server that somebody else wrote, as a program beside the tests. */
export interface ServerProgram {
  /** What it wrote so far. */
  told(): string;
  /** Ends it, and deletes its folder. */
  close(): Promise<void>;
}

export interface ServerProgramOptions {
  /** The port of loopback by which it shows that it is there. */
  readonly port: number;
  /** Where its files are. */
  readonly folder: string;
  /** Its environment; that of the tests when left out. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A folder for the files of a server. @param name of the server */
export const folderFor = (name: string): string =>
  mkdtempSync(path.join(tmpdir(), `connect-accounts-${name}-`));

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answered = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return answered;
}

/**
 * Starts a server, and waits until it takes connections.
 * @throws Error with what it wrote when it ends instead
 */
export async function startServerProgram(
  program: string,
  args: readonly string[],
  { port, folder, env = process.env }: ServerProgramOptions,
): Promise<ServerProgram> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
  const killAtExit = () => child.kill('SIGTERM');
  process.once('exit', killAtExit);
  const ended = once(child, 'exit');
  while (!(await answers(port))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${path.basename(program)} did not start:\n${told}`);
    await pause(20);
  }
  return {
    told: () => told,
    async close() {
      process.removeListener('exit', killAtExit);
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
