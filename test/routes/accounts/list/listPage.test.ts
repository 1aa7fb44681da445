import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AccountStatus } from '../../../../server/scalekit/gateway.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../../support/memoryGateway.js';
import type { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../flow/journeys.js';

let gateway: MemoryGateway;
let app: JourneyApp;
let visitor: Visitor;

beforeEach(async () => {
  gateway = createMemoryGateway();
  app = await startJourneyApp({ gateway });
  visitor = await app.signIn(ada);
});

afterEach(() => app.close());

const gmail = { connectionName: 'gmail', identifier: ada };
const list = async (query = '') => (await visitor.get(`/connections${query}`)).text;
const cardsOf = (page: string) => [...page.matchAll(/data-connection="([^"]+)" data-state="([^"]+)"/g)];

/** The catalogue is kept for a minute, so the app begins anew with more connections. */
async function beginWith(...connections: Parameters<MemoryGateway['scalekit']['addConnection']>[0][]) {
  await app.close();
  gateway = createMemoryGateway();
  for (const connection of connections) gateway.scalekit.addConnection(connection);
  app = await startJourneyApp({ gateway });
  visitor = await app.signIn(ada);
}

/** What a status page, or another instance, would drop. */
function setStatus(status: AccountStatus): void {
  gateway.scalekit.addAccount({ ...gmail, status });
  app.deps.reader.drop(ada);
}

describe('a card', () => {
  it.each([
    ['active', 'Connected', 'Disconnect Gmail'],
    ['expired', 'Reconnect needed', 'Reconnect Gmail'],
    ['pending_verification', 'Finish connecting', 'Finish connecting Gmail'],
    ['disconnected', 'Disconnected', 'Reconnect Gmail'],
    ['unknown', 'Unknown', 'Reconnect Gmail'],
  ] as const)('of an account that is %s says "%s" and offers "%s"', async (status, label, action) => {
    setStatus(status);
    const page = await list();
    expect(page).toContain(label);
    expect(page).toMatch(new RegExp(`(>|aria-label=")${action}[<"]`));
  });

  it.each(['pending_verification', 'expired', 'disconnected'] as const)(
    'of an account that is %s can be taken off what needs its user',
    async (status) => {
      setStatus(status);
      expect(await list()).toContain('href="/connections/gmail/disconnect">Remove Gmail</a>');
      const page = await visitor.get('/connections/gmail/disconnect');
      expect(page.text).toContain('Remove Gmail?');
      expect(page.text).toContain('Gmail does not work for you right now.');
      await visitor.post('/connections/gmail/disconnect');
      expect(await list()).toContain('>Connect Gmail</button>');
    },
  );

  it('of an account that its user began to connect says "Finish connecting", until they cancel', async () => {
    setStatus('pending_auth');
    const { flowId } = await app.connect(visitor);
    expect(await list()).toContain('Finish connecting');
    expect(await list()).toContain('aria-label="Finish connecting Gmail"');
    expect(await list()).toContain('aria-label="Cancel setup of Gmail">Cancel setup<');
    await visitor.post(`/connections/gmail/flows/${flowId}/cancel`);
    expect(await list()).not.toContain('Finish connecting');
  });

  it('of an account that somebody else asked for says so, comes first of those to connect, and blames nobody', async () => {
    await beginWith({ name: 'airtable' }, { name: 'zoom' });
    gateway.scalekit.addAccount({ connectionName: 'zoom', identifier: ada, status: 'pending_auth' });
    app.deps.reader.drop(ada);
    const page = await list();
    expect(page).toContain('Your assistant asked for this');
    expect(page).not.toContain('You began');
    const available = cardsOf(page).filter(([, , state]) => state === 'not_connected');
    expect(available[0]?.[1]).toBe('zoom');
  });

  it('of a connection that needs no authorization says that it is ready, and has no button', async () => {
    await beginWith({ name: 'weather', kind: 'none' });
    const card = (await list()).split('data-connection="weather"')[1]?.split('</li>')[0] ?? '';
    expect(card).toContain('Ready to use');
    expect(card).not.toContain('button');
    expect((await visitor.post('/connections/weather/connect')).text).not.toContain('scalekit.test');
  });

  it.each(['backend', 'sign_in', 'other'] as const)(
    'is not there for a connection of the kind %s',
    async (kind) => {
      await beginWith({ name: 'crm', kind });
      expect(await list()).not.toContain('data-connection="crm"');
      expect(app.gateway.script.count('getAuthorizationLink')).toBe(0);
    },
  );

  it('of an active account also offers another one', async () => {
    setStatus('active');
    expect(await list()).toContain('>Switch Gmail account</button>');
  });
});

describe('the list', () => {
  it('costs one call, however many connections there are', async () => {
    const before = gateway.script.count();
    app.deps.reader.drop(ada);
    await list();
    expect(gateway.script.count() - before).toBe(1);
  });

  it('puts first what needs the user, and all the rest in one order, whether it is connected or not', async () => {
    setStatus('active');
    gateway.scalekit.addAccount({ connectionName: 'exa', identifier: ada, status: 'expired' });
    const page = await list();
    expect(cardsOf(page).map(([, name]) => name)).toEqual(['exa', 'gmail', 'team: drive 2']);
    expect(page).toContain('1 of 3 connected. Exa needs attention.');
    expect(page.match(/class="button filled"/g)).toHaveLength(1);
  });

  const headings = (page: string) =>
    [...page.matchAll(/<h2 id="section-[^>]*>([^<]*)/g)].map(([, heading]) => heading);

  it('has the operator’s categories, in their order, and last what has none', async () => {
    await beginWith({ name: 'gmail' }, { name: 'crm' }, { name: 'slack' });
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'connections-')), 'connections.json');
    const connections = [
      { name: 'crm', category: 'From your company' },
      { name: 'gmail', category: 'Mail' },
    ];
    await writeFile(file, JSON.stringify({ connections }));
    await app.close();
    app = await startJourneyApp({ gateway, env: { CONNECTIONS_FILE: file } });
    visitor = await app.signIn(ada);
    expect(headings(await list())).toEqual(['From your company', 'Mail', 'More connections']);
  });

  it('shows the best known as popular where there are many and the operator says nothing', async () => {
    await beginWith(...Array.from({ length: 17 }, (_, index) => ({ name: `own-${index}` })), {
      name: 'gmail',
    });
    const page = await list();
    expect(headings(page)).toEqual(['Popular', 'More connections']);
    expect(cardsOf(page)[0]?.[1]).toBe('gmail');
  });

  it('shows nothing of anybody else', async () => {
    attacks('checked-on-server');
    gateway.scalekit.addAccount({ ...gmail, identifier: bob });
    app.deps.reader.drop(ada);
    expect(await list()).toContain('0 of 3 connected.');
  });

  it('leaves out what is disabled or hidden', async () => {
    gateway.scalekit.addConnection({ name: 'slack', enabled: false });
    await app.close();
    app = await startJourneyApp({ gateway });
    visitor = await app.signIn(ada);
    expect(await list()).not.toContain('slack');
  });
});

describe('while Scalekit cannot answer', () => {
  it('the last known states are shown, and since when', async () => {
    attacks('scalekit-away');
    setStatus('active');
    await list();
    gateway.script.failAll('unreachable');
    app.deps.reader.drop(ada);
    const page = await list();
    expect(page).toMatch(/can’t reach the connection service right now\. What you see is from just now/);
    expect(cardsOf(page).find(([, name]) => name === 'gmail')?.[2]).toBe('active');
    expect(page).toMatch(/href="\/connections">Try again</);
  });

  it('nothing is called "not connected" that was never read', async () => {
    attacks('scalekit-away');
    gateway.script.failAll('timeout');
    const other = await app.signIn(bob);
    const page = (await other.get('/connections')).text;
    expect(page).toContain('so we can’t show what is connected');
    expect(new Set(cardsOf(page).map(([, , state]) => state))).toEqual(new Set(['unknown']));
    expect(page).not.toContain('class="row-action"');
    expect(page).not.toContain('Connect Gmail');
  });

  it('a first start is told in words', async () => {
    const down = createMemoryGateway();
    down.script.failAll('credentials');
    const fresh = await startJourneyApp({ gateway: down });
    try {
      const guest = await fresh.signIn(ada);
      const page = await guest.get('/connections');
      expect(page.status).toBe(503);
      expect(page.text).toContain('does not accept this app’s own credentials');
      expect(page.text).toContain('Sign out');
    } finally {
      await fresh.close();
    }
  });
});

describe('a confirmation', () => {
  it('of a connection is in the title, in the live sentence, and under the focus, and the row stands out', async () => {
    const { link, flowId } = await app.connect(visitor);
    await visitor.get(app.consent(link));
    const page = await list(`?flow=${flowId}`);
    expect(page).toContain('<title>Gmail is connected · Connections · Connect accounts</title>');
    expect(page).toMatch(
      /<p class="lead" role="status" tabindex="-1" autofocus data-summary><b class="outcome[^>]*>Gmail is connected\.<\/b> 1 of 3/,
    );
    expect(page.split('Connected just now</h2>')[1]).toContain(
      'class="row has-menu new" data-connection="gmail"',
    );
    expect(await list()).toContain('Connected just now');
  });

  it('of a connection that was made elsewhere, or long ago, makes no row stand out', async () => {
    setStatus('active');
    expect(await list()).not.toContain('Connected just now');
  });

  it('of a disconnect is not given while the account is active, whoever made the address', async () => {
    setStatus('active');
    expect(await list('?disconnected=gmail')).not.toContain('is disconnected');
  });

  it('of a connection is not given once it is disconnected', async () => {
    const { link, flowId } = await app.connect(visitor);
    await visitor.get(app.consent(link));
    expect(await list(`?flow=${flowId}`)).toContain('Gmail is connected.');
    await visitor.post('/connections/gmail/disconnect');
    expect(await list(`?flow=${flowId}`)).not.toContain('Gmail is connected.');
  });

  it.each(['?flow=nothing', '?disconnected=nothing', '?flow=', '?disconnected=__proto__'])(
    'is not given for %s',
    async (query) => {
      expect(await list(query)).not.toContain('class="outcome');
    },
  );
});
