import { paths } from '../../../server/paths.js';
import { writeBrand } from '../../support/brandFile.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { anotherApp, underWay } from '../onboarding/onboardingJourneys.js';

let app: SandboxedApp;

beforeAll(async () => {
  const file = await writeBrand({
    name: 'Northwind',
    assistant: 'Bolt',
    accent: '#ffee00',
    logo: { light: 'light.svg', dark: 'dark.svg' },
    favicon: 'icon.png',
    links: { support: 'mailto:help@northwind.example', privacy: 'https://northwind.example/privacy' },
    words: {
      en: { 'accounts.list.heading': 'Your tools' },
      de: { 'accounts.list.heading': 'Ihre Werkzeuge' },
    },
  });
  app = await startSandboxedApp({ env: { BRAND_FILE: file } });
});

afterAll(() => app.close());

/** The pages that users meet, in the state of somebody who is half way through everything. */
async function pagesOfUsers() {
  const user = await new Visitor(app.url).signIn('grace@example.com');
  const acme = await anotherApp(app, { name: 'Acme' });
  const { id, browser: led } = await underWay(app, acme, {}, new Visitor(app.url));
  const stranger = new Visitor(app.url);
  await user.post(paths.startConnect('gmail'));
  const asked = [
    [stranger, paths.signIn],
    [stranger, '/nowhere'],
    [user, paths.connections],
    [user, paths.connection('gmail')],
    [user, paths.connect('notion')],
    [user, paths.disconnect('slack')],
    [user, paths.account],
    [user, paths.language],
    [user, '/connections/gmail/status'],
    [led, `/onboarding/${id}`],
    [led, `/onboarding/${id}/leave`],
  ] as const;
  return Promise.all(asked.map(async ([visitor, address]) => ({ address, ...(await visitor.get(address)) })));
}

describe('under the operator’s brand', () => {
  it('no page of users names this project, its mark or Scalekit', async () => {
    for (const { address, text } of await pagesOfUsers()) {
      const seen = text.replace(/<symbol id="mark"[\s\S]*?<\/symbol>/, '');
      expect([address, /Connect accounts|Scalekit|#mark"|favicon/i.exec(seen)?.[0]]).toEqual([
        address,
        undefined,
      ]);
      expect(seen).toContain('alt="Northwind"');
    }
  });

  it('every page has its logo for both themes, its colours, its icon and its links', async () => {
    const { text } = await new Visitor(app.url).get(paths.signIn);
    const found = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
    const style = found(/href="(\/assets\/brand\.[\w-]{10}\.css)"/);
    const light = found(/<img src="(\/assets\/brand-light\.[\w-]{10}\.svg)"/);
    const dark = found(
      /<source media="\(prefers-color-scheme: dark\)" srcset="(\/assets\/brand-dark\.[\w-]{10}\.svg)"/,
    );
    const icon = found(/<link rel="icon" href="(\/assets\/brand-icon\.[\w-]{10}\.png)"/);
    const visitor = new Visitor(app.url);
    for (const [address, type] of [
      [style, 'text/css'],
      [light, 'image/svg+xml'],
      [dark, 'image/svg+xml'],
      [icon, 'image/png'],
    ] as const) {
      const { status, headers } = await visitor.get(address);
      expect([address, status, headers['content-type'], headers['cache-control']]).toEqual([
        address,
        200,
        expect.stringContaining(type),
        'public, max-age=31536000, immutable',
      ]);
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
    expect((await visitor.get(style)).text).toContain('--accent: #ffee00');
    expect(text).toContain('href="mailto:help@northwind.example" rel="noreferrer">Support<');
    expect(text).toContain('href="https://northwind.example/privacy" rel="noreferrer">Privacy<');
    expect(text).not.toContain('Legal notice');
    expect(text).not.toMatch(/ style="/);
  });

  it('the assistant has its name, and the operator’s words stand in their places, by language', async () => {
    const user = await new Visitor(app.url).signIn('ada@example.com');
    expect((await user.get(paths.connections)).text).toContain('<h1>Your tools</h1>');
    const german = await user.get(paths.connections, { 'Accept-Language': 'de' });
    expect(german.text).toContain('<h1>Ihre Werkzeuge</h1>');
    const detail = await user.get(paths.connect('gmail'));
    expect(detail.text).toContain('Bolt can read with it');
    expect(detail.text).not.toContain('our assistant');
  });

  it('mails are in its colours and have its links', async () => {
    const mail = { kind: 'invitation', identifier: 'ada@example.com', connectionName: 'gmail' } as const;
    const { html, text } = await app.deps.mails.accountMails.preview(mail);
    expect(html).toContain('background: #ffee00; color: #17181c');
    expect(html).toContain('href="https://northwind.example/privacy"');
    expect(text).toContain('Privacy\nhttps://northwind.example/privacy');
    expect(html + text).not.toMatch(/Connect accounts|Scalekit/);
  });
});

describe('the page that shows a brand', () => {
  it('has its logos, its colours with their contrast, and what was changed', async () => {
    const user = await new Visitor(app.url).signIn('ada@example.com');
    const { status, text } = await user.get(paths.styleguideBrand);
    expect(status).toBe(200);
    expect(text).toMatch(/brand-on-dark" src="\/assets\/brand-dark/);
    expect(text).toMatch(/the accent #ffee00 is #[\da-f]{6} as text on light pages/);
    expect(text).toMatch(/Text on light pages: <code>#[\da-f]{6}<\/code>, (4\.[5-9]|[5-9])/);
  });
});

describe('without a brand', () => {
  it('nothing more is loaded than before', async () => {
    const plain = await startSandboxedApp();
    const { text } = await new Visitor(plain.url).get(paths.signIn);
    expect(text).not.toContain('/assets/brand');
    expect(text).toContain('Sign in to Connect accounts');
    await plain.close();
  });
});
