import { inspect } from 'node:util';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../server/sandbox/sandbox.js';
import type { FinishedCall } from '../../../server/scalekit/calls.js';
import { createSdkGateway, type SdkGatewayOptions } from '../../../server/scalekit/sdkGateway.js';
import { freePort } from '../../support/freePort.js';
import { afterEach, attacks, describe, expect, it } from '../../support/jest.js';

const identifier = 'maria@example.com';
const key = { connectionName: 'gmail', identifier };
const open: Sandbox[] = [];

async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await createSandbox({ seed: 'empty', ...options });
  open.push(sandbox);
  return sandbox;
}

async function start(options: Partial<SdkGatewayOptions> = {}) {
  const sandbox = await openSandbox({ port: await freePort() });
  const gateway = createSdkGateway({
    environmentUrl: sandbox.url,
    clientId: 'sandbox',
    clientSecret: 'sandbox',
    timeoutMs: 30_000,
    ...options,
  });
  return { sandbox, control: sandbox.control, gateway };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

describe('the access token', () => {
  it.each(['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'])(
    'is fetched where calls go, whatever %s names',
    async (name) => {
      const before = process.env[name];
      process.env[name] = `http://127.0.0.1:${await freePort()}`;
      try {
        const { control, gateway } = await start();
        await gateway.listConnectedAccounts(identifier);
        expect(control.calls()).toMatchObject({ token: 1 });
      } finally {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      }
    },
  );

  it('is fetched once by any number of first calls', async () => {
    const { control, gateway } = await start({ maxConcurrent: 50 });
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => gateway.listConnectedAccounts(`user-${index}`)),
    );
    expect(control.calls()).toMatchObject({ token: 1, ListConnectedAccounts: 50 });
  });

  it('is fetched once by any number of calls that find it no longer valid', async () => {
    const { sandbox, gateway } = await start();
    await gateway.listConnections();
    await sandbox.close();
    const { control } = await openSandbox({ port: sandbox.port });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => gateway.listConnectedAccounts(`user-${index}`)),
    );
    expect(control.calls().token).toBe(1);
  });

  it('makes a call fail for the credentials when the secret is wrong', async () => {
    const { gateway } = await start({ clientSecret: 'wrong-secret' });
    await expect(gateway.listConnections()).rejects.toMatchObject({
      kind: 'credentials',
      message: 'listConnections: credentials: token endpoint: HTTP 401',
    });
  });

  it('makes a call fail for the credentials when a fresh one is refused too', async () => {
    const { control, gateway } = await start();
    control.fault({ method: 'ListAppConnections', error: 'credentials' });
    await expect(gateway.listConnections()).rejects.toMatchObject({ kind: 'credentials' });
  });

  it.each([
    ['rate_limited', 'rate_limited'],
    ['internal', 'unreachable'],
    ['unavailable', 'unreachable'],
  ] as const)('makes a call fail when its endpoint is %s, as %s', async (error, kind) => {
    const { control, gateway } = await start();
    control.fault({ method: 'token', error });
    await expect(gateway.listConnections()).rejects.toMatchObject({ kind });
    control.clearFaults();
    await expect(gateway.listConnections()).resolves.not.toHaveLength(0);
  });
});

describe('a Scalekit that has trouble', () => {
  it('is unreachable while it is down, and works again when it is back', async () => {
    const { sandbox, gateway } = await start({ timeoutMs: 3000 });
    await gateway.createConnectedAccount(key);
    await sandbox.close();
    await expect(gateway.listConnectedAccounts(identifier)).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({ kind: 'unreachable' });
    await openSandbox({ port: sandbox.port });
    await expect(gateway.createConnectedAccount(key)).resolves.toMatchObject({ status: 'pending_auth' });
  });

  it('leaves the outcome open when it goes down in the middle of a call', async () => {
    const { sandbox, control, gateway } = await start();
    await gateway.createConnectedAccount(key);
    control.fault({ method: 'DeleteConnectedAccount', lostAnswer: true });
    const arrived = control.waitForCall('DeleteConnectedAccount', 'carried_out');
    const call = expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({
      kind: 'timeout',
      outcomeUnknown: true,
    });
    await arrived;
    await sandbox.close();
    await call;
  });

  it('is not asked again when it limits the rate', async () => {
    const { control, gateway } = await start();
    control.fault({ method: 'ListAppConnections', error: 'rate_limited' });
    await expect(gateway.listConnections()).rejects.toMatchObject({ kind: 'rate_limited' });
    expect(control.calls().ListAppConnections).toBe(1);
  });

  it.each([
    ['internal', 'unexpected'],
    ['deadline', 'timeout'],
  ] as const)('is believed when it says %s', async (error, kind) => {
    const { control, gateway } = await start();
    control.fault({ method: 'ListAppConnections', error });
    await expect(gateway.listConnections()).rejects.toMatchObject({ kind });
  });
});

describe('listings', () => {
  it('go to the end, however many connections and accounts there are', async () => {
    const { control, gateway } = await start();
    const before = control.connections().length;
    for (let index = 0; index < 150; index++) {
      control.setConnection(`extra-${index}`, {});
      control.setAccount({ connectionName: `extra-${index}`, identifier, status: 'ACTIVE' });
    }
    const connections = await gateway.listConnections();
    const accounts = await gateway.listConnectedAccounts(identifier);
    expect(new Set(connections.map(({ name }) => name)).size).toBe(before + 150);
    expect(new Set(accounts.map(({ connectionName }) => connectionName)).size).toBe(150);
    expect(control.calls()).toMatchObject({
      ListAppConnections: Math.ceil((before + 150) / 30),
      ListConnectedAccounts: 2,
    });
  });

  it('of a user with up to a hundred accounts take one RPC', async () => {
    const { control, gateway } = await start();
    await gateway.listConnections();
    control.setAccount({ ...key, status: 'ACTIVE' });
    await gateway.listConnectedAccounts(identifier);
    expect(control.calls().ListConnectedAccounts).toBe(1);
  });
});

describe('what must not leak', () => {
  it('is not asked for: no call returns credentials', async () => {
    attacks('no-provider-tokens');
    const { control, gateway } = await start();
    await gateway.createConnectedAccount(key);
    await gateway.createConnectedAccount(key).catch(() => {});
    await gateway.getAuthorizationLink(key);
    control.setAccount({ ...key, status: 'ACTIVE' });
    await gateway.listConnectedAccounts(identifier);
    await gateway.deleteConnectedAccount(key);
    expect(control.calls()).toMatchObject({
      GetConnectedAccountAuth: 0,
      GetConnectedAccount: 0,
      UpdateConnectedAccount: 0,
      CreateConnectedAccount: 2,
    });
  });

  it('is not in an error: neither secret, identifier, state nor auth request id', async () => {
    const { control, gateway } = await start({ clientSecret: 'sandbox', timeoutMs: 1200 });
    const wrong = await start({ clientSecret: 'client-secret' });
    control.fault({ method: 'ListAppConnections', error: 'unavailable' });
    control.setLinkMakesAccount(false);
    const errors = await Promise.all(
      [
        wrong.gateway.listConnections(),
        gateway.listConnections(),
        gateway.verifyConnectedAccountUser('auth-request-id', identifier),
        gateway.getAuthorizationLink({
          ...key,
          state: 'the-state',
          userVerifyUrl: 'https://app.example/verify',
        }),
        gateway.listConnectedAccounts(` ${identifier}`),
      ].map((call) => call.catch((error: unknown) => error)),
    );
    for (const error of errors) {
      expect(error).toMatchObject({ name: 'ScalekitError', cause: undefined });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(
        /client-secret|maria@|the-state|auth-request-id|app\.example/,
      );
    }
  });
});

describe('the report of calls', () => {
  it('names each call, its outcome and how long it took', async () => {
    const calls: FinishedCall[] = [];
    const { gateway } = await start({ onCall: (call) => calls.push(call) });
    await gateway.listConnections();
    await gateway.deleteConnectedAccount(key).catch(() => {});
    await gateway.listConnectedAccounts('').catch(() => {});
    expect(calls).toEqual([
      { method: 'listConnections', outcome: 'ok', durationMs: expect.any(Number) },
      { method: 'deleteConnectedAccount', outcome: 'not_found', durationMs: expect.any(Number) },
    ]);
  });
});
