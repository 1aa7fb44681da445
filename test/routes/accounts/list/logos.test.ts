import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { paths } from '../../../../server/paths.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import type { Visitor } from '../../../support/visitor.js';
import { anotherApp, underWay } from '../../onboarding/onboardingJourneys.js';
import { ada, type JourneyApp, startJourneyApp } from '../flow/journeys.js';

let folder: string;
let app: JourneyApp;
let visitor: Visitor;

/** An app with connections of providers, each named and titled as given. */
async function beginWith(
  shown: readonly { name: string; provider?: string; title?: string; logo?: string }[],
) {
  const gateway = createMemoryGateway();
  for (const { name, provider = 'CUSTOM' } of shown) gateway.scalekit.addConnection({ name, provider });
  const file = path.join(folder, 'connections.json');
  const connections = shown.map(({ name, title, logo }) => ({ name, title, logo }));
  await writeFile(file, JSON.stringify({ connections }));
  app = await startJourneyApp({ gateway, env: { CONNECTIONS_FILE: file } });
  visitor = await app.signIn(ada);
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const list = async () => (await visitor.get(paths.connections)).text;
const tileOf = (page: string, name: string) =>
  /<span class="tile">(.*?)<\/span>\n/s.exec(page.split(`data-connection="${name}"`)[1] ?? '')?.[1];

describe('the logo of a connection', () => {
  it('is in the page itself, once for all connections of a provider', async () => {
    await beginWith([
      { name: 'slack', provider: 'SLACK' },
      { name: 'slack-prod', provider: 'SLACK' },
    ]);
    const page = await list();
    for (const name of ['slack', 'slack-prod']) {
      expect(tileOf(page, name)).toContain('<use href="#logo-slack"/>');
      expect(tileOf(page, name)).toContain('aria-hidden="true"');
    }
    expect(page.match(/<symbol id="logo-slack"/g)).toHaveLength(1);
    expect(page).not.toContain('/logos/');
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is the operator’s own where there is one, as an image and never in the page', async () => {
    attacks('uploads-run-nothing');
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" id="theirs"><script>alert(1)</script></svg>';
    await writeFile(path.join(folder, 'own.svg'), svg);
    await beginWith([{ name: 'slack', provider: 'SLACK', logo: 'own.svg' }]);
    const page = await list();
    expect(tileOf(page, 'slack')).toContain('<img class="logo" src="/logos/slack" alt=""');
    expect(page).not.toContain('theirs');
    expect(page).not.toContain('logo-slack');
    const logo = await visitor.get('/logos/slack');
    expect([logo.status, logo.type, logo.body.toString()]).toEqual([200, 'image/svg+xml', svg]);
    expect(logo.headers['content-security-policy']).toMatch(/^default-src 'none';.*; sandbox$/);
  });

  it('is the operator’s own in an onboarding too, for what is asked for', async () => {
    await writeFile(path.join(folder, 'own.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await beginWith(
      ['gmail', 'exa'].map((name) => ({ name, provider: name.toUpperCase(), logo: 'own.svg' })),
    );
    const { browser, steps } = await underWay(app, await anotherApp(app), {
      connections: [{ name: 'gmail' }],
    });
    expect((await browser.get(steps)).text).toContain(`src="${steps}/connections/gmail/logo"`);
    const logo = await browser.get(`${steps}/connections/gmail/logo`);
    expect(logo.status).toBe(200);
    expect(logo.headers['content-security-policy']).toMatch(/^default-src 'none';.*; sandbox$/);
    expect((await browser.get(`${steps}/connections/exa/logo`)).status).toBe(404);
  });

  it('has no address of its own where the operator gave none', async () => {
    await beginWith([{ name: 'slack', provider: 'SLACK' }]);
    expect((await visitor.get('/logos/slack')).status).toBe(404);
  });

  it.each([
    ['acme', 'A'],
    ['“Quoted”', 'Q'],
    ['ßlack', 'ß'],
    ['élan', 'É'],
    ['3scale', '3'],
    ['بريد', 'ب'],
    ['かんばん', 'か'],
    ['がくせい', 'が'],
    ['👩🏽‍💻 Dev', '👩🏽‍💻'],
    ['🇩🇪 Post', '🇩🇪'],
    ['<b>', 'B'],
    ['***', '·'],
  ])('of %j is the letter %j where the provider has none', async (title, letter) => {
    await beginWith([{ name: 'own', title }]);
    expect(tileOf(await list(), 'own')).toContain(`<span class="logo letter" aria-hidden="true">${letter}`);
  });

  it.each(['__PROTO__', 'CONSTRUCTOR', 'TOSTRING'])('of the provider %s is a letter', async (provider) => {
    await beginWith([{ name: 'odd', provider, title: 'Odd' }]);
    expect(tileOf(await list(), 'odd')).toContain('>O');
  });

  it.each(['/connections/slack', '/connect/slack', '/connections/slack/disconnect'])(
    'is on %s, too',
    async (address) => {
      await beginWith([{ name: 'slack', provider: 'SLACK' }]);
      const { text } = await visitor.get(address);
      expect(text).toContain('<use href="#logo-slack"/>');
      expect(text).toContain('<symbol id="logo-slack"');
    },
  );
});
