import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './freePort.js';

export type PoolMode = 'session' | 'transaction' | 'statement';

/** Debian's PgBouncer before a database. */
export interface PgBouncer {
  /** Of the database, through it. */
  readonly url: string;
  close(): Promise<void>;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const [event] = await Promise.race([
    once(socket, 'connect').then(() => ['connect']),
    once(socket, 'error').then(() => ['error']),
  ]).catch(() => ['error']);
  socket.destroy();
  return event === 'connect';
}

/**
 * @param program where pgbouncer is
 * @param databaseUrl with user and password
 */
export async function startPgBouncer(
  program: string,
  databaseUrl: string,
  mode: PoolMode,
): Promise<PgBouncer> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const folder = mkdtempSync(path.join(tmpdir(), 'connect-accounts-pgbouncer-'));
  // It refuses to run as root, and has to read them as somebody else.
  chmodSync(folder, 0o755);
  const ownPort = await freePort();
  const users = path.join(folder, 'users.txt');
  writeFileSync(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  const file = path.join(folder, 'pgbouncer.ini');
  const settings = [
    '[databases]',
    `* = host=${hostname} port=${port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${ownPort}`,
    'unix_socket_dir =',
    'auth_type = plain',
    `auth_file = ${users}`,
    `pool_mode = ${mode}`,
    'default_pool_size = 30',
    'server_round_robin = 1',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  const isRoot = process.getuid?.() === 0;
  const child = spawn(program, [...(isRoot ? ['-u', 'nobody'] : []), file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    told = (told + chunk.toString()).slice(-4000);
  });
  const killAtExit = () => child.kill('SIGTERM');
  process.once('exit', killAtExit);
  const ended = once(child, 'exit');
  while (!(await answers(ownPort))) {
    if (child.exitCode !== null) throw new Error(`pgbouncer did not start:\n${told}`);
    await pause(20);
  }
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(ownPort);
  url.pathname = pathname;
  return {
    url: url.href,
    async close() {
      process.removeListener('exit', killAtExit);
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
