import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ConnectorStatus } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { createSdkGateway } from '../../../server/scalekit/sdkGateway.js';
import { deferred } from '../../support/callScript.js';
import { afterEach, attacks, describe, expect, it } from '../../support/jest.js';
import { type RpcHandlers, type RpcServer, startRpcServer } from '../../support/rpcServer.js';

const key = { connectionName: 'gmail', identifier: 'maria' };
const servers: RpcServer[] = [];

async function serve(handlers: RpcHandlers) {
  const server = await startRpcServer(handlers);
  servers.push(server);
  return {
    server,
    gateway: createSdkGateway({
      environmentUrl: server.url,
      clientId: 'id',
      clientSecret: 's',
      timeoutMs: 30_000,
    }),
  };
}

const row = (id: string, identifier: string) => ({ id, identifier, connector: 'gmail', status: 1 });

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('a listing of accounts', () => {
  it('keeps only the rows of that very identifier', async () => {
    attacks('checked-on-server');
    const rows = ['maria', 'Maria', 'maria ', 'mar\u00eda', 'mari\u0061\u0301', 'mario', ''];
    const { gateway } = await serve({
      accounts: {
        listConnectedAccounts: () => ({
          connectedAccounts: rows.map((identifier, index) => row(`ca_${index}`, identifier)),
        }),
      },
    });
    const accounts = await gateway.listConnectedAccounts('maria');
    expect(accounts.map(({ id }) => id)).toEqual(['ca_0']);
  });

  it('names a status that this version does not know unknown', async () => {
    const { gateway } = await serve({
      accounts: {
        listConnectedAccounts: () => ({
          connectedAccounts: [{ ...row('ca_1', 'maria'), status: 77 as ConnectorStatus }],
        }),
      },
    });
    await expect(gateway.listConnectedAccounts('maria')).resolves.toMatchObject([{ status: 'unknown' }]);
  });

  it('keeps a row once that has shifted from page to page', async () => {
    const pages: Record<string, { ids: string[]; next: string }> = {
      '': { ids: ['ca_1', 'ca_2'], next: '2' },
      2: { ids: ['ca_2', 'ca_3'], next: '' },
    };
    const { gateway } = await serve({
      accounts: {
        listConnectedAccounts: ({ pageToken }) => ({
          connectedAccounts: (pages[pageToken]?.ids ?? []).map((id) => row(id, 'maria')),
          nextPageToken: pages[pageToken]?.next ?? '',
        }),
      },
    });
    const accounts = await gateway.listConnectedAccounts('maria');
    expect(accounts.map(({ id }) => id)).toEqual(['ca_1', 'ca_2', 'ca_3']);
  });

  it('is refused rather than cut short when its pages go in a circle', async () => {
    const { gateway } = await serve({
      accounts: { listConnectedAccounts: () => ({ nextPageToken: 'again' }) },
    });
    await expect(gateway.listConnectedAccounts('maria')).rejects.toMatchObject({ kind: 'unexpected' });
  });

  it('never goes out for an identifier that would list somebody else', async () => {
    let calls = 0;
    const { gateway } = await serve({
      accounts: {
        listConnectedAccounts: () => {
          calls += 1;
          return {};
        },
      },
    });
    for (const identifier of ['', ' ', ' maria', 'maria\n', 'ma\0ria', 'x'.repeat(101)]) {
      await expect(gateway.listConnectedAccounts(identifier)).rejects.toMatchObject({ kind: 'invalid' });
    }
    expect(calls).toBe(0);
  });
});

describe('a link', () => {
  it.each(['http://evil.example/', 'javascript:alert(1)', '//evil.example', ''])(
    'that leads to %j is refused',
    async (link) => {
      const { gateway } = await serve({ accounts: { getMagicLinkForConnectedAccount: () => ({ link }) } });
      await expect(gateway.getAuthorizationLink(key)).rejects.toMatchObject({ kind: 'unexpected' });
    },
  );

  it('over https is given with its expiry', async () => {
    const answer = {
      link: 'https://acme.scalekit.com/magicLink/1',
      expiry: timestampFromMs(1_700_000_000_000),
    };
    const { gateway } = await serve({ accounts: { getMagicLinkForConnectedAccount: () => answer } });
    await expect(gateway.getAuthorizationLink(key)).resolves.toEqual({
      link: answer.link,
      expiresAt: 1_700_000_000_000,
    });
  });
});

describe('a connection that breaks in the middle of a call', () => {
  it('leaves the outcome of a write open, and the write is not repeated', async () => {
    let calls = 0;
    const { server, gateway } = await serve({
      accounts: {
        deleteConnectedAccount: () => {
          calls += 1;
          server.resetConnections();
          return {};
        },
      },
    });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({
      kind: 'timeout',
      outcomeUnknown: true,
    });
    expect(calls).toBe(1);
  });

  it('makes a read start again, once', async () => {
    let calls = 0;
    let resets = 1;
    const { server, gateway } = await serve({
      accounts: {
        listConnectedAccounts: () => {
          calls += 1;
          if (resets-- > 0) server.resetConnections();
          return { connectedAccounts: [row('ca_1', 'maria')] };
        },
      },
    });
    await expect(gateway.listConnectedAccounts('maria')).resolves.toHaveLength(1);
    resets = 2;
    await expect(gateway.listConnectedAccounts('maria')).rejects.toMatchObject({ kind: 'timeout' });
    expect(calls).toBe(4);
  });
});

describe('an answer that comes too late', () => {
  it('changes nothing, and no further page is asked for', async () => {
    const held = deferred();
    const answered = deferred();
    const pages: string[] = [];
    const { server } = await serve({
      accounts: {
        listConnectedAccounts: async ({ pageToken }) => {
          pages.push(pageToken);
          await held.promise;
          answered.resolve();
          return { nextPageToken: 'next' };
        },
      },
    });
    const gateway = createSdkGateway({
      environmentUrl: server.url,
      clientId: 'id',
      clientSecret: 's',
      timeoutMs: 600,
    });
    await expect(gateway.listConnectedAccounts('maria')).rejects.toMatchObject({ kind: 'timeout' });
    held.resolve();
    await answered.promise;
    // The first page may have been asked for again, on another connection.
    expect(new Set(pages)).toEqual(new Set(['']));
  });
});

describe('a conflict', () => {
  it.each([
    [Code.AlreadyExists, 'already_exists'],
    [Code.Aborted, 'timeout'],
  ])('of code %i on create is read as %s', async (code, kind) => {
    const { gateway } = await serve({
      accounts: {
        createConnectedAccount: () => {
          throw new ConnectError('maria exists', code);
        },
      },
    });
    const error: unknown = await gateway.createConnectedAccount(key).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind });
    expect(String(error)).not.toContain('maria');
  });
});
