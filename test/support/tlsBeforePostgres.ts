import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { makeAuthority } from './certificates.js';

/** Encryption before a PostgreSQL server without it, with a certificate for `localhost` of an authority of the tests. */
export interface TlsBeforePostgres {
  /** The URL of a database through it. @param host as it is named, `localhost` or `127.0.0.1` */
  url(databaseUrl: string, host: string, query: string): string;
  /** A file with the certificate of the authority. */
  readonly authorities: string;
  close(): Promise<void>;
}

export async function startTlsBeforePostgres(serverUrl: string): Promise<TlsBeforePostgres> {
  const authority = await makeAuthority();
  const secret = await authority.issue('DNS:localhost');
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
    authorities: authority.file,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await authority.remove();
    },
  };
}
