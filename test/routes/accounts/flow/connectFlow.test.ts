import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../../support/memoryGateway.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';
import { Visitor } from '../../../support/visitor.js';

const ada = 'ada@example.com';

let gateway: MemoryGateway;
let app: TestApp;

beforeEach(async () => {
  gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  app = await startTestApp({ gateway });
});

afterEach(() => app.close());

/** The way that the browser comes back from consent, as a local path. */
function consentTo(link: string): string {
  const consent = gateway.scalekit.consent(link);
  if (consent?.returnUrl == null) throw new Error('the link leads nowhere');
  const { pathname, search } = new URL(consent.returnUrl);
  return pathname + search;
}

describe('connecting an account', () => {
  it('leads to the authorization link, verifies the return, and confirms it on the list', async () => {
    const visitor = await new Visitor(app.url).signIn(ada);
    const started = await visitor.post('/connections/gmail/connect');
    expect(started.status).toBe(303);
    const returned = await visitor.get(consentTo(started.headers.location ?? ''));
    expect(returned.status).toBe(303);
    expect(returned.headers.location).toMatch(/^\/connections\/gmail\/status\?flow=[\w-]+$/);
    const status = await visitor.follow(returned);
    expect(status.text).toContain('Gmail is connected');
    const list = await visitor.get(returned.headers.location?.replace('/gmail/status', '') ?? '');
    expect(list.text).toContain('Gmail is connected.');
    expect(list.text).toContain('1 of 1 connected.');
  });
});
