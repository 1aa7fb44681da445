import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type ConnectedAccount,
  type ConnectedAccountForList,
  ConnectedAccountForListSchema,
  ConnectedAccountSchema,
  ConnectorStatus,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import {
  ConnectionStatus,
  type ListConnection,
  ListConnectionSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import { typesOfConnections } from '../connectionTypes.js';
import { emptyCredentials } from '../hosted/credentials.js';
import type { Account, Connection } from '../model.js';

function commonFields(account: Account, connection: Connection | undefined) {
  const { tokenExpiresAt, lastUsedAt } = account;
  return {
    id: account.id,
    identifier: account.identifier,
    connector: account.connectionName,
    connectionId: connection?.id ?? '',
    provider: connection?.provider ?? '',
    status: ConnectorStatus[account.status],
    ...(connection && { authorizationType: typesOfConnections[connection.type].ofAccounts }),
    updatedAt: timestampFromMs(account.updatedAt),
    ...(tokenExpiresAt !== null && { tokenExpiresAt: timestampFromMs(tokenExpiresAt) }),
    ...(lastUsedAt !== null && { lastUsedAt: timestampFromMs(lastUsedAt) }),
  };
}

/** An account as a listing answers it: without credentials. */
export function toSummary(account: Account, connection: Connection | undefined): ConnectedAccountForList {
  return create(ConnectedAccountForListSchema, commonFields(account, connection));
}

/** An account with everything but its credentials. */
export function toDetails(account: Account, connection: Connection | undefined): ConnectedAccount {
  return create(ConnectedAccountSchema, {
    ...commonFields(account, connection),
    ...(account.apiConfig && { apiConfig: account.apiConfig }),
  });
}

/** An account with its credentials. */
export function toAccountWithCredentials(
  account: Account,
  connection: Connection | undefined,
): ConnectedAccount {
  const message = toDetails(account, connection);
  // Those of an account without any are empty, of the kind that its connection has.
  message.authorizationDetails = account.authorization ?? emptyCredentials(connection);
  return message;
}

export function toListConnection(connection: Connection): ListConnection {
  return create(ListConnectionSchema, {
    id: connection.id,
    type: typesOfConnections[connection.type].wire,
    status: connection.configured ? ConnectionStatus.COMPLETED : ConnectionStatus.DRAFT,
    enabled: connection.enabled,
    providerKey: connection.provider,
    keyId: connection.name,
    createdAt: timestampFromMs(connection.createdAt),
  });
}
