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
import { type CallRunnerOptions, createCallRunner, DEFAULT_TIMEOUT_MS, type Send } from './callRunner.js';
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
      run('listConnections', (send) =>
        readAllPages('listConnections', async (pageToken) => {
          const paging = { pageSize: CONNECTIONS_PER_PAGE, ...token(pageToken) };
          const page = await send(() => actions.listConnections(paging));
          return { rows: page.connections.map(toConnection), nextPageToken: page.nextPageToken };
        }),
      ),

    async listConnectedAccounts(identifier) {
      checkIdentifier('listConnectedAccounts', identifier);
      const accounts = await run('listConnectedAccounts', (send) =>
        readAllPages('listConnectedAccounts', async (pageToken) => {
          const filter = { identifier, pageSize: ACCOUNTS_PER_PAGE, ...token(pageToken) };
          const page = await send(() => actions.listConnectedAccounts(filter));
          return { rows: page.connectedAccounts.map(toAccount), nextPageToken: page.nextPageToken };
        }),
      );
      return accounts.filter((account) => account.identifier === identifier);
    },

    async listAccountsOfConnection(connectionName, pageToken) {
      checkConnectionName('listAccountsOfConnection', connectionName);
      const page = await run('listAccountsOfConnection', (send) => {
        const filter = { connectionName, pageSize: ACCOUNTS_PER_PAGE, ...token(pageToken ?? undefined) };
        return send(() => actions.listConnectedAccounts(filter));
      });
      const accounts = page.connectedAccounts.map(toAccount);
      return {
        accounts: accounts.filter((account) => account.connectionName === connectionName),
        nextPageToken: page.nextPageToken || null,
        total: page.totalSize,
      };
    },

    async createConnectedAccount(key) {
      checkKey('createConnectedAccount', key);
      return run('createConnectedAccount', (send) => createPending(client, key, send));
    },

    async getAuthorizationLink(request) {
      checkLinkRequest('getAuthorizationLink', request);
      return run('getAuthorizationLink', async (send) => {
        const answer = await send(() => actions.getAuthorizationLink(request));
        const link = toLink(answer, environmentUrl);
        if (link === null) throw unusable('getAuthorizationLink', 'the link is neither https nor local');
        return link;
      });
    },

    async verifyConnectedAccountUser(authRequestId, identifier) {
      checkAuthRequestId('verifyConnectedAccountUser', authRequestId);
      checkIdentifier('verifyConnectedAccountUser', identifier);
      await run('verifyConnectedAccountUser', (send) =>
        send(() => actions.verifyConnectedAccountUser({ authRequestId, identifier })),
      );
    },

    async deleteConnectedAccount(key) {
      checkKey('deleteConnectedAccount', key);
      const { connectionName, identifier } = key;
      await run('deleteConnectedAccount', (send) =>
        send(() => actions.deleteConnectedAccount({ connectionName, identifier })),
      );
    },
  };
}

/** An empty token makes an account that waits for authorization, as the SDK's own get-or-create does it. */
async function createPending(client: ScalekitClient, key: AccountKey, send: Send): Promise<ConnectedAccount> {
  const authorizationDetails = create(AuthorizationDetailsSchema, {
    details: { case: 'oauthToken', value: create(OauthTokenSchema) },
  });
  const { connectionName, identifier } = key;
  const { connectedAccount } = await send(() =>
    client.actions.createConnectedAccount({ connectionName, identifier, authorizationDetails }),
  );
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
