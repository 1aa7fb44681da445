import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before instances, as a proxy does, and sends everything to the one that a test chose. */
export interface Front {
  readonly url: string;
  /** The port that the next requests go to. */
  choose(port: number): void;
  /** Takes this off the beginning of every path from now on. */
  cutOff(prefix: string): void;
  /** Headers that it sends along from now on. */
  add(headers: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

export async function startFront(): Promise<Front> {
  let port = 0;
  let cut = '';
  let more: Readonly<Record<string, string>> = {};
  // No connection is kept for later: a request may be on its way while the other end closes it.
  const server = createServer({ keepAliveTimeout: 0 }, (incoming, answer) => {
    const { method = 'GET', url = '/' } = incoming;
    const path = url.startsWith(cut) ? url.slice(cut.length) : url;
    const headers = { ...incoming.headers, ...more };
    const outgoing = forward({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    // The instance died in the middle.
    outgoing.on('error', () => answer.headersSent || answer.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    choose(next) {
      port = next;
    },
    cutOff(prefix) {
      cut = prefix;
    },
    add(headers) {
      more = headers;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
