import { createSandbox, type Sandbox, type SandboxOptions } from '../../../server/sandbox/sandbox.js';
import type { ScalekitGateway } from '../../../server/scalekit/gateway.js';
import { createSdkGateway, type SdkGatewayOptions } from '../../../server/scalekit/sdkGateway.js';
import { afterEach, describe, expect, it, jest } from '../../support/jest.js';

const identifier = 'maria@example.com';
const key = { connectionName: 'gmail', identifier };
const open: Sandbox[] = [];

async function start(options: Partial<SdkGatewayOptions> = {}, sandboxOptions: SandboxOptions = {}) {
  const sandbox = await createSandbox({ seed: 'empty', ...sandboxOptions });
  open.push(sandbox);
  const gateway = createSdkGateway({
    environmentUrl: sandbox.url,
    clientId: 'sandbox',
    clientSecret: 'sandbox',
    ...options,
  });
  return { sandbox, control: sandbox.control, gateway };
}

/** Calls until one comes through in time, so that the token is there and the code warm. */
async function warmUp(gateway: ScalekitGateway): Promise<void> {
  while (
    await gateway.listConnections().then(
      () => false,
      () => true,
    )
  );
}

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

describe('the deadline of a call', () => {
  it('ends a call that gets no answer, as a timeout', async () => {
    const { control, gateway } = await start({ timeoutMs: 1200 });
    await warmUp(gateway);
    control.fault({ method: 'ListConnectedAccounts', latencyMs: 60_000 });
    await expect(gateway.listConnectedAccounts(identifier)).rejects.toMatchObject({ kind: 'timeout' });
    control.fault({ method: 'DeleteConnectedAccount', latencyMs: 60_000 });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({ kind: 'timeout' });
    expect(control.calls().DeleteConnectedAccount).toBe(1);
  });

  it('does not wait for a pause that outlasts it', async () => {
    const { control, gateway } = await start({ timeoutMs: 2000 });
    await warmUp(gateway);
    // The first pause before another try is between 200 ms and 400 ms, by chance.
    jest.spyOn(Math, 'random').mockReturnValue(1);
    control.fault({ method: 'DeleteConnectedAccount', latencyMs: 1700, error: 'unavailable' });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'deleteConnectedAccount: unreachable: unavailable UNAVAILABLE',
    });
    expect(control.calls().DeleteConnectedAccount).toBe(1);
  });

  it('leaves time for another try when Scalekit is unavailable for a moment', async () => {
    const { control, gateway } = await start();
    control.fault({ method: 'ListConnectedAccounts', error: 'unavailable', times: 1 });
    await expect(gateway.listConnectedAccounts(identifier)).resolves.toEqual([]);
    expect(control.calls().ListConnectedAccounts).toBe(2);
    control.setAccount({ ...key, status: 'ACTIVE' });
    control.fault({ method: 'DeleteConnectedAccount', error: 'unavailable', times: 2 });
    await gateway.deleteConnectedAccount(key);
    expect(control.calls().DeleteConnectedAccount).toBe(3);
  });

  it('covers all pages of a listing together', async () => {
    const { control, gateway } = await start({ timeoutMs: 1500 });
    await warmUp(gateway);
    for (let index = 0; index < 200; index++) control.setConnection(`extra-${index}`, {});
    control.fault({ method: 'ListAppConnections', latencyMs: 400 });
    await expect(gateway.listConnections()).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('covers the token request, and knows that the call itself was not carried out', async () => {
    const { control, gateway } = await start({ timeoutMs: 1000 });
    control.fault({ method: 'token', latencyMs: 60_000 });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(control.calls()).toMatchObject({ token: 1, DeleteConnectedAccount: 0 });
    control.clearFaults();
    await warmUp(gateway);
  });

  it('says that the outcome is unknown when an answer is lost, for the call was carried out', async () => {
    const { control, gateway } = await start({ timeoutMs: 1200 });
    await warmUp(gateway);
    control.setAccount({ ...key, status: 'ACTIVE' });
    control.fault({ method: 'DeleteConnectedAccount', lostAnswer: true });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({
      kind: 'timeout',
      outcomeUnknown: true,
    });
    expect(control.accounts({ identifier })).toEqual([]);
  });

  it('may pass before a call lands', async () => {
    const { control, gateway } = await start({ timeoutMs: 1000 });
    await warmUp(gateway);
    control.setAccount({ ...key, status: 'ACTIVE' });
    control.fault({ method: 'DeleteConnectedAccount', latencyMs: 3000 });
    const landed = control.waitForCall('DeleteConnectedAccount', 'carried_out');
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({ kind: 'timeout' });
    expect(control.accounts({ identifier })).toHaveLength(1);
    await landed;
    expect(control.accounts({ identifier })).toEqual([]);
  });
});

describe('the bound of calls at the same time', () => {
  it('holds back what exceeds it, and lets it go on in turn', async () => {
    const { control, gateway } = await start({ maxConcurrent: 4 });
    await warmUp(gateway);
    control.fault({ method: 'ListConnectedAccounts', latencyMs: 20 });
    const calls = Array.from({ length: 20 }, () => gateway.listConnectedAccounts(identifier));
    await expect(Promise.all(calls)).resolves.toHaveLength(20);
    expect(control.maxInFlight('ListConnectedAccounts')).toBe(4);
  });

  it('refuses calls as busy when too many wait, without sending them', async () => {
    const { control, gateway } = await start({ maxConcurrent: 1, maxQueued: 1 });
    await warmUp(gateway);
    control.fault({ method: 'ListConnectedAccounts', latencyMs: 100 });
    const running = gateway.listConnectedAccounts(identifier);
    const waiting = gateway.listConnectedAccounts(identifier);
    await expect(gateway.listConnectedAccounts(identifier)).rejects.toMatchObject({ kind: 'busy' });
    await expect(Promise.all([running, waiting])).resolves.toHaveLength(2);
    expect(control.calls().ListConnectedAccounts).toBe(2);
  });

  it('gives the slot of a call that timed out to the next', async () => {
    const { control, gateway } = await start({ maxConcurrent: 1, timeoutMs: 1200 });
    await warmUp(gateway);
    control.fault({ method: 'DeleteConnectedAccount', latencyMs: 60_000, times: 1 });
    await expect(gateway.deleteConnectedAccount(key)).rejects.toMatchObject({ kind: 'timeout' });
    await warmUp(gateway);
  });
});
