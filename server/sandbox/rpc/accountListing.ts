import type {
  ListConnectedAccountsRequest,
  SearchConnectedAccountsRequest,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import type { AccountFilter } from '../accountStore.js';
import type { Environment } from '../environment.js';
import type { Account } from '../model.js';
import { toSummary } from './messages.js';
import { defaultPageSize, offsetOf, pageTokensAround } from './pageTokens.js';

/** Answers a listing. A blank identifier narrows nothing: everyone's accounts are listed, as in production. */
export function listAccounts(environment: Environment, request: ListConnectedAccountsRequest) {
  const names = request.connector ? [request.connector] : request.connectionNames;
  const tests = [
    request.organizationId && ((account: Account) => account.organizationId === request.organizationId),
    request.userId && ((account: Account) => account.userId === request.userId),
    request.query && textMatch(environment, request.query),
  ].filter((test) => typeof test === 'function');
  const connectionNames = connectionsOf(environment, names, request.provider);
  return page(environment, request, {
    ...(request.identifier?.trim() && { identifier: request.identifier }),
    ...(connectionNames && { connectionNames }),
    ...(tests.length > 0 && { matches: (account) => tests.every((test) => test(account)) }),
  });
}

/** Answers a text search over everyone's accounts. */
export function searchAccounts(environment: Environment, request: SearchConnectedAccountsRequest) {
  const { connectionId } = request;
  const connections = [...environment.connections.values()].filter(({ id }) => id === connectionId);
  return page(environment, request, {
    ...(connectionId && { connectionNames: connections.map(({ name }) => name) }),
    matches: textMatch(environment, request.query),
  });
}

/** The connections that match the names and the provider, or undefined when the request names neither. */
function connectionsOf(environment: Environment, names: readonly string[], provider: string) {
  if (provider === '') return names.length > 0 ? names : undefined;
  const ofProvider = [...environment.connections.values()]
    .filter((connection) => connection.provider === provider)
    .map(({ name }) => name);
  return names.length > 0 ? ofProvider.filter((name) => names.includes(name)) : ofProvider;
}

function textMatch({ connections }: Environment, query: string): (account: Account) => boolean {
  const text = query.toLowerCase();
  const named = new Set(
    [...connections.values()]
      .filter(({ name, provider }) => `${name}\n${provider}`.toLowerCase().includes(text))
      .map(({ name }) => name),
  );
  return ({ connectionName, identifier }) =>
    named.has(connectionName) || identifier.toLowerCase().includes(text);
}

function page(
  { accounts, connections }: Environment,
  { pageSize, pageToken }: { pageSize: number; pageToken: string },
  filter: AccountFilter,
) {
  const offset = offsetOf(pageToken);
  const limit = pageSize || defaultPageSize;
  const { rows, totalSize } = accounts.list(filter, offset, limit);
  return {
    connectedAccounts: rows.map((account) => toSummary(account, connections.get(account.connectionName))),
    totalSize,
    ...pageTokensAround(offset, limit, totalSize),
  };
}
