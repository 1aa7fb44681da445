import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from './journeys.js';

let folder: string;
let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

/** The status page of a connection that takes a key, before its form was opened. */
async function askForKey(name: string, provider: string, settings: Record<string, string> = {}) {
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name, provider, kind: 'static' });
  const file = path.join(folder, 'connections.json');
  await writeFile(file, JSON.stringify({ connections: [{ name, ...settings }] }));
  app = await startJourneyApp({ gateway, env: { CONNECTIONS_FILE: file } });
  visitor = await app.signIn(ada);
  return visitor.follow(await visitor.post(`/connections/${name}/connect`));
}

describe('where a key is asked for', () => {
  it('the page of the provider on which keys are made is named', async () => {
    const { text } = await askForKey('search', 'TAVILY');
    expect(text).toContain('<h1 data-heading>Enter your Tavily key</h1>');
    expect(text).toMatch(
      /You find or create a key in your Tavily account, at <a [^>]*href="https:\/\/app\.tavily\.com"/,
    );
    expect(text).toContain('<bdi>app.tavily.com</bdi>');
  });

  it('the operator’s own page wins', async () => {
    const { text } = await askForKey('search', 'TAVILY', {
      key_url: 'https://wiki.acme.example/keys?for=tavily&new=1',
    });
    expect(text).toContain('href="https://wiki.acme.example/keys?for=tavily&amp;new=1"');
    expect(text).not.toContain('app.tavily.com');
  });

  it('nothing is invented for a provider whose page is not known', async () => {
    const { text } = await askForKey('crm', 'ACME_CRM');
    expect(text).toContain('You find or create a key in your Acme CRM account, usually in its settings.');
  });

  it('there is one thing to do, and nothing moves or is waited for yet', async () => {
    const { text } = await askForKey('search', 'TAVILY');
    expect(text).not.toContain('class="progress"');
    expect(text).not.toContain('Still waiting');
    expect(text).not.toContain('Start again');
    expect(text.match(/class="button filled"/g)).toHaveLength(1);
  });

  it('it is waited for once the form was opened, which can be opened again', async () => {
    const page = await askForKey('search', 'TAVILY');
    const [, action = ''] = /action="([^"]+\/link)"/.exec(page.text) ?? [];
    await visitor.post(action);
    const [flow] = await app.flows();
    // That the browser left is noted after the answer.
    await app.editFlow(flow?.id ?? '', { leftAt: Date.now() });
    const { text } = await visitor.get(`/connections/search/status?flow=${flow?.id}`);
    expect(text).toContain('<h1 data-heading>Connecting Tavily</h1>');
    expect(text).toContain('Waiting for your Tavily key.');
    expect(text).toContain('class="progress"');
    expect(text).toContain('>Open the form again</button>');
    expect(text).toContain('If you closed the form, open it again.');
  });
});
