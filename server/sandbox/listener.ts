import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerOptions } from 'node:http2';
import { createServer as createNetServer, type Socket } from 'node:net';
import { isLoopbackHost, loopbackHosts } from '../kernel/loopback.js';
import { Wire } from './wire.js';

export interface Listener {
  readonly port: number;
  /** Silences all open connections except the control's. @returns how many */
  forgetConnections(): number;
  /** Drops every connection at once and frees the port. */
  close(): Promise<void>;
}

export interface Handlers {
  readonly http: RequestListener;
  readonly http2: NonNullable<Parameters<typeof createHttp2Server>[1]>;
}

const http2Preface = Buffer.from('PRI');

/**
 * Listens on one port for HTTP/1.1 and for HTTP/2 with prior knowledge, as Scalekit's one origin takes both.
 * @throws Error when the host is not this machine's loopback, or the port is taken
 */
export async function listen(host: string, port: number, handlers: Handlers): Promise<Listener> {
  if (!isLoopbackHost(host)) {
    throw new Error(
      `the sandbox listens on ${loopbackHosts.join(', ')} only, not on ${JSON.stringify(host)}`,
    );
  }
  const http = createServer(handlers.http);
  const http2 = createHttp2Server({} satisfies ServerOptions, handlers.http2);
  const wires = new Map<Socket, Wire>();
  const net = createNetServer({ noDelay: true }, (socket) => {
    const wire = new Wire(socket);
    wires.set(socket, wire);
    socket.once('close', () => wires.delete(socket));
    sniff(wire, http, http2);
  });
  await new Promise<void>((resolve, reject) => {
    net.once('error', reject);
    net.listen(port, host, resolve);
  });
  const address = net.address();
  if (address === null || typeof address === 'string') throw new Error('the sandbox has no port');
  const close = () =>
    new Promise<void>((resolve) => {
      net.close(() => resolve());
      for (const socket of wires.keys()) socket.destroy();
    });
  const forgetConnections = () => {
    const forgotten = [...wires.values()].filter((wire) => wire.goSilent());
    return forgotten.length;
  };
  return { port: address.port, forgetConnections, close };
}

/** Waits for the first three bytes, puts them back, and hands the socket to the server of its protocol. */
function sniff(socket: Wire, http: HttpServer, http2: Http2Server): void {
  let seen = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const undecided = seen.length < http2Preface.length && http2Preface.subarray(0, seen.length).equals(seen);
    if (undecided) return;
    socket.off('data', onData);
    socket.pause();
    socket.unshift(seen);
    const isHttp2 = seen.subarray(0, http2Preface.length).equals(http2Preface);
    (isHttp2 ? http2 : http).emit('connection', socket);
    if (!isHttp2) socket.resume();
  };
  socket.on('data', onData);
}
