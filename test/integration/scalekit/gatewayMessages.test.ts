import { create, toJson } from '@bufbuild/protobuf';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import {
  ConnectedAccountService,
  CreateConnectedAccountResponseSchema,
  DeleteConnectedAccountResponseSchema,
  GetMagicLinkForConnectedAccountResponseSchema,
  ListConnectedAccountsResponseSchema,
  VerifyConnectedAccountUserResponseSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import {
  ConnectionService,
  ListAppConnectionsResponseSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import {
  EventsService,
  ListEventsPaginatedResponseSchema,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/events/events_pb.js';
import type { ScalekitGateway } from '../../../server/scalekit/gateway.js';
import { createSdkGateway } from '../../../server/scalekit/sdkGateway.js';
import { createActionsGateway } from '../../support/actionsGateway.js';
import { describe, expect, it } from '../../support/jest.js';
import { type RpcHandlers, startRpcServer } from '../../support/rpcServer.js';

interface Sent {
  readonly method: string;
  readonly message: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

const methods = { ...ConnectedAccountService.method, ...ConnectionService.method, ...EventsService.method };

/** A Scalekit that writes down what it is sent. */
async function record(
  work: (gateway: ScalekitGateway) => Promise<void>,
  of: (url: string) => ScalekitGateway,
) {
  const sent: Sent[] = [];
  function note<Answer>(method: keyof typeof methods, answer: Answer) {
    return (message: object, { requestHeader }: HandlerContext): Answer => {
      const { input, name } = methods[method];
      // The deadline is ours to choose, and the host is the port of this server.
      const { 'grpc-timeout': _timeout, ...headers } = Object.fromEntries(requestHeader);
      sent.push({ method: name, message: toJson(input, message as never), headers });
      return answer;
    };
  }
  const link = create(GetMagicLinkForConnectedAccountResponseSchema, {
    link: 'https://acme.scalekit.com/m/1',
  });
  const account = { id: 'ca_1', connector: 'gmail', identifier: 'maria' };
  let pages = 0;
  const handlers: RpcHandlers = {
    connections: {
      listAppConnections: note('listAppConnections', create(ListAppConnectionsResponseSchema)),
    },
    events: {
      listEventsPaginated: note('listEventsPaginated', create(ListEventsPaginatedResponseSchema)),
    },
    accounts: {
      listConnectedAccounts: (message, context) => {
        pages += 1;
        const answer = create(ListConnectedAccountsResponseSchema, {
          nextPageToken: pages === 1 ? '99' : '',
        });
        return note('listConnectedAccounts', answer)(message, context);
      },
      createConnectedAccount: note(
        'createConnectedAccount',
        create(CreateConnectedAccountResponseSchema, { connectedAccount: account }),
      ),
      getMagicLinkForConnectedAccount: note('getMagicLinkForConnectedAccount', link),
      verifyConnectedAccountUser: note(
        'verifyConnectedAccountUser',
        create(VerifyConnectedAccountUserResponseSchema),
      ),
      deleteConnectedAccount: note('deleteConnectedAccount', create(DeleteConnectedAccountResponseSchema)),
    },
  };
  const server = await startRpcServer(handlers);
  try {
    await work(of(server.url));
  } finally {
    await server.close();
  }
  return sent;
}

const key = { connectionName: 'slack-prod', identifier: 'maria@example.com' };

async function callEverything(gateway: ScalekitGateway): Promise<void> {
  await gateway.listConnections();
  await gateway.listConnectedAccounts(key.identifier);
  await gateway.listAccountsOfConnection(key.connectionName, null);
  await gateway.listAccountsOfConnection(key.connectionName, '198');
  await gateway.createConnectedAccount(key);
  await gateway.getAuthorizationLink(key);
  await gateway.getAuthorizationLink({
    ...key,
    userVerifyUrl: 'https://app.example/verify',
    state: 'the-state',
  });
  await gateway.verifyConnectedAccountUser('auth-request', key.identifier);
  await gateway.deleteConnectedAccount(key);
  const types = ['connected_account.status_updated'];
  await gateway.listEvents({ types, from: null, until: null, pageToken: null });
  await gateway.listEvents({ types, from: 1_790_000_000_123, until: 1_790_000_100_000, pageToken: 'older' });
}

describe('what the gateway sends', () => {
  it('are the messages and headers that the SDK’s own actions send', async () => {
    const ours = await record(callEverything, (environmentUrl) =>
      createSdkGateway({ environmentUrl, clientId: 'id', clientSecret: 'secret', timeoutMs: 30_000 }),
    );
    const reference = await record(callEverything, (url) => createActionsGateway(url, 'id', 'secret'));
    expect(ours).toEqual(reference);
    expect(ours).toHaveLength(12);
    const headers = {
      'user-agent': expect.stringMatching(/^Scalekit-Node\//),
      'x-sdk-version': expect.stringMatching(/^Scalekit-Node\//),
      'x-api-version': expect.stringMatching(/^\d{8}$/),
    };
    for (const each of ours) expect(each.headers).toMatchObject(headers);
  });

  it('does not tell Scalekit’s refusals from each other otherwise than the actions do', async () => {
    const codes = Object.values(Code).filter((code): code is Code => typeof code === 'number');
    // Tried again, or asked a token for: another test's subject.
    const told = codes.filter((code) => code !== Code.Unavailable && code !== Code.Unauthenticated);
    for (const code of told) {
      const refuse = () => {
        throw new ConnectError('refused', code);
      };
      const server = await startRpcServer({ accounts: { deleteConnectedAccount: refuse } });
      const kindOf = (gateway: ScalekitGateway) =>
        gateway.deleteConnectedAccount(key).then(
          () => 'none',
          (error: { readonly kind: string }) => error.kind,
        );
      const environmentUrl = server.url;
      const ours = createSdkGateway({ environmentUrl, clientId: 'id', clientSecret: 's', timeoutMs: 30_000 });
      expect(`${code} ${await kindOf(ours)}`).toBe(
        `${code} ${await kindOf(createActionsGateway(server.url, 'id', 's'))}`,
      );
      await server.close();
    }
  });
});
