import type { ConnectRouter } from '@connectrpc/connect';
import { ConnectionService } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import type { Environment } from '../environment.js';
import { toListConnection } from './messages.js';
import { defaultPageSize, offsetOf, pageTokensAround } from './pageTokens.js';

/** `ConnectionService`, as far as the SDK's `actions` reach it. */
export function connectionService(environment: Environment) {
  return (router: ConnectRouter) =>
    router.service(ConnectionService, {
      listAppConnections({ pageSize, pageToken, provider, query }) {
        const text = query?.toLowerCase();
        const matching = [...environment.connections.values()].filter(
          (connection) =>
            (provider === undefined || connection.provider === provider) &&
            (text === undefined || `${connection.name}\n${connection.provider}`.toLowerCase().includes(text)),
        );
        const offset = offsetOf(pageToken);
        const limit = pageSize || defaultPageSize;
        return {
          connections: matching.slice(offset, offset + limit).map(toListConnection),
          totalSize: matching.length,
          ...pageTokensAround(offset, limit, matching.length),
        };
      },
    });
}
