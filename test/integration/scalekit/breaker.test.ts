import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import { type CircuitBreaker, withCircuitBreaker } from '../../../server/scalekit/circuitBreaker.js';
import { createSdkGateway } from '../../../server/scalekit/sdkGateway.js';
import { freePort } from '../../support/freePort.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const grace = 'grace@example.com';
const timeoutMs = 1500;

let sandbox: Sandbox;
let breaker: CircuitBreaker;
let app: TestApp;
let closed = () => {};
/** How many calls for a user reached the SDK. The breaker's own tries list the connections. */
let sentForUsers: number;

beforeEach(async () => {
  sandbox = await createSandbox({ seed: 'default', port: await freePort() });
  sentForUsers = 0;
  const sdk = createSdkGateway({
    environmentUrl: sandbox.url,
    clientId: 'sandbox',
    clientSecret: 'sandbox',
    timeoutMs,
    onCall: ({ method }) => {
      if (method !== 'listConnections') sentForUsers += 1;
    },
  });
  breaker = withCircuitBreaker(sdk, {
    retryMs: 20,
    longestRetryMs: 100,
    onChange(state) {
      if (state === 'closed') closed();
    },
  });
  app = await startTestApp({ gateway: breaker.gateway, sandboxOrigin: sandbox.url });
});

afterEach(async () => {
  breaker.close();
  await app.close();
  await sandbox.close();
});

const untilClosed = () =>
  new Promise<void>((resolve) => {
    closed = resolve;
  });

/** Asks for the list until Scalekit has answered in time, as it may not at once on a busy machine. */
async function untilReached(visitor: Visitor): Promise<void> {
  for (;;) {
    const { status, text } = await visitor.get('/connections');
    if (status === 200 && !text.includes('can’t reach')) return;
  }
}

async function signedIn(): Promise<Visitor> {
  const visitor = await new Visitor(app.url).signIn(grace);
  await untilReached(visitor);
  return visitor;
}

/** Asks for the list until the breaker opens. */
async function useUp(visitor: Visitor): Promise<void> {
  for (let count = 0; breaker.state() === 'closed'; count += 1) {
    if (count === 20) throw new Error('the breaker stays closed');
    app.deps.reader.drop(grace);
    expect((await visitor.get('/connections')).text).toContain('can’t reach');
  }
}

describe('while Scalekit is away', () => {
  it('pages come without waiting for it, and it is noticed by itself when it is back', async () => {
    attacks('scalekit-away');
    const visitor = await signedIn();
    const { port } = sandbox;
    await sandbox.close();
    await useUp(visitor);
    const before = sentForUsers;
    const pages = await Promise.all(Array.from({ length: 20 }, () => visitor.get('/connections')));
    for (const { status, text } of pages) {
      expect(status).toBe(200);
      expect(text).toContain('can’t reach');
    }
    expect(sentForUsers).toBe(before);
    const back = untilClosed();
    sandbox = await createSandbox({ seed: 'default', port });
    await back;
    await untilReached(visitor);
  });

  it('nothing that changes an account is sent, and the user is offered to repeat it', async () => {
    attacks('scalekit-away');
    const visitor = await signedIn();
    sandbox.control.fault({ error: 'unavailable' });
    await useUp(visitor);
    await visitor.get('/connections/slack/disconnect');
    const refused = await visitor.post('/connections/slack/disconnect');
    expect(refused.status).toBe(503);
    expect(sandbox.control.calls().DeleteConnectedAccount).toBe(0);
    const back = untilClosed();
    sandbox.control.clearFaults();
    await back;
    await visitor.get('/connections/slack/disconnect');
    expect((await visitor.post('/connections/slack/disconnect')).status).toBe(303);
    expect(sandbox.control.account('slack', grace)).toBeUndefined();
  });
});
