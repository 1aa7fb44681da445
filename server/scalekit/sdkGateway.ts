import { create } from '@bufbuild/protobuf';
import { ScalekitClient } from '@scalekit-sdk/node';
import {
  AuthorizationDetailsSchema,
  OauthTokenSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import {
  checkAuthRequestId,
  checkConnectionName,
  checkIdentifier,
  checkLinkRequest,
} from './callArguments.js';
import { type CallRunnerOptions, createCallRunner, DEFAULT_TIMEOUT_MS } from './callRunner.js';
import type { AccountKey, ConnectedAccount, ScalekitGateway } from './gateway.js';
import { readAllPages } from './pages.js';
import { ScalekitError } from './scalekitError.js';
import { toAccount, toConnection, toLink } from './translateAnswer.js';

type Method = keyof ScalekitGateway;

export interface SdkGatewayOptions extends CallRunnerOptions {
  readonly environmentUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The most that the service's descriptors allow; for accounts that is "less than 100". */
const CONNECTIONS_PER_PAGE = 30;
const ACCOUNTS_PER_PAGE = 99;

/**
 * The gateway on Scalekit's SDK, the only place that holds the SDK's client. It opens its connection with the
 * first call, and an idle one keeps no process alive.
 * @throws {Error} when the SDK refuses the options, or is built differently from what this relies on
 */
export function createSdkGateway(options: SdkGatewayOptions): ScalekitGateway {
  const { environmentUrl, clientId, clientSecret, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const client = new ScalekitClient(environmentUrl, clientId, clientSecret, { timeoutMs });
  const { actions } = client;
  const run = createCallRunner(client, options);

  return {
    listConnections: () =>
      run('listConnections', () =>
        readAllPages('listConnections', async (pageToken) => {
          const page = await actions.listConnections({ pageSize: CONNECTIONS_PER_PAGE, ...token(pageToken) });
          return { rows: page.connections.map(toConnection), nextPageToken: page.nextPageToken };
        }),
      ),

    async listConnectedAccounts(identifier) {
      checkIdentifier('listConnectedAccounts', identifier);
      const accounts = await run('listConnectedAccounts', () =>
        readAllPages('listConnectedAccounts', async (pageToken) => {
          const filter = { identifier, pageSize: ACCOUNTS_PER_PAGE, ...token(pageToken) };
          const page = await actions.listConnectedAccounts(filter);
          return { rows: page.connectedAccounts.map(toAccount), nextPageToken: page.nextPageToken };
        }),
      );
      return accounts.filter((account) => account.identifier === identifier);
    },

    async createConnectedAccount(key) {
      checkKey('createConnectedAccount', key);
      return run('createConnectedAccount', () => createPending(client, key));
    },

    async getAuthorizationLink(request) {
      checkLinkRequest('getAuthorizationLink', request);
      return run('getAuthorizationLink', async () => {
        const link = toLink(await actions.getAuthorizationLink(request), environmentUrl);
        if (link === null) throw unusable('getAuthorizationLink', 'the link is neither https nor local');
        return link;
      });
    },

    async verifyConnectedAccountUser(authRequestId, identifier) {
      checkAuthRequestId('verifyConnectedAccountUser', authRequestId);
      checkIdentifier('verifyConnectedAccountUser', identifier);
      await run('verifyConnectedAccountUser', () =>
        actions.verifyConnectedAccountUser({ authRequestId, identifier }),
      );
    },

    async deleteConnectedAccount(key) {
      checkKey('deleteConnectedAccount', key);
      await run('deleteConnectedAccount', () =>
        actions.deleteConnectedAccount({ connectionName: key.connectionName, identifier: key.identifier }),
      );
    },
  };
}

/** An empty token makes an account that waits for authorization, as the SDK's own get-or-create does it. */
async function createPending(client: ScalekitClient, key: AccountKey): Promise<ConnectedAccount> {
  const { connectedAccount } = await client.actions.createConnectedAccount({
    connectionName: key.connectionName,
    identifier: key.identifier,
    authorizationDetails: create(AuthorizationDetailsSchema, {
      details: { case: 'oauthToken', value: create(OauthTokenSchema) },
    }),
  });
  if (connectedAccount === undefined) throw unusable('createConnectedAccount', 'no account in the answer');
  return toAccount(connectedAccount);
}

function checkKey(method: Method, key: AccountKey): void {
  checkConnectionName(method, key.connectionName);
  checkIdentifier(method, key.identifier);
}

function token(pageToken: string | undefined): { pageToken?: string } {
  return pageToken === undefined ? {} : { pageToken };
}

function unusable(method: Method, detail: string): ScalekitError {
  return new ScalekitError('unexpected', method, { detail });
}
