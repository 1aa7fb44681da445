import { create } from '@bufbuild/protobuf';
import {
  AuthorizationDetailsSchema,
  ConnectorStatus,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { describe, expect, it } from '../../support/jest.js';
import { useSandbox } from '../../unit/sandbox/harness.js';

const key = { connectionName: 'gmail', identifier: 'ada@example.com' };
const grace = 'grace@example.com';
const oauthToken = (accessToken: string) =>
  create(AuthorizationDetailsSchema, { details: { case: 'oauthToken', value: { accessToken } } });
// gRPC's codes, which the SDK hands on as numbers.
const codes = {
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  failedPrecondition: 9,
  unimplemented: 12,
};

describe('the connections of the sandbox', () => {
  const sandbox = useSandbox();

  it('lists them page by page to the end, without a gap or a repetition', async () => {
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await sandbox.actions.listConnections({ pageSize: 4, pageToken });
      expect(page.totalSize).toBe(sandbox.control.connections().length);
      names.push(...page.connections.map(({ connectionName }) => connectionName));
      pageToken = page.nextPageToken;
    } while (pageToken);
    expect(names).toEqual(sandbox.control.connections().map(({ name }) => name));
    expect(names).toEqual(
      expect.arrayContaining(['gmail', 'slack', 'team drive: eu', 'github-enterprise', 'exa']),
    );
  });

  it('says of each what kind it is and whether it is enabled', async () => {
    const { connections } = await sandbox.actions.listConnections({ pageSize: 30 });
    const byName = new Map(connections.map((connection) => [connection.connectionName, connection]));
    expect(byName.get('gmail')).toMatchObject({
      type: 'OAUTH',
      provider: 'GMAIL',
      status: 'COMPLETED',
      enabled: true,
    });
    expect(byName.get('exa')).toMatchObject({ type: 'API_KEY' });
    expect(byName.get('freshdesk')).toMatchObject({ type: 'BASIC' });
    expect(byName.get('asana')).toMatchObject({ enabled: false });
  });

  it('filters by provider and refuses more than 30 a page', async () => {
    const { connections } = await sandbox.actions.listConnections({ provider: 'GITHUB' });
    expect(connections.map(({ connectionName }) => connectionName)).toEqual(['github', 'github-enterprise']);
    await expect(sandbox.actions.listConnections({ pageSize: 31 })).rejects.toMatchObject({
      grpcStatus: codes.invalidArgument,
      message: expect.stringContaining('page_size'),
    });
  });
});

describe('listing connected accounts in the sandbox', () => {
  const sandbox = useSandbox();

  it('answers every state of one user in one call, without credentials', async () => {
    const { connectedAccounts, totalSize } = await sandbox.actions.listConnectedAccounts({
      identifier: grace,
    });
    expect(totalSize).toBe(7);
    expect(new Set(connectedAccounts.map(({ status }) => status))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(
      JSON.stringify(connectedAccounts, (_, value) => (typeof value === 'bigint' ? 0 : value)),
    ).not.toMatch(/not-real/);
  });

  it('narrows by connection, by several connections, by provider and by text', async () => {
    const list = async (filter: object) => {
      const { connectedAccounts } = await sandbox.actions.listConnectedAccounts({ pageSize: 99, ...filter });
      return connectedAccounts.map(({ connector, identifier }) => `${connector} ${identifier.split('@')[0]}`);
    };
    expect(await list({ connectionName: 'slack' })).toEqual(['slack grace', 'slack alan']);
    expect(await list({ identifier: grace, connectionNames: ['slack', 'exa'] })).toEqual([
      'slack grace',
      'exa grace',
    ]);
    expect(await list({ provider: 'GITHUB', identifier: 'alan@example.com' })).toHaveLength(2);
    expect(await list({ connectionName: 'gmail', provider: 'GITHUB' })).toEqual([]);
    expect(await list({ query: 'KATHERINE' })).toHaveLength(4);
    expect(await list({ connectionName: 'nowhere' })).toEqual([]);
  });

  it('pages ten at a time by default, forwards and backwards', async () => {
    const first = await sandbox.actions.listConnectedAccounts({});
    expect(first.connectedAccounts).toHaveLength(10);
    expect(first.prevPageToken).toBe('');
    const second = await sandbox.actions.listConnectedAccounts({ pageToken: first.nextPageToken });
    const back = await sandbox.actions.listConnectedAccounts({ pageToken: second.prevPageToken });
    expect(back.connectedAccounts).toEqual(first.connectedAccounts);
    const ids = new Set([...first.connectedAccounts, ...second.connectedAccounts].map(({ id }) => id));
    expect(ids.size).toBe(20);
  });

  it("lists everyone's accounts for a blank identifier, as production does", async () => {
    const { totalSize } = await sandbox.actions.listConnectedAccounts({ identifier: ' ' });
    expect(totalSize).toBe(sandbox.control.accounts().length);
  });

  it.each([
    ['page_size', { pageSize: 100 }],
    ['identifier', { identifier: 'x'.repeat(101) }],
    ['connector', { connectionName: 'a/b' }],
    ['connection_names', { connectionNames: Array.from({ length: 21 }, (_, index) => `c${index}`) }],
    ['mutually exclusive', { connectionName: 'gmail', connectionNames: ['slack'] }],
    ['page_token', { pageToken: 'bm9uc2Vuc2U=' }],
  ])('refuses what breaks a limit and names it: %s', async (named, request) => {
    await expect(sandbox.actions.listConnectedAccounts(request)).rejects.toMatchObject({
      grpcStatus: codes.invalidArgument,
      message: expect.stringContaining(named),
    });
  });

  it('takes identifiers by their bytes', async () => {
    const odd = ['Ada@example.com', 'ada@example.com ', 'ädä', 'o\'hara"<script>', '日本語', 'a\u0000b'];
    for (const identifier of odd) {
      const { connectedAccount } = await sandbox.actions.createConnectedAccount({
        ...key,
        identifier,
        authorizationDetails: oauthToken(''),
      });
      expect(connectedAccount?.identifier).toBe(identifier);
    }
    expect(sandbox.control.accounts({ identifier: 'ada@example.com' })).toEqual([]);
    // The SDK trims what it lists by, so the account with the trailing blank is found under no name it can send.
    const { totalSize } = await sandbox.actions.listConnectedAccounts({ identifier: 'ada@example.com ' });
    expect(totalSize).toBe(0);
  });
});

describe('making, changing and deleting connected accounts in the sandbox', () => {
  const sandbox = useSandbox();

  it('makes an account that waits for authorization, unless credentials come with it', async () => {
    const empty = await sandbox.actions.createConnectedAccount({
      ...key,
      authorizationDetails: oauthToken(''),
    });
    expect(empty.connectedAccount).toMatchObject({
      status: ConnectorStatus.PENDING_AUTH,
      connector: 'gmail',
    });
    expect(empty.connectedAccount?.id).toMatch(/^ca_\d{18}$/);
    const full = await sandbox.actions.createConnectedAccount({
      ...key,
      connectionName: 'slack',
      authorizationDetails: oauthToken('token'),
    });
    expect(full.connectedAccount?.status).toBe(ConnectorStatus.ACTIVE);
  });

  it('answers a conflict for an account that exists, whatever state it is in', async () => {
    for (const { connectionName } of sandbox.control.accounts({ identifier: grace })) {
      const again = { connectionName, identifier: grace, authorizationDetails: oauthToken('') };
      await expect(sandbox.actions.createConnectedAccount(again)).rejects.toMatchObject({
        grpcStatus: codes.alreadyExists,
        errorCode: 'CONNECTED_ACCOUNT_ALREADY_EXISTS',
      });
    }
  });

  it('makes one account when the same is asked for many times at once', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        sandbox.actions.createConnectedAccount({ ...key, authorizationDetails: oauthToken('') }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses an unknown and a disabled connection', async () => {
    const createOn = (connectionName: string) =>
      sandbox.actions.createConnectedAccount({
        ...key,
        connectionName,
        authorizationDetails: oauthToken(''),
      });
    await expect(createOn('nowhere')).rejects.toMatchObject({ grpcStatus: codes.invalidArgument });
    await expect(createOn('asana')).rejects.toMatchObject({ grpcStatus: codes.failedPrecondition });
    sandbox.control.setConnection('gmail', { configured: false });
    await expect(createOn('gmail')).rejects.toMatchObject({ grpcStatus: codes.failedPrecondition });
  });

  it("serves the SDK's get-or-create in both its halves", async () => {
    const made = await sandbox.actions.getOrCreateConnectedAccount(key);
    const found = await sandbox.actions.getOrCreateConnectedAccount(key);
    expect(found.connectedAccount?.id).toBe(made.connectedAccount?.id);
    expect(sandbox.control.calls()).toMatchObject({ GetConnectedAccountAuth: 2, CreateConnectedAccount: 1 });
  });

  it('returns marked tokens with an account, and none with its details', async () => {
    const account = await sandbox.actions.getConnectedAccount({ connectionName: 'gmail', identifier: grace });
    expect(account.connectedAccount?.authorizationDetails?.details.value).toMatchObject({
      accessToken: expect.stringContaining('not-real'),
    });
    const details = await (await sandbox.rpc()).getConnectedAccountDetails({
      connector: 'gmail',
      identifier: grace,
    });
    expect(details.connectedAccount).toMatchObject({ status: ConnectorStatus.ACTIVE });
    expect(details.connectedAccount?.authorizationDetails).toBeUndefined();
  });

  it('makes an account active that is updated with credentials, and moves its time on', async () => {
    const before = sandbox.control.account('slack', grace);
    const { connectedAccount } = await sandbox.actions.updateConnectedAccount({
      connectedAccountId: before?.id ?? '',
      authorizationDetails: oauthToken('new'),
    });
    expect(connectedAccount?.status).toBe(ConnectorStatus.ACTIVE);
    expect(sandbox.control.account('slack', grace)?.updatedAt).toBeGreaterThan(before?.updatedAt ?? 0);
  });

  it('moves the time of an account on with every change, however fast they come', () => {
    const times = Array.from({ length: 50 }, () => sandbox.control.expire('gmail', grace).updatedAt);
    expect(new Set(times).size).toBe(50);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('deletes by name or by id, and does not find what is not there', async () => {
    await sandbox.actions.deleteConnectedAccount({ connectionName: 'gmail', identifier: grace });
    expect(sandbox.control.account('gmail', grace)).toBeUndefined();
    const id = sandbox.control.account('slack', grace)?.id ?? '';
    await sandbox.actions.deleteConnectedAccount({ connectedAccountId: id });
    for (const gone of [{ connectionName: 'gmail', identifier: grace }, { connectedAccountId: id }]) {
      await expect(sandbox.actions.deleteConnectedAccount(gone)).rejects.toMatchObject({
        grpcStatus: codes.notFound,
      });
    }
    await expect(
      sandbox.actions.deleteConnectedAccount({ connectedAccountId: 'xx_1' }),
    ).rejects.toMatchObject({
      grpcStatus: codes.invalidArgument,
    });
  });

  it('answers that what it does not have is not implemented', async () => {
    const rpc = await sandbox.rpc();
    await expect(rpc.getRedirectUrl({})).rejects.toMatchObject({ code: codes.unimplemented });
  });
});

describe('a sandbox with 100,000 accounts', () => {
  const sandbox = useSandbox({ seed: { accounts: 100_000 } });

  it('lists one user, one connection and the last page of all', async () => {
    const user = await sandbox.actions.listConnectedAccounts({ identifier: 'user-012345@example.com' });
    expect(user.totalSize).toBe(6);
    const slack = await sandbox.actions.listConnectedAccounts({ connectionName: 'slack', pageSize: 50 });
    expect(slack.connectedAccounts.every(({ connector }) => connector === 'slack')).toBe(true);
    const pageToken = Buffer.from('{"offset":99990}').toString('base64');
    const last = await sandbox.actions.listConnectedAccounts({ pageToken });
    expect(last).toMatchObject({ totalSize: 100_000, nextPageToken: '' });
    expect(last.connectedAccounts).toHaveLength(10);
  });
});
