import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  AuthorizationDetailsSchema,
  CreateConnectedAccountSchema,
  OauthTokenSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import {
  readAllPages,
  toAccount,
  toConnection,
  toLink,
  toLoggedEvent,
  toNamedConnection,
  toTool,
} from './answers.js';
import {
  checkAuthRequestId,
  checkConnectionName,
  checkIdentifier,
  checkLinkRequest,
} from './callArguments.js';
import { type CallSettings, createCalls, DEFAULT_TIMEOUT_MS } from './calls.js';
import { type ConnectionOptions, ScalekitConnection } from './connection.js';
import type { AccountKey, ScalekitGateway } from './gateway.js';
import { ScalekitError, type ScalekitErrorKind } from './scalekitError.js';

type Method = keyof ScalekitGateway;

export type SdkGatewayOptions = CallSettings & Omit<ConnectionOptions, 'timeoutMs'>;

/** The most that the service's descriptors allow; for accounts that is "less than 100". */
const CONNECTIONS_PER_PAGE = 30;
const ACCOUNTS_PER_PAGE = 99;
/** Scalekit cuts a larger page to this. */
const EVENTS_PER_PAGE = 100;
const TOOLS_PER_PAGE = 100;

/**
 * The gateway on Scalekit's services, as the SDK describes them. The messages are those that the SDK's own `actions`
 * send, and a test holds the two against each other. It opens its connection with the first call, and an idle one
 * keeps no process alive.
 * @throws {Error} when the SDK refuses the options
 */
export function createSdkGateway(options: SdkGatewayOptions): ScalekitGateway {
  const { environmentUrl, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const connection = new ScalekitConnection({ ...options, timeoutMs });
  const run = createCalls(connection, options);

  return {
    listConnections: () =>
      run('listConnections', (send) =>
        readAllPages('listConnections', async (page) => {
          const request = { pageSize: CONNECTIONS_PER_PAGE, ...page };
          const answer = await send(({ connections }, call) => connections.listAppConnections(request, call));
          return {
            rows: answer.connections.map((row) => toConnection(toNamedConnection(row))),
            nextPageToken: answer.nextPageToken,
          };
        }),
      ),

    async listConnectedAccounts(identifier) {
      checkIdentifier('listConnectedAccounts', identifier);
      const rows = await run('listConnectedAccounts', (send) =>
        readAllPages('listConnectedAccounts', async (page) => {
          const request = { identifier, pageSize: ACCOUNTS_PER_PAGE, ...page };
          const answer = await send(({ accounts }, call) => accounts.listConnectedAccounts(request, call));
          return { rows: answer.connectedAccounts.map(toAccount), nextPageToken: answer.nextPageToken };
        }),
      );
      return rows.filter((account) => account.identifier === identifier);
    },

    async listAccountsOfConnection(connector, pageToken) {
      checkConnectionName('listAccountsOfConnection', connector);
      const request = { connector, pageSize: ACCOUNTS_PER_PAGE, ...(pageToken && { pageToken }) };
      const page = await run('listAccountsOfConnection', (send) =>
        send(({ accounts }, call) => accounts.listConnectedAccounts(request, call)),
      );
      const rows = page.connectedAccounts.map(toAccount);
      return {
        accounts: rows.filter((account) => account.connectionName === connector),
        nextPageToken: page.nextPageToken || null,
        total: page.totalSize,
      };
    },

    async createConnectedAccount(key) {
      checkKey('createConnectedAccount', key);
      const { connectionName: connector, identifier } = key;
      const request = { connector, identifier, connectedAccount: waitingForAuthorization() };
      return run('createConnectedAccount', async (send) => {
        const answer = await send(({ accounts }, call) => accounts.createConnectedAccount(request, call));
        if (answer.connectedAccount) return toAccount(answer.connectedAccount);
        throw unusable('createConnectedAccount', 'no account in the answer');
      });
    },

    async getAuthorizationLink(request) {
      checkLinkRequest('getAuthorizationLink', request);
      const { connectionName: connector, ...rest } = request;
      return run('getAuthorizationLink', async (send) => {
        const answer = await send(({ accounts }, call) =>
          accounts.getMagicLinkForConnectedAccount({ connector, ...rest }, call),
        );
        const link = toLink(answer, environmentUrl);
        if (link === null) throw unusable('getAuthorizationLink', 'the link is neither https nor local');
        return link;
      });
    },

    async verifyConnectedAccountUser(authRequestId, identifier) {
      checkAuthRequestId('verifyConnectedAccountUser', authRequestId);
      checkIdentifier('verifyConnectedAccountUser', identifier);
      await run('verifyConnectedAccountUser', (send) =>
        send(({ accounts }, call) =>
          accounts.verifyConnectedAccountUser({ authRequestId, identifier }, call),
        ),
      );
    },

    async deleteConnectedAccount(key) {
      checkKey('deleteConnectedAccount', key);
      const { connectionName: connector, identifier } = key;
      await run('deleteConnectedAccount', (send) =>
        send(({ accounts }, call) => accounts.deleteConnectedAccount({ connector, identifier }, call)),
      );
    },

    listTools: (provider) =>
      run('listTools', (send) =>
        readAllPages('listTools', async (page) => {
          const request = { filter: { provider }, pageSize: TOOLS_PER_PAGE, ...page };
          const answer = await send(({ tools }, call) => tools.listTools(request, call));
          return { rows: answer.tools.map(toTool), nextPageToken: answer.nextPageToken };
        }),
      ),

    async listScopedTools(key) {
      checkKey('listScopedTools', key);
      const { identifier, connectionName } = key;
      return run('listScopedTools', (send) =>
        readAllPages('listScopedTools', async (page) => {
          const filter = { connectionNames: [connectionName] };
          const request = { identifier, filter, pageSize: TOOLS_PER_PAGE, ...page };
          const answer = await send(({ tools }, call) => tools.listScopedTools(request, call));
          const rows = answer.tools.flatMap(({ tool }) => (tool === undefined ? [] : [toTool(tool)]));
          return { rows, nextPageToken: answer.nextPageToken };
        }),
      );
    },

    async askProvider(request) {
      checkKey('askProvider', request);
      if (!IN_A_HEADER.test(request.identifier)) {
        throw new ScalekitError('invalid', 'askProvider', { detail: 'no header can carry the identifier' });
      }
      return run('askProvider', async (_send, signal) => {
        const { status, text } = await connection.askProvider(request, signal);
        if (status >= 200 && status < 300) return text;
        throw new ScalekitError(kindOfRefusal(status), 'askProvider', { detail: `HTTP ${status}` });
      });
    },

    async listEvents({ types, from, until, pageToken }) {
      const filter = {
        eventTypes: [...types],
        ...(from !== null && { startTime: timestampFromMs(from) }),
        ...(until !== null && { endTime: timestampFromMs(until) }),
      };
      const request = { pageSize: EVENTS_PER_PAGE, filter, ...(pageToken && { pageToken }) };
      const page = await run('listEvents', (send) =>
        send(({ events }, call) => events.listEventsPaginated(request, call)),
      );
      return { events: page.events.map(toLoggedEvent), nextPageToken: page.nextPageToken || null };
    },
  };
}

/** The proxy takes the identifier in a header, as it is. */
const IN_A_HEADER = /^[\x21-\x7e][\x20-\x7e]*$/;

function kindOfRefusal(status: number): ScalekitErrorKind {
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  return status === 502 || status === 503 || status === 504 ? 'unreachable' : 'unexpected';
}

/** An empty token makes an account that waits for authorization, as the SDK's own get-or-create does it. */
const waitingForAuthorization = () =>
  create(CreateConnectedAccountSchema, {
    authorizationDetails: create(AuthorizationDetailsSchema, {
      details: { case: 'oauthToken', value: create(OauthTokenSchema) },
    }),
  });

function checkKey(method: Method, key: AccountKey): void {
  checkConnectionName(method, key.connectionName);
  checkIdentifier(method, key.identifier);
}

function unusable(method: Method, detail: string): ScalekitError {
  return new ScalekitError('unexpected', method, { detail });
}
