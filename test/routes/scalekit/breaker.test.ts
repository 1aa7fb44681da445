import { withCircuitBreaker } from '../../../server/scalekit/circuitBreaker.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../support/memoryGateway.js';
import type { Visitor } from '../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };

let memory: MemoryGateway;
let breaker: ReturnType<typeof withCircuitBreaker>;
let app: JourneyApp;
let visitor: Visitor;
let onClosed: () => void;

beforeEach(async () => {
  memory = createMemoryGateway();
  breaker = withCircuitBreaker(memory, {
    slowDownMs: 1,
    onChange: (state) => state === 'closed' && onClosed(),
  });
  const { scalekit, script } = memory;
  app = await startJourneyApp({ gateway: { ...breaker.gateway, scalekit, script } });
  memory.scalekit.addAccount(gmail);
  visitor = await app.signIn(ada);
});

afterEach(async () => {
  breaker.close();
  await app.close();
});

const list = async () => {
  app.deps.reader.drop(ada);
  return (await visitor.get('/connections')).text;
};

describe('one method of Scalekit that is slow', () => {
  it('fails its own step in words, however often, and nothing else', async () => {
    attacks('slow-method');
    memory.script.failNext('deleteConnectedAccount', 'timeout', { times: 10 });
    for (let times = 0; times < 5; times += 1) {
      const refused = await visitor.post('/connections/gmail/disconnect');
      expect([refused.status, refused.text.includes('took too long to answer')]).toEqual([504, true]);
      const page = await list();
      expect(page).toContain('data-connection="gmail" data-state="active"');
      expect(page).not.toContain('can’t reach');
    }
    expect((await app.connect(visitor, 'exa')).flowId).not.toBe('');
    expect(breaker.state()).toBe('closed');
  });
});

describe('a Scalekit that asks to slow down', () => {
  it('leaves lists as they were known last, says so where something was to be changed, and is asked again by itself', async () => {
    attacks('scalekit-slows-down');
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    memory.script.failNext('listConnectedAccounts', 'rate_limited');
    const page = await list();
    expect(page).toContain('What you see is from just now');
    expect(page).toContain('data-connection="gmail" data-state="active"');
    await closed;
    expect(await list()).not.toContain('What you see is from');
    memory.script.failNext('deleteConnectedAccount', 'rate_limited', { times: 3 });
    const refused = await visitor.post('/connections/gmail/disconnect');
    expect([refused.status, refused.text.includes('asks us to slow down')]).toEqual([503, true]);
    expect(memory.scalekit.accounts).toHaveLength(1);
  });
});
