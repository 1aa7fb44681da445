import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './freePort.js';

/** nginx before two instances, with the configuration that the app comes with. */
export interface Nginx {
  readonly url: string;
  /** The certificate of its authority, in PEM. */
  readonly ca: string;
  /** What it wrote to its logs. */
  log(): string;
  close(): Promise<void>;
}

export interface NginxOptions {
  /** nginx's program, and openssl's. */
  readonly programs: { readonly nginx: string; readonly openssl: string };
  readonly port: number;
  /** Where the two instances listen. */
  readonly instances: readonly [number, number];
}

const shipped = fileURLToPath(new URL('../../server/operations/nginx.conf', import.meta.url));

/** The shipped file with the ports and folders of a test, in the words of nginx 1.22, which knows no `http2 on`. */
function configurationFor(
  { port, instances }: NginxOptions,
  ports: readonly number[],
  folder: string,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${path.join(folder, kind)};`,
  );
  const changes: readonly [string, string][] = [
    // Node.js gives its children sockets, which have no name to open them by.
    ['error_log /dev/stderr', `error_log ${path.join(folder, 'error.log')}`],
    ['access_log /dev/stdout', `access_log ${path.join(folder, 'access.log')}`],
    ['pid /tmp/nginx.pid;', `pid ${path.join(folder, 'nginx.pid')};`],
    ['http {', `http {\n${temporary.join('\n')}`],
    ['app_one:3000', `127.0.0.1:${instances[0]}`],
    ['app_two:3000', `127.0.0.1:${instances[1]}`],
    ['listen 80 default_server;', `listen 127.0.0.1:${ports[0]} default_server;`],
    ['listen 127.0.0.1:8080;', `listen 127.0.0.1:${ports[1]};`],
    ['listen 443 ssl default_server;', `listen 127.0.0.1:${port} ssl http2 default_server;`],
    ['http2 on;', ''],
    ['/etc/nginx/tls/fullchain.pem', path.join(folder, 'fullchain.pem')],
    ['/etc/nginx/tls/privkey.pem', path.join(folder, 'privkey.pem')],
    ['proxy_set_header Host $host;', 'proxy_set_header Host $http_host;'],
  ];
  return changes.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`the shipped nginx.conf has no "${from}" any more`);
      return text.replace(from, () => to);
    },
    readFileSync(shipped, 'utf8'),
  );
}

function makeCertificate(openssl: string, folder: string): void {
  const files = ['-keyout', path.join(folder, 'privkey.pem'), '-out', path.join(folder, 'fullchain.pem')];
  const whose = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(openssl, ['req', ...kind, ...whose, ...files], { stdio: 'pipe' });
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const answered = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answered) return;
    await pause(20);
  }
}

/** @throws Error when the configuration has a fault */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = mkdtempSync(path.join(tmpdir(), 'connect-accounts-nginx-'));
  makeCertificate(options.programs.openssl, folder);
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, configurationFor(options, [await freePort(), await freePort()], folder));
  // Its workers run as another account when it is started by root.
  const account = process.getuid?.() === 0 ? 'user root; ' : '';
  const args = ['-p', folder, '-c', file, '-g', `${account}daemon off;`];
  const child = spawn(options.programs.nginx, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let faults = '';
  child.stderr.on('data', (chunk: Buffer) => {
    faults += chunk.toString();
  });
  const killAtExit = () => child.kill('SIGTERM');
  process.once('exit', killAtExit);
  const url = `https://127.0.0.1:${options.port}`;
  const ended = once(child, 'exit');
  const first = await Promise.race([ended, listening(options.port)]);
  if (first !== undefined) throw new Error(`nginx did not start:\n${faults}`);
  return {
    url,
    ca: readFileSync(path.join(folder, 'fullchain.pem'), 'utf8'),
    log: () =>
      ['access.log', 'error.log'].map((name) => readFileSync(path.join(folder, name), 'utf8')).join(''),
    async close() {
      process.removeListener('exit', killAtExit);
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
