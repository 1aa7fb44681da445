import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './freePort.js';

/** A PostgreSQL server of the tests' own, on loopback, in a folder of its own. */
export interface PostgresServer {
  /** Of a user who may do everything. */
  readonly url: string;
  /**
   * Stops the server and leaves its data.
   * @param how `fast` tells its clients, `crash` drops them and recovers at the next start
   */
  pause(how: 'fast' | 'crash'): Promise<void>;
  /** Starts it again, where it was. */
  resume(): Promise<void>;
  /** Stops the server and deletes its folder. */
  close(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The server refuses to run as root: who it runs as then. */
function accountForServer(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it');
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // What a crash of the machine would cost is of no matter here. A crash of the server alone loses nothing.
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '64MB',
};

/** @returns the settings that go with it */
function writeCertificate(folder: string, { key, cert }: Certificate, account: Account | null) {
  const [keyFile, certFile] = [path.join(folder, 'server.key'), path.join(folder, 'server.crt')];
  for (const [file, text] of [
    [keyFile, key],
    [certFile, cert],
  ] as const) {
    writeFileSync(file, text, { mode: 0o600 });
    if (account !== null) chownSync(file, account.uid, account.gid);
  }
  return { ssl: 'on', ssl_key_file: keyFile, ssl_cert_file: certFile };
}

function started(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
  });
}

/** What the server needs to encrypt by itself. */
interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * Makes and starts a server. It sorts text as a language does, as most servers in production do and SQLite does not.
 * @param folderOfPrograms where `initdb` and `postgres` are
 * @param certificate with which it encrypts; it does not when left out
 */
export async function startPostgres(
  folderOfPrograms: string,
  certificate: Certificate | null = null,
): Promise<PostgresServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'connect-accounts-postgres-'));
  const data = path.join(folder, 'data');
  const passwordFile = path.join(folder, 'password');
  const password = randomBytes(16).toString('hex');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const account = accountForServer();
  if (account !== null) for (const file of [folder, passwordFile]) chownSync(file, account.uid, account.gid);
  const as = { cwd: folder, ...account };
  const initdb = ['-D', data, '-U', 'tests', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'];
  const sorting = [
    '--locale=C',
    '--locale-provider=icu',
    '--icu-locale=en-US',
    '--no-sync',
    '--no-instructions',
  ];
  execFileSync(path.join(folderOfPrograms, 'initdb'), [...initdb, ...sorting], { ...as, stdio: 'pipe' });
  const encryption = certificate === null ? {} : writeCertificate(folder, certificate, account);
  const port = await freePort();
  let server: ChildProcess | null = null;
  const killAtExit = () => server?.kill('SIGQUIT');
  // Before the folder that it is in is deleted.
  process.prependOnceListener('exit', killAtExit);

  async function resume(): Promise<void> {
    const options = Object.entries({ ...settings, ...encryption, port }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const programme = path.join(folderOfPrograms, 'postgres');
    server = spawn(programme, ['-D', data, ...options], { ...as, stdio: ['ignore', 'ignore', 'pipe'] });
    await started(server);
  }

  async function pause(how: 'fast' | 'crash'): Promise<void> {
    const running = server;
    server = null;
    if (running === null || running.exitCode !== null) return;
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exited;
  }

  async function close(): Promise<void> {
    await pause('crash');
    process.off('exit', killAtExit);
    rmSync(folder, { recursive: true, force: true });
  }

  await resume().catch(async (error) => {
    await close();
    throw error;
  });
  return { url: `postgres://tests:${password}@127.0.0.1:${port}/postgres`, pause, resume, close };
}
