import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** Stands before a server as a network does, which a test can break. */
export interface TcpFront {
  readonly port: number;
  /**
   * - `refuse`: connections are ended, and new ones as well.
   * - `swallow`: connections stay and nothing comes through any more; new ones likewise.
   */
  cut(how: 'refuse' | 'swallow'): void;
  /** New connections come through again; those that were cut never do. */
  mend(): void;
  close(): Promise<void>;
}

/** @param port where the server listens, on loopback */
export async function startTcpFront(port: number): Promise<TcpFront> {
  const sockets = new Set<Socket>();
  let broken: 'refuse' | 'swallow' | null = null;

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  }

  const server = createServer((inner) => {
    keep(inner);
    if (broken === 'refuse') return void inner.resetAndDestroy();
    if (broken === 'swallow') return;
    const outer = connect(port, '127.0.0.1');
    keep(outer);
    inner.pipe(outer).pipe(inner);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut(how) {
      broken = how;
      for (const socket of sockets) {
        if (how === 'refuse') socket.resetAndDestroy();
        else socket.unpipe().pause();
      }
    },
    mend() {
      broken = null;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
