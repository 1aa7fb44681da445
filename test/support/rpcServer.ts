import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { ConnectedAccountService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { ConnectionService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import { EventsService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/events/events_pb.js';

export interface RpcHandlers {
  readonly accounts?: Partial<ServiceImpl<typeof ConnectedAccountService>>;
  readonly connections?: Partial<ServiceImpl<typeof ConnectionService>>;
  readonly events?: Partial<ServiceImpl<typeof EventsService>>;
}

export interface RpcServer {
  readonly url: string;
  /** Cuts every connection off, as a crash does. */
  resetConnections(): void;
  close(): Promise<void>;
}

/**
 * A Scalekit of a few hand-written RPCs that asks for no token, for answers that the sandbox never gives.
 */
export async function startRpcServer(handlers: RpcHandlers): Promise<RpcServer> {
  const server = http2.createServer(
    connectNodeAdapter({
      routes(router) {
        if (handlers.accounts) router.service(ConnectedAccountService, handlers.accounts);
        if (handlers.connections) router.service(ConnectionService, handlers.connections);
        if (handlers.events) router.service(EventsService, handlers.events);
      },
    }),
  );
  const sockets = new Set<Socket>();
  server.on('sessionError', () => {});
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address() as AddressInfo;
  const resetConnections = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    resetConnections,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        resetConnections();
      }),
  };
}
