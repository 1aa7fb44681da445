import type { Tool } from '../../../../server/scalekit/gateway.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../../support/memoryGateway.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from '../flow/journeys.js';

const gmail = { connectionName: 'gmail', identifier: ada };
const tool = (name: string, readsOnly = false, title: string | null = null): Tool => ({
  name,
  title,
  readsOnly,
});

let gateway: MemoryGateway;
let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'weather', kind: 'none' });
  gateway.scalekit.addConnection({ name: 'backend', kind: 'backend' });
  gateway.scalekit.tools.set('GMAIL', [
    tool('gmail_fetch_mails', true),
    tool('gmail_send_mail', false, 'Send mail in your name'),
    tool('gmail_mystery'),
  ]);
  app = await startJourneyApp({ gateway });
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

const page = async (name = 'gmail') => (await visitor.get(`/connections/${name}`)).text;
const has = (account: Parameters<MemoryGateway['scalekit']['addAccount']>[0]) => {
  gateway.scalekit.addAccount(account);
  app.deps.reader.drop(ada);
};

describe('the page of a connection', () => {
  it('says what the assistant can do, as whom and since when it is connected, and how to go on', async () => {
    has({ ...gmail, updatedAt: Date.parse('2026-03-12T09:41:00Z'), lastUsedAt: null });
    gateway.scalekit.answerOf = () => '{"emailAddress":"ada@gmail.com"}';
    await visitor.get('/connections');
    await app.deps.connectedAs.job.look();
    const text = await page();
    for (const words of ['What your assistant can do', 'Fetch mails', 'Send mail in your name', 'Mystery']) {
      expect(text).toContain(words);
    }
    expect(text).toContain('ada@gmail.com');
    expect(text).toContain('12 March');
    expect(text).toContain('Not yet');
    expect(text).toContain('Switch Gmail account');
    expect(text).toContain('href="/connections/gmail/disconnect"');
    expect(await visitor.get('/connections')).toMatchObject({
      text: expect.stringContaining('href="/connections/gmail"'),
    });
  });

  it('counts what does not say that it only reads as a change', async () => {
    const [reads = '', changes = ''] = (await page()).split('Changes</h3>');
    expect(reads).toContain('Fetch mails');
    expect(changes).toContain('Mystery');
    expect(changes).not.toContain('Fetch mails');
  });

  it('asks Scalekit once for what all users see', async () => {
    await page();
    await page();
    await (await app.signIn('bob@example.com')).get('/connections/gmail');
    expect(gateway.script.count('listTools')).toBe(1);
    has(gmail);
    await page();
    await page();
    expect(gateway.script.count('listScopedTools')).toBe(1);
  });

  it.each(['unexpected', 'unreachable', 'forbidden', 'timeout'] as const)(
    'is there without the tools when asking for them is %s',
    async (kind) => {
      gateway.script.failNext('listTools', kind);
      const text = await page();
      expect(text).not.toContain('What your assistant can do');
      expect(text).toContain('Connect Gmail');
      expect(text).toContain(ada);
    },
  );

  it('shows tools with hostile names as harmless text', async () => {
    gateway.scalekit.tools.set('GMAIL', [tool('x', true, '<img src=x onerror=alert(1)>\u202Eevil')]);
    const text = await page();
    expect(text).toContain('&lt;img src=x');
    expect(text).not.toContain('<img src=x');
    expect(text).not.toContain('\u202E');
  });

  it('is ready, without a button, for what needs no authorization, and not there for what is not offered', async () => {
    const ready = await page('weather');
    expect(ready).toContain('Ready to use');
    expect(ready).not.toContain('Manage');
    expect((await visitor.get('/connections/backend')).status).toBe(404);
    expect((await visitor.get('/connections/nowhere')).status).toBe(404);
  });

  it('shows what was known last while Scalekit is away, and says so', async () => {
    has(gmail);
    await visitor.get('/connections');
    app.deps.reader.drop(ada);
    gateway.script.failAll('unreachable');
    const text = await page();
    expect(text).toContain('We can’t reach the connection service right now.');
    expect(text).toContain('Disconnect Gmail');
  });

  it('is for its signed-in user alone', async () => {
    const { status, headers } = await visitor.get('/connections/gmail');
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    await visitor.post('/sign-out');
    expect((await visitor.get('/connections/gmail')).status).toBe(303);
  });
});

describe('before somebody connects', () => {
  it('the durable link’s page says in short what it is for', async () => {
    const text = (await visitor.get('/connect/gmail')).text;
    expect(text).toContain('Your assistant can read with it: Fetch mails.');
    expect(text).toContain('Your assistant can also change things: Send mail in your name, Mystery.');
  });
});
