import type { Page } from 'puppeteer-core';
import { onboardingPaths, paths } from '../../server/paths.js';
import { type Firefox, readHeading, sendForm, startFirefox } from '../support/firefox.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../support/jest.js';
import { startOnboardingHost } from '../support/onboardingHost.js';
import { findProgram } from '../support/program.js';
import { type SandboxedApp, startSandboxedApp } from '../support/testApp.js';

/** How long the journeys may take together, with the start of the browser. In milliseconds. */
const budgetMs = 40_000;

const program =
  process.env.FIREFOX_PATH ??
  (await findProgram('firefox-esr', 'firefox-esr').catch((error: Error) => {
    process.stderr.write(`SKIPPED: the journeys in Firefox. ${error.message} Or name one: FIREFOX_PATH.\n`);
    return null;
  }));

(program === null ? describe.skip : describe)('in Firefox', () => {
  const startedAt = Date.now();
  let app: SandboxedApp;
  let firefox: Firefox;

  beforeAll(async () => {
    app = await startSandboxedApp();
    firefox = await startFirefox(program ?? '');
  });

  afterEach(async () => {
    expect(await firefox.leave()).toEqual([]);
  });

  afterAll(async () => {
    await firefox?.close();
    await app?.close();
  });

  async function signedIn(identifier: string) {
    const page = await firefox.visit();
    await page.goto(app.url + paths.signIn);
    await page.type('input[name="identifier"]:not([type="hidden"])', identifier);
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    return page;
  }

  const statusOf = (identifier: string) => app.sandbox.control.account('gmail', identifier)?.status;

  it('signs in, gives access to Gmail until it is connected, goes on, and disconnects it', async () => {
    const identifier = 'fox@example.com';
    const page = await signedIn(identifier);
    expect(page.url()).toBe(app.url + paths.connections);
    await sendForm(page, paths.startConnect('gmail'));
    expect(new URL(page.url()).origin).toBe(app.sandbox.url);
    await Promise.all([page.waitForNavigation(), page.click('button[value="allow"]')]);
    await readHeading(page, 'Gmail is connected');
    expect(statusOf(identifier)).toBe('ACTIVE');
    await page.waitForFunction(`location.pathname === '${paths.connections}'`);
    await page.goto(app.url + paths.disconnect('gmail'));
    await sendForm(page, paths.disconnect('gmail'));
    expect(new URL(page.url()).pathname).toBe(paths.connections);
    expect(statusOf(identifier)).toBeUndefined();
  });

  it('shows at once what changed elsewhere, in the list that is open', async () => {
    const identifier = 'vixen@example.com';
    const page = await signedIn(identifier);
    await page.waitForSelector('html[data-live]');
    app.sandbox.control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' });
    await app.deps.reader.changed(identifier);
    await page.waitForSelector('[data-connection="gmail"][data-state="active"]');
  });

  it('leads the user of another app through an onboarding, and back', async () => {
    const identifier = 'cub@example.com';
    const host = await startOnboardingHost(app, identifier, 'Acme');
    try {
      const { id, path } = await host.acme.create({
        identifier,
        return_url: `${host.url}/back`,
        connections: [{ name: 'gmail' }],
      });
      const page = await firefox.visit();
      await page.goto(app.url + path);
      await sendForm(page, onboardingPaths.start);
      // The other app says who it is, and the page in between goes on by itself.
      await sendForm(page, onboardingPaths.startConnect(id, 'gmail'));
      await Promise.all([page.waitForNavigation(), page.click('button[value="allow"]')]);
      await sendForm(page, onboardingPaths.finish(id));
      await readHeading(page, 'Welcome back');
      expect(host.returns.map((one) => one.get('state'))).toEqual(['its state']);
      expect(await host.acme.statusOf(id)).toBe('complete');
      expect(statusOf(identifier)).toBe('ACTIVE');
    } finally {
      await host.close();
    }
  });

  it('leads through an onboarding in a window of its own, and tells the page that opened it', async () => {
    const identifier = 'kit@example.com';
    const host = await startOnboardingHost(app, identifier, 'Acme');
    try {
      const page = await firefox.visit();
      await page.goto(host.url);
      const opens = new Promise<Page | null>((resolve) => page.once('popup', resolve));
      await (await page.waitForSelector('button:enabled'))?.click();
      const popup = await opens;
      if (popup === null) throw new Error('no window opened');
      await sendForm(popup, onboardingPaths.start);
      const [, id = ''] = /\/onboarding\/([^/?]+)/.exec(popup.url()) ?? [];
      await sendForm(popup, onboardingPaths.startConnect(id, 'gmail'));
      await Promise.all([popup.waitForNavigation(), popup.click('button[value="allow"]')]);
      const finish = await popup.waitForSelector(`form[action="${onboardingPaths.finish(id)}"] button`);
      // It may close before the click is answered.
      finish?.click().catch(() => {});
      await page.waitForFunction("document.querySelector('[role=status]').textContent === 'complete'");
      expect(statusOf(identifier)).toBe('ACTIVE');
    } finally {
      await host.close();
    }
  });

  it('takes no longer for all of this than everybody can wait for', () => {
    expect(Date.now() - startedAt).toBeLessThan(budgetMs);
  });
});
