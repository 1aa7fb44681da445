import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** Stands before instances, as a proxy does, and sends everything to those that a test chose. */
export interface Front {
  readonly url: string;
  /** The ports that the next requests go to, in turn. One that takes no connection is passed over. */
  choose(...ports: readonly number[]): void;
  /** Takes this off the beginning of every path from now on. */
  cutOff(prefix: string): void;
  /** Headers that it sends along from now on. */
  add(headers: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

const connected = (port: number): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });

export async function startFront(): Promise<Front> {
  let chosen: readonly number[] = [];
  let turn = 0;
  let cut = '';
  let more: Readonly<Record<string, string>> = {};

  /** A connection to the instance whose turn it is, or else to another; null when none takes it. */
  async function reach(): Promise<Socket | null> {
    const from = turn;
    turn += 1;
    for (const index of chosen.keys()) {
      const socket = await connected(chosen[(from + index) % chosen.length] ?? 0);
      if (socket !== null) return socket;
    }
    return null;
  }

  // No connection is kept for later: a request may be on its way while the other end closes it.
  const server = createServer({ keepAliveTimeout: 0 }, async (incoming, answer) => {
    const socket = await reach();
    if (socket === null) return void answer.writeHead(502).end();
    if (answer.closed) return void socket.destroy();
    const { method = 'GET', url = '/' } = incoming;
    const path = url.startsWith(cut) ? url.slice(cut.length) : url;
    const headers = { ...incoming.headers, ...more };
    const outgoing = forward({ createConnection: () => socket, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      response.on('error', () => answer.destroy());
    });
    // The instance died in the middle.
    outgoing.on('error', () => answer.headersSent || answer.writeHead(502).end());
    // Who leaves an answer without end leaves it at the instance as well.
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    choose(...ports) {
      chosen = ports;
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
