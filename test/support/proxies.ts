import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeAuthority } from './certificates.js';
import { freePort } from './freePort.js';
import { findProgram } from './program.js';
import { folderFor, startServerProgram } from './serverProgram.js';

/** A proxy with TLS before two instances, with the configuration that the app comes with. */
export interface ShippedProxy {
  readonly url: string;
  /** The certificate of its authority, in PEM. */
  readonly ca: string;
  /** What it wrote to its logs. */
  log(): string;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly port: number;
  /** Where the two instances listen. */
  readonly instances: readonly [number, number];
}

export const proxyKinds = ['nginx', 'haproxy', 'caddy'] as const;

/** How a proxy is started with a shipped file. */
interface Kind {
  readonly file: string;
  find(): Promise<string>;
  /** What is said otherwise here than in the shipped file: ports, folders, and what the version of Debian lacks. */
  changes(
    options: ProxyOptions,
    folder: string,
    ports: readonly number[],
  ): readonly (readonly [string, string])[];
  args(file: string, folder: string): readonly string[];
}

// Its workers run as another account when it is started by root.
const sameAccount = process.getuid?.() === 0 ? 'user root; ' : '';

const kinds: Readonly<Record<(typeof proxyKinds)[number], Kind>> = {
  nginx: {
    file: 'nginx.conf',
    find: () => findProgram('nginx', 'nginx'),
    changes: ({ port, instances }, folder, [plain, own]) => [
      // Node.js gives its children sockets, which have no name to open them by.
      ['error_log /dev/stderr', `error_log ${path.join(folder, 'error.log')}`],
      ['access_log /dev/stdout', `access_log ${path.join(folder, 'access.log')}`],
      ['pid /tmp/nginx.pid;', `pid ${path.join(folder, 'nginx.pid')};`],
      [
        'http {',
        `http {\n${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
          .map((kind) => `${kind}_temp_path ${path.join(folder, kind)};`)
          .join('\n')}`,
      ],
      ['app_one:3000', `127.0.0.1:${instances[0]}`],
      ['app_two:3000', `127.0.0.1:${instances[1]}`],
      ['listen 80 default_server;', `listen 127.0.0.1:${plain} default_server;`],
      ['listen 127.0.0.1:8080;', `listen 127.0.0.1:${own};`],
      // nginx 1.22 knows no `http2 on`.
      ['listen 443 ssl default_server;', `listen 127.0.0.1:${port} ssl http2 default_server;`],
      ['http2 on;', ''],
      ['/etc/nginx/tls/fullchain.pem', path.join(folder, 'fullchain.pem')],
      ['/etc/nginx/tls/privkey.pem', path.join(folder, 'privkey.pem')],
      ['proxy_set_header Host $host;', 'proxy_set_header Host $http_host;'],
    ],
    args: (file, folder) => ['-p', folder, '-c', file, '-g', `${sameAccount}daemon off;`],
  },
  haproxy: {
    file: 'haproxy.cfg',
    find: () => findProgram('haproxy', 'haproxy'),
    changes: ({ port, instances }, folder, [plain]) => [
      // Fewer than a process of the tests may have open.
      ['maxconn 16384', 'maxconn 2000'],
      ['bind :80', `bind 127.0.0.1:${plain}`],
      [
        'bind :443 ssl crt /etc/haproxy/tls/site.pem',
        `bind 127.0.0.1:${port} ssl crt ${path.join(folder, 'site.pem')}`,
      ],
      ['app_one:3000', `127.0.0.1:${instances[0]}`],
      ['app_two:3000', `127.0.0.1:${instances[1]}`],
    ],
    args: (file) => ['-W', '-db', '-f', file],
  },
  caddy: {
    file: 'Caddyfile',
    find: () => findProgram('caddy', 'caddy'),
    changes: ({ port, instances }, folder, [plain]) => [
      ['\tadmin off', `\tadmin off\n\thttp_port ${plain}\n\tauto_https disable_redirects`],
      [
        'app.example.com {',
        `https://127.0.0.1:${port} {\n\ttls ${path.join(folder, 'fullchain.pem')} ${path.join(folder, 'privkey.pem')}`,
      ],
      ['app_one:3000', `127.0.0.1:${instances[0]}`],
      ['app_two:3000', `127.0.0.1:${instances[1]}`],
    ],
    args: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
  },
};

async function makeCertificate(folder: string): Promise<string> {
  const authority = await makeAuthority();
  const { key, cert } = await authority.issue('IP:127.0.0.1');
  const ca = readFileSync(authority.file, 'utf8');
  await authority.remove();
  writeFileSync(path.join(folder, 'privkey.pem'), key);
  writeFileSync(path.join(folder, 'fullchain.pem'), cert);
  writeFileSync(path.join(folder, 'site.pem'), key + cert);
  return ca;
}

/** The shipped file as a test needs it. @throws Error when what is said otherwise is not in it any more */
function configurationOf(
  kind: Kind,
  options: ProxyOptions,
  folder: string,
  ports: readonly number[],
): string {
  const shipped = fileURLToPath(new URL(`../../server/operations/${kind.file}`, import.meta.url));
  return kind.changes(options, folder, ports).reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`the shipped ${kind.file} has no "${from}" any more`);
      return text.replaceAll(from, () => to);
    },
    readFileSync(shipped, 'utf8'),
  );
}

/** @throws Error when the configuration has a fault */
export async function startProxy(
  name: (typeof proxyKinds)[number],
  options: ProxyOptions,
): Promise<ShippedProxy> {
  const kind = kinds[name];
  const program = await kind.find();
  const folder = folderFor(name);
  const ca = await makeCertificate(folder);
  const file = path.join(folder, kind.file);
  writeFileSync(file, configurationOf(kind, options, folder, [await freePort(), await freePort()]));
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const server = await startServerProgram(program, kind.args(file, folder), {
    port: options.port,
    folder,
    env,
  });
  const files = name === 'nginx' ? ['access.log', 'error.log'] : [];
  return {
    url: `https://127.0.0.1:${options.port}`,
    ca,
    log: () => server.told() + files.map((each) => readFileSync(path.join(folder, each), 'utf8')).join(''),
    close: server.close,
  };
}
