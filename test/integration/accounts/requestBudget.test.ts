import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import type { FinishedCall } from '../../../server/scalekit/calls.js';
import { createSdkGateway } from '../../../server/scalekit/sdkGateway.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const ada = 'ada@example.com';
/** Ratios as they are when every call takes 3.8 s of its 4 s, and a request has 9 s. */
const timeoutMs = 3200;
const latencyMs = 2200;
const requestBudgetMs = 5500;

let sandbox: Sandbox;
let app: TestApp;
let calls: FinishedCall[];

beforeEach(async () => {
  sandbox = await createSandbox({ seed: 'default' });
  calls = [];
  const gateway = createSdkGateway({
    environmentUrl: sandbox.url,
    clientId: 'sandbox',
    clientSecret: 'sandbox',
    timeoutMs,
    onCall: (call) => calls.push(call),
  });
  app = await startTestApp({ gateway, sandboxOrigin: sandbox.url, requestBudgetMs });
});

afterEach(async () => {
  await app.close();
  await sandbox.close();
});

describe('a request while every call to Scalekit takes nearly as long as it may', () => {
  it('is answered within its own time, and says what did not come about', async () => {
    const visitor = await new Visitor(app.url).signIn(ada);
    await visitor.get('/connections');
    calls.length = 0;
    sandbox.control.fault({ latencyMs });
    const answer = await visitor.post('/connections/gmail/connect');
    expect(answer.status).toBe(504);
    expect(calls.map(({ method, outcome, cutShort = false }) => [method, outcome, cutShort])).toEqual([
      ['listConnectedAccounts', 'ok', false],
      ['createConnectedAccount', 'ok', false],
      ['getAuthorizationLink', 'timeout', true],
    ]);
    const spentMs = calls.reduce((sum, { durationMs }) => sum + durationMs, 0);
    expect(spentMs).toBeLessThan(3 * latencyMs);
  });

  it('leaves unsent what there is no time for', async () => {
    const visitor = await new Visitor(app.url).signIn(ada);
    await visitor.get('/connections');
    sandbox.control.fault({ method: 'CreateConnectedAccount', latencyMs: 60_000 });
    sandbox.control.fault({ method: 'ListConnectedAccounts', latencyMs: 3000 });
    calls.length = 0;
    const answer = await visitor.post('/connections/gmail/connect');
    expect(answer.status).toBe(504);
    expect(sandbox.control.calls().GetMagicLinkForConnectedAccount).toBe(0);
    expect(sandbox.control.account('gmail', ada)).toBeUndefined();
  });
});
