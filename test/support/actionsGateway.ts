import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Code, ConnectError } from '@connectrpc/connect';
import { ScalekitClient } from '@scalekit-sdk/node';
import {
  AuthorizationDetailsSchema,
  OauthTokenSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import {
  readAllPages,
  toAccount,
  toConnection,
  toLink,
  toLoggedEvent,
  toTool,
} from '../../server/scalekit/answers.js';
import {
  checkAuthRequestId,
  checkConnectionName,
  checkIdentifier,
  checkLinkRequest,
} from '../../server/scalekit/callArguments.js';
import { translateError } from '../../server/scalekit/failedTry.js';
import type { AccountKey, ScalekitGateway } from '../../server/scalekit/gateway.js';

/**
 * A gateway on the SDK's `actions` as they come, without a deadline of ours: what the app's own gateway sends, and how
 * it reads the answers, is held against it.
 */
export function createActionsGateway(
  environmentUrl: string,
  clientId: string,
  secret: string,
): ScalekitGateway {
  const { actions, events, tools } = new ScalekitClient(environmentUrl, clientId, secret);
  return {
    listConnections: () =>
      translated(
        'listConnections',
        readAllPages('listConnections', async (page) => {
          const answer = await actions.listConnections({ pageSize: 30, ...page });
          return { rows: answer.connections.map(toConnection), nextPageToken: answer.nextPageToken };
        }),
      ),

    async listConnectedAccounts(identifier) {
      checkIdentifier('listConnectedAccounts', identifier);
      return translated(
        'listConnectedAccounts',
        readAllPages('listConnectedAccounts', async (page) => {
          const answer = await actions.listConnectedAccounts({ identifier, pageSize: 99, ...page });
          return { rows: answer.connectedAccounts.map(toAccount), nextPageToken: answer.nextPageToken };
        }),
      );
    },

    async listAccountsOfConnection(connectionName, pageToken) {
      checkConnectionName('listAccountsOfConnection', connectionName);
      const filter = { connectionName, pageSize: 99, ...(pageToken && { pageToken }) };
      const page = await translated('listAccountsOfConnection', actions.listConnectedAccounts(filter));
      return {
        accounts: page.connectedAccounts.map(toAccount),
        nextPageToken: page.nextPageToken || null,
        total: page.totalSize,
      };
    },

    async createConnectedAccount(key) {
      checkKey('createConnectedAccount', key);
      const details = { case: 'oauthToken' as const, value: create(OauthTokenSchema) };
      const authorizationDetails = create(AuthorizationDetailsSchema, { details });
      const { connectedAccount } = await translated(
        'createConnectedAccount',
        actions.createConnectedAccount({ ...key, authorizationDetails }),
      );
      if (connectedAccount === undefined) throw new Error('no account in the answer');
      return toAccount(connectedAccount);
    },

    async getAuthorizationLink(request) {
      checkLinkRequest('getAuthorizationLink', request);
      const answer = await translated('getAuthorizationLink', actions.getAuthorizationLink(request));
      const link = toLink(answer, environmentUrl);
      if (link === null) throw new Error('the link is neither https nor local');
      return link;
    },

    async verifyConnectedAccountUser(authRequestId, identifier) {
      checkAuthRequestId('verifyConnectedAccountUser', authRequestId);
      checkIdentifier('verifyConnectedAccountUser', identifier);
      const request = { authRequestId, identifier };
      await translated('verifyConnectedAccountUser', actions.verifyConnectedAccountUser(request));
    },

    async deleteConnectedAccount(key) {
      checkKey('deleteConnectedAccount', key);
      await translated('deleteConnectedAccount', actions.deleteConnectedAccount({ ...key }));
    },

    listTools: (provider) =>
      translated(
        'listTools',
        readAllPages('listTools', async (page) => {
          const answer = await tools.listTools({ filter: { provider }, pageSize: 100, ...page });
          return { rows: answer.tools.map(toTool), nextPageToken: answer.nextPageToken };
        }),
      ),

    async listScopedTools({ identifier, connectionName }) {
      const filter = { connectionNames: [connectionName] };
      return translated(
        'listScopedTools',
        readAllPages('listScopedTools', async (page) => {
          const answer = await tools.listScopedTools(identifier, { filter, pageSize: 100, ...page });
          const rows = answer.tools.flatMap(({ tool }) => (tool === undefined ? [] : [toTool(tool)]));
          return { rows, nextPageToken: answer.nextPageToken };
        }),
      );
    },

    async askProvider({ connectionName, identifier, method, path, body }) {
      const parts = new URL(path, 'http://provider');
      const answer = await translated(
        'askProvider',
        actions.request({
          connectionName,
          identifier,
          method,
          path: parts.pathname,
          queryParams: Object.fromEntries(parts.searchParams),
          ...(body !== null && { body: JSON.parse(body) }),
        }),
      );
      return JSON.stringify(answer.data);
    },

    async listEvents({ types, from, until, pageToken }) {
      const filter = {
        eventTypes: [...types],
        ...(from !== null && { startTime: timestampFromMs(from) }),
        ...(until !== null && { endTime: timestampFromMs(until) }),
      };
      const page = await translated(
        'listEvents',
        events.listEventsPaginated(100, pageToken ?? undefined, filter),
      );
      return { events: page.events.map(toLoggedEvent), nextPageToken: page.nextPageToken || null };
    },
  };
}

/** The SDK's exceptions, told as the gateway tells what the same status of gRPC means. */
function translated<Answer>(method: keyof ScalekitGateway, call: Promise<Answer>): Promise<Answer> {
  return call.catch((error: unknown) => {
    throw translateError(method, isServerException(error) ? new ConnectError('', error.grpcStatus) : error);
  });
}

const isServerException = (error: unknown): error is { readonly grpcStatus: Code } =>
  typeof error === 'object' && error !== null && 'grpcStatus' in error;

function checkKey(method: keyof ScalekitGateway, key: AccountKey): void {
  checkConnectionName(method, key.connectionName);
  checkIdentifier(method, key.identifier);
}
