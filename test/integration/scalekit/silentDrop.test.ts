import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSandbox } from '../../../server/sandbox/sandbox.js';
import { withCircuitBreaker } from '../../../server/scalekit/circuitBreaker.js';
import { createSdkGateway, type SdkGatewayOptions } from '../../../server/scalekit/sdkGateway.js';
import { afterEach, attacks, describe, expect, it } from '../../support/jest.js';
import { SilentProxy } from '../../support/silentProxy.js';
import { startTestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const identifier = 'maria@example.com';
const key = { connectionName: 'gmail', identifier };
const open: { close(): Promise<void> | void }[] = [];

/** A gateway that has been answered once, so that the token is there. */
async function start(options: Partial<SdkGatewayOptions> = {}) {
  const sandbox = await createSandbox({ seed: 'empty' });
  const proxy = await SilentProxy.start(sandbox.url);
  open.unshift(proxy, sandbox);
  const gateway = createSdkGateway({
    environmentUrl: proxy.url,
    clientId: 'sandbox',
    clientSecret: 'sandbox',
    timeoutMs: 6000,
    ...options,
  });
  while (!(await isAnswered(gateway.listConnections())));
  sandbox.control.resetCalls();
  return { proxy, control: sandbox.control, gateway, opened: proxy.opened('http2') };
}

const isAnswered = (call: Promise<unknown>) =>
  call.then(
    () => true,
    () => false,
  );

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('a connection to Scalekit that dies without a word', () => {
  it('costs the reads in flight no answer: all are repeated on one new connection', async () => {
    attacks('silent-connection');
    const { proxy, control, gateway, opened } = await start({ maxConcurrent: 50 });
    control.fault({ method: 'ListConnectedAccounts', latencyMs: 60_000, times: 50 });
    const reads = Array.from({ length: 50 }, (_, index) => gateway.listConnectedAccounts(`user-${index}`));
    while (control.calls().ListConnectedAccounts < 50) await control.waitForCall('ListConnectedAccounts');
    proxy.forgetConnections();
    await expect(Promise.all(reads)).resolves.toHaveLength(50);
    expect(proxy.opened('http2')).toBe(opened + 1);
    expect(control.calls().ListConnectedAccounts).toBe(100);
    await gateway.listConnectedAccounts(identifier);
    expect(proxy.opened('http2')).toBe(opened + 1);
    await proxy.untilKept('http2', 1);
  });

  it('costs a read no answer either where writes take long', async () => {
    const { proxy, control, gateway, opened } = await start({ timeoutMs: 5000 });
    control.setAccount({ ...key, status: 'ACTIVE' });
    control.fault({ method: 'DeleteConnectedAccount', latencyMs: 3600 });
    await gateway.deleteConnectedAccount(key);
    proxy.forgetConnections();
    await expect(gateway.listConnectedAccounts(identifier)).resolves.toEqual([]);
    expect(proxy.opened('http2')).toBe(opened + 1);
  });

  it('leaves a write in flight to be settled by reading, and the next call has a new connection', async () => {
    attacks('silent-connection');
    const { proxy, control, gateway, opened } = await start({ timeoutMs: 3000 });
    control.setAccount({ ...key, status: 'ACTIVE' });
    control.fault({ method: 'DeleteConnectedAccount', lostAnswer: true });
    const landed = control.waitForCall('DeleteConnectedAccount', 'carried_out');
    const write = expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({
      kind: 'timeout',
      outcomeUnknown: true,
    });
    await landed;
    proxy.forgetConnections();
    await write;
    await expect(gateway.listConnectedAccounts(identifier)).resolves.toEqual([]);
    expect(control.calls()).toMatchObject({ DeleteConnectedAccount: 1, ListConnectedAccounts: 1 });
    expect(proxy.opened('http2')).toBe(opened + 1);
  });

  it('is no failure to a user who disconnects an account meanwhile', async () => {
    attacks('silent-connection');
    const { proxy, control, gateway } = await start({ timeoutMs: 3000 });
    control.setAccount({ ...key, status: 'ACTIVE' });
    const app = await startTestApp({ gateway });
    open.unshift(app);
    const visitor = await new Visitor(app.url).signIn(identifier);
    await visitor.get('/connections/gmail/disconnect');
    control.fault({ method: 'DeleteConnectedAccount', lostAnswer: true });
    const landed = control.waitForCall('DeleteConnectedAccount', 'carried_out');
    const answer = visitor.post('/connections/gmail/disconnect');
    await landed;
    proxy.forgetConnections();
    expect((await answer).status).toBe(303);
    expect(control.calls().DeleteConnectedAccount).toBe(1);
  });

  it('does not keep the circuit breaker open, for it tries on a new one', async () => {
    const { proxy, control, gateway } = await start({ timeoutMs: 1000 });
    const states: string[] = [];
    let onClosed = () => {};
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    const breaker = withCircuitBreaker(gateway, {
      retryMs: 20,
      longestRetryMs: 100,
      onChange(state) {
        states.push(state);
        if (state === 'closed') onClosed();
      },
    });
    open.unshift(breaker);
    proxy.swallowNew(true);
    proxy.forgetConnections();
    while (breaker.state() === 'closed') await isAnswered(breaker.gateway.listConnectedAccounts(identifier));
    expect(control.calls().ListConnectedAccounts).toBe(0);
    proxy.swallowNew(false);
    await closed;
    expect(states[0]).toBe('open');
    await expect(breaker.gateway.listConnectedAccounts(identifier)).resolves.toEqual([]);
  });

  it('is closed once the calls on it are over, and one on which nothing is called after two minutes', async () => {
    attacks('silent-connection');
    const { proxy, gateway, opened } = await start({ idleMs: 50 });
    await proxy.untilKept('http2', 0);
    await gateway.listConnections();
    expect(proxy.opened('http2')).toBe(opened + 1);
    await proxy.untilKept('http2', 0);
  });

  it('does not end the process, however often and in whatever way it happens', async () => {
    const script = fileURLToPath(new URL('../../support/gatewayProcess.js', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
      env: { PATH: process.env.PATH },
    });
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeGreaterThan(50);
  });
});

describe('a request for a token', () => {
  it('keeps no connection that could die', async () => {
    const { proxy, control, gateway } = await start();
    await proxy.untilKept('http1', 0);
    proxy.forgetConnections();
    control.fault({ method: 'ListAppConnections', error: 'credentials', times: 1 });
    await gateway.listConnections();
    expect(control.calls().token).toBe(1);
  });

  it('that is swallowed ends with its call, which was not carried out, and the next call fetches one', async () => {
    const { proxy, control, gateway } = await start({ timeoutMs: 3000 });
    control.fault({ method: 'DeleteConnectedAccount', error: 'credentials', times: 1 });
    control.fault({ method: 'token', latencyMs: 60_000, times: 1 });
    const asked = control.waitForCall('token');
    const call = expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({
      kind: 'unreachable',
      outcomeUnknown: false,
      message: 'deleteConnectedAccount: unreachable: token endpoint: no answer',
    });
    await asked;
    proxy.forgetConnections();
    await call;
    await proxy.untilKept('http1', 0);
    control.fault({ method: 'ListAppConnections', error: 'credentials', times: 1 });
    await gateway.listConnections();
    expect(control.calls().token).toBe(2);
  });
});

describe('a Scalekit that is slow', () => {
  const latencyMs = 1600;
  const timeoutMs = 3600;

  it('is given up once, and then waited for: calls and connections do not multiply', async () => {
    const { proxy, control, gateway, opened } = await start({ timeoutMs });
    control.fault({ method: 'ListConnectedAccounts', latencyMs });
    for (let count = 0; count < 5; count += 1) {
      await expect(gateway.listConnectedAccounts(identifier)).resolves.toEqual([]);
    }
    expect(control.calls().ListConnectedAccounts).toBeLessThanOrEqual(6);
    expect(proxy.opened('http2')).toBeLessThanOrEqual(opened + 1);
    await proxy.untilKept('http2', 1);
  });

  it('has one wave of calls repeated at most, when many come at once', async () => {
    const { proxy, control, gateway, opened } = await start({ timeoutMs });
    control.fault({ method: 'ListConnectedAccounts', latencyMs });
    for (let wave = 0; wave < 3; wave += 1) {
      const reads = Array.from({ length: 20 }, (_, index) => gateway.listConnectedAccounts(`user-${index}`));
      await expect(Promise.all(reads)).resolves.toHaveLength(20);
    }
    expect(control.calls().ListConnectedAccounts).toBeLessThanOrEqual(80);
    expect(proxy.opened('http2')).toBeLessThanOrEqual(opened + 1);
  });

  it('is not given up while anything comes over the connection', async () => {
    const { proxy, control, gateway, opened } = await start({ timeoutMs });
    control.fault({ method: 'ListConnectedAccounts', latencyMs: 2000 });
    let over = false;
    const others = (async () => {
      while (!over) await gateway.listConnections();
    })();
    await gateway.listConnectedAccounts(identifier);
    over = true;
    await others;
    expect(control.calls().ListConnectedAccounts).toBe(1);
    expect(proxy.opened('http2')).toBe(opened);
  });

  it('that never answers in time is not asked more and more', async () => {
    const { proxy, control, gateway, opened } = await start({ timeoutMs: 900 });
    control.fault({ method: 'ListConnectedAccounts', latencyMs: 60_000 });
    for (let count = 0; count < 6; count += 1) {
      await expect(gateway.listConnectedAccounts(identifier)).rejects.toMatchObject({ kind: 'timeout' });
    }
    expect(control.calls().ListConnectedAccounts).toBeLessThanOrEqual(8);
    expect(proxy.opened('http2')).toBeLessThanOrEqual(opened + 6);
    control.clearFaults();
    await expect(gateway.listConnectedAccounts(identifier)).resolves.toEqual([]);
    await proxy.untilKept('http2', 1);
  });
});
