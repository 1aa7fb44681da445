import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { findProgram } from './program.js';

/** Encryption before a PostgreSQL server without it, with a certificate for `localhost` that it signed itself. */
export interface TlsBeforePostgres {
  /** The URL of a database through it. @param host as it is named, `localhost` or `127.0.0.1` */
  url(databaseUrl: string, host: string, query: string): string;
  /** A file with its certificate. */
  readonly certificate: string;
  close(): Promise<void>;
}

export async function startTlsBeforePostgres(serverUrl: string): Promise<TlsBeforePostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'connect-accounts-tls-'));
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
  const whose = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const openssl = await findProgram('openssl', 'openssl');
  execFileSync(openssl, ['req', ...kind, ...whose, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  const secret = { key: readFileSync(key), cert: readFileSync(certificate) };
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // A client asks for encryption first, and begins with it once the server has said S (PostgreSQL, 55.2.11).
    socket.once('data', () => {
      socket.write('S');
      const secure = new TLSSocket(socket, { isServer: true, ...secret });
      const behind = connect(Number(port), hostname);
      for (const each of [secure, behind]) {
        each.on('error', () => undefined);
        each.on('close', () => {
          secure.destroy();
          behind.destroy();
        });
      }
      secure.pipe(behind).pipe(secure);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, () => resolve());
  });
  return {
    url(databaseUrl, host, query) {
      const url = new URL(databaseUrl);
      url.hostname = host;
      url.port = String((server.address() as AddressInfo).port);
      url.search = query;
      return url.href;
    },
    certificate,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
