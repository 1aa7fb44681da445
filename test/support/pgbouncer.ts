import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './freePort.js';
import { folderFor, startServerProgram } from './serverProgram.js';

export type PoolMode = 'session' | 'transaction' | 'statement';

/** Debian's PgBouncer before a database. */
export interface PgBouncer {
  /** Of the database, through it. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param program where pgbouncer is
 * @param databaseUrl with user and password
 * @param poolSize how many connections it opens at most
 */
export async function startPgBouncer(
  program: string,
  databaseUrl: string,
  mode: PoolMode,
  poolSize = 30,
): Promise<PgBouncer> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const folder = folderFor('pgbouncer');
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
    `default_pool_size = ${poolSize}`,
    'server_round_robin = 1',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  const isRoot = process.getuid?.() === 0;
  const server = await startServerProgram(program, [...(isRoot ? ['-u', 'nobody'] : []), file], {
    port: ownPort,
    folder,
  });
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(ownPort);
  url.pathname = pathname;
  return {
    url: url.href,
    close: server.close,
  };
}
