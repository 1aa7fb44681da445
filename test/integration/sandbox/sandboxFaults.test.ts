import { Code } from '@connectrpc/connect';
import { createSandbox } from '../../../server/sandbox/sandbox.js';
import { freePort } from '../../support/freePort.js';
import { attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { fetchToken, submit, useSandbox } from '../../unit/sandbox/harness.js';

const grace = { connectionName: 'gmail', identifier: 'grace@example.com' };
const list = { identifier: 'grace@example.com' };

describe('the faults of the sandbox', () => {
  const sandbox = useSandbox();

  it.each([
    ['unavailable', Code.Unavailable],
    ['rate_limited', Code.ResourceExhausted],
    ['internal', Code.Internal],
    ['deadline', Code.DeadlineExceeded],
    ['credentials', Code.Unauthenticated],
  ] as const)('strike the call they name and no other: %s', async (error, code) => {
    const rpc = await sandbox.rpc();
    sandbox.control.fault({ method: 'ListConnectedAccounts', error });
    await expect(rpc.listConnectedAccounts(list)).rejects.toMatchObject({ code });
    await expect(rpc.getConnectedAccountDetails({ connector: 'gmail', ...list })).resolves.toBeDefined();
    sandbox.control.clearFaults();
    await expect(rpc.listConnectedAccounts(list)).resolves.toBeDefined();
  });

  it('strike as often as they are told, and nothing is carried out', async () => {
    sandbox.control.fault({ method: 'DeleteConnectedAccount', error: 'internal', times: 2 });
    const remove = () => sandbox.actions.deleteConnectedAccount(grace);
    await expect(remove()).rejects.toMatchObject({ grpcStatus: Code.Internal });
    await expect(remove()).rejects.toMatchObject({ grpcStatus: Code.Internal });
    expect(sandbox.control.account(grace.connectionName, grace.identifier)).toBeDefined();
    await remove();
    expect(sandbox.control.faults()).toEqual([]);
  });

  it('carry a call out whose answer is lost', async () => {
    const rpc = await sandbox.rpc();
    sandbox.control.fault({ method: 'DeleteConnectedAccount', lostAnswer: true, times: 1 });
    const landed = sandbox.control.waitForCall('DeleteConnectedAccount', 'carried_out');
    const caller = new AbortController();
    const answer = rpc.deleteConnectedAccount(
      { connector: 'gmail', identifier: grace.identifier },
      { signal: caller.signal },
    );
    const outcome = expect(answer).rejects.toMatchObject({ code: Code.Canceled });
    await landed;
    expect(sandbox.control.account('gmail', grace.identifier)).toBeUndefined();
    caller.abort();
    await outcome;
  });

  it('let a slow call land although its caller gave up', async () => {
    const rpc = await sandbox.rpc();
    sandbox.control.fault({ method: 'DeleteConnectedAccount', latencyMs: 300 });
    const landed = sandbox.control.waitForCall('DeleteConnectedAccount', 'carried_out');
    await expect(
      rpc.deleteConnectedAccount({ connector: 'gmail', identifier: grace.identifier }, { timeoutMs: 50 }),
    ).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    await landed;
    expect(sandbox.control.account('gmail', grace.identifier)).toBeUndefined();
  });

  it('reach the token endpoint', async () => {
    sandbox.control.fault({ method: 'token', error: 'credentials' });
    const answer = await fetch(`${sandbox.url}/oauth/token`, { method: 'POST' });
    expect(answer.status).toBe(401);
  });

  it("let the SDK's retries through an outage that ends", async () => {
    sandbox.control.fault({ method: 'ListConnectedAccounts', error: 'unavailable', times: 1 });
    await expect(sandbox.actions.listConnectedAccounts(list)).resolves.toMatchObject({ totalSize: 7 });
  });
});

describe('connections that the sandbox forgets', () => {
  const sandbox = useSandbox();
  const remove = { connector: 'gmail', identifier: grace.identifier };
  // Once, since what `fetch` keeps open for the next request is forgotten too.
  let token: string;
  beforeAll(async () => {
    token = await fetchToken(sandbox.url);
  });

  it('are not those that it is told by, from the page or the API', async () => {
    const rpc = await sandbox.rpc(token);
    await rpc.listConnectedAccounts(list);
    const api = await fetch(`${sandbox.url}/sandbox/api/connections/forget`, { method: 'POST' });
    expect(await api.json()).toMatchObject({ forgotten: expect.any(Number) });
    const page = await submit(`${sandbox.url}/sandbox/connections/forget`, {});
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sandbox?search=&offset=0']);
    expect((await fetch(`${sandbox.url}/sandbox/api/state`)).status).toBe(200);
    await expect(rpc.listConnectedAccounts(list, { timeoutMs: 300 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
  });

  it('swallow what is asked over them, and new ones work', async () => {
    const rpc = await sandbox.rpc(token);
    await rpc.listConnectedAccounts(list);
    sandbox.control.resetCalls();
    expect(sandbox.control.forgetConnections()).toBeGreaterThan(0);
    await expect(rpc.listConnectedAccounts(list, { timeoutMs: 500 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
    expect(sandbox.control.calls().ListConnectedAccounts).toBe(0);
    const another = await sandbox.rpc(token);
    await expect(another.listConnectedAccounts(list)).resolves.toMatchObject({ totalSize: 7 });
  });

  it('swallow the answer of what is under way', async () => {
    const rpc = await sandbox.rpc(token);
    sandbox.control.fault({ method: 'DeleteConnectedAccount', latencyMs: 300 });
    const arrived = sandbox.control.waitForCall('DeleteConnectedAccount');
    const landed = sandbox.control.waitForCall('DeleteConnectedAccount', 'carried_out');
    const caller = new AbortController();
    let isSettled = false;
    const call = rpc.deleteConnectedAccount(remove, { signal: caller.signal }).finally(() => {
      isSettled = true;
    });
    const outcome = expect(call).rejects.toMatchObject({ code: Code.Canceled });
    await arrived;
    sandbox.control.forgetConnections();
    await landed;
    expect(sandbox.control.account('gmail', grace.identifier)).toBeUndefined();
    const another = await sandbox.rpc(token);
    await another.listConnectedAccounts(list);
    expect(isSettled).toBe(false);
    caller.abort();
    await outcome;
  });
});

describe('the counters of the sandbox', () => {
  const sandbox = useSandbox();

  it('count calls by method, and forget when told', async () => {
    await sandbox.actions.listConnections();
    await sandbox.actions.listConnectedAccounts(list);
    expect(sandbox.control.calls()).toMatchObject({
      ListAppConnections: 1,
      ListConnectedAccounts: 1,
      token: 1,
    });
    sandbox.control.resetCalls();
    expect(sandbox.control.calls()).toMatchObject({ ListAppConnections: 0, token: 0 });
  });

  it('observe how many calls were in flight at once for one identifier', async () => {
    sandbox.control.fault({ method: 'ListConnectedAccounts', latencyMs: 20 });
    await sandbox.actions.listConnections();
    await Promise.all([
      ...Array.from({ length: 3 }, () => sandbox.actions.listConnectedAccounts(list)),
      sandbox.actions.listConnectedAccounts({ identifier: 'alan@example.com' }),
    ]);
    expect(sandbox.control.maxInFlight('ListConnectedAccounts')).toBe(3);
    expect(sandbox.control.maxInFlight()).toBe(3);
    expect(sandbox.control.maxInFlight('DeleteConnectedAccount')).toBe(0);
  });
});

describe('stopping the sandbox', () => {
  it('drops what waits without carrying it out, and frees the port for another', async () => {
    const first = await createSandbox({ port: await freePort() });
    const { ScalekitClient } = await import('@scalekit-sdk/node');
    const { actions } = new ScalekitClient(first.url, 'sandbox', 'sandbox');
    await actions.listConnections();
    first.control.fault({ method: 'DeleteConnectedAccount', latencyMs: 60_000 });
    const arrived = first.control.waitForCall('DeleteConnectedAccount');
    const outcome = expect(actions.deleteConnectedAccount(grace)).rejects.toMatchObject({
      grpcStatus: expect.anything(),
    });
    await arrived;
    await first.close();
    await outcome;
    expect(first.control.account('gmail', grace.identifier)).toBeDefined();

    const second = await createSandbox({ port: first.port });
    try {
      expect(second.port).toBe(first.port);
      const again = new ScalekitClient(second.url, 'sandbox', 'sandbox');
      await expect(again.actions.listConnectedAccounts(list)).resolves.toMatchObject({ totalSize: 7 });
    } finally {
      await second.close();
    }
  });

  it('refuses to listen anywhere but on this machine', async () => {
    attacks('sandbox-on-loopback');
    await expect(createSandbox({ host: '0.0.0.0' })).rejects.toThrow(/listens on 127\.0\.0\.1/);
  });
});
