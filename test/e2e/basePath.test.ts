import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { adminPaths, paths } from '../../server/paths.js';
import { anotherApp } from '../routes/onboarding/onboardingJourneys.js';
import { useStage } from '../support/browser.js';
import {
  arriveAt,
  button,
  card,
  connectByConsent,
  expectNotice,
  expectState,
  fillSignIn,
  link,
  openInNewTab,
  signIn,
} from '../support/browserSteps.js';
import { freePort } from '../support/freePort.js';
import { describe, expect, it } from '../support/jest.js';

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const publicUrl = `${origin}/apps/connect`;
const admin = 'admin@example.com';

const stage = useStage({ port, env: { PUBLIC_URL: publicUrl, ADMIN_IDENTIFIERS: admin } });

/** A page, and what its browser asked this origin for outside the path. */
async function visit(): Promise<{ page: Page; outside: string[] }> {
  const page = await stage.visit();
  const outside: string[] = [];
  page.context().on('request', (request) => {
    const url = request.url();
    if (url.startsWith(origin) && !url.startsWith(`${publicUrl}/`)) outside.push(url);
  });
  return { page, outside };
}

const isLive = (page: Page) => page.locator('html[data-live]').waitFor({ state: 'attached' });

describe('a browser at an app whose public URL has a path', () => {
  it('signs in, connects by consent and by a key, and sees both at once on an open list', async () => {
    const { page, outside } = await visit();
    await page.goto(`${publicUrl}/`);
    await arriveAt(page, 'Sign in to Connect accounts');
    await fillSignIn(page, stage.someone());
    await arriveAt(page, 'Connections');
    await isLive(page);

    const tab = await page.context().newPage();
    await tab.goto(publicUrl + paths.connections);
    await connectByConsent(tab, 'Connect Gmail', 'Gmail');
    await expectState(page, 'Gmail', 'active');

    await link(tab, 'Continue').click();
    await expectNotice(tab, 'Gmail is connected.');
    await button(tab, 'Connect Exa').click();
    await arriveAt(tab, 'Enter your Exa key');
    const atKey = await openInNewTab(tab, 'Enter your Exa key');
    await tab.waitForResponse((response) => response.url().includes('/status.json?'));
    await atKey.getByLabel('API key').fill('a key');
    await button(atKey, 'Connect').click();
    await arriveAt(tab, 'Exa is connected');
    await expectState(page, 'Exa', 'active');
    expect(outside).toEqual([]);
  });

  it('follows a reading of the directory as an admin', async () => {
    const { page, outside } = await visit();
    await signIn(page, publicUrl, admin);
    await page.goto(publicUrl + adminPaths.overview);
    await button(page, 'Sync now').click();
    await page.locator('progress').waitFor();
    stage.app.deps.directory.start();
    await page.getByText(/^Last full sync/).waitFor();
    await stage.app.deps.directory.stop();
    await link(page, 'Users').click();
    await arriveAt(page, 'Users');
    expect(outside).toEqual([]);
  });

  it('goes through an onboarding, and back to the other app', async () => {
    const host = createServer(
      (_request, answer) => void answer.end('<title>Host</title><h1>Welcome back</h1>'),
    );
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    stage.closeLater({
      close() {
        host.closeAllConnections();
        return new Promise((resolve) => host.close(() => resolve()));
      },
    });
    const returnUrl = `http://127.0.0.1:${(host.address() as AddressInfo).port}/back`;
    const acme = await anotherApp({ url: publicUrl, deps: stage.app.deps }, { returnUrls: [returnUrl] });
    const identifier = stage.someone();
    const asked = {
      identifier,
      return_url: returnUrl,
      user_check: 'none',
      connections: [{ name: 'gmail' }, { name: 'exa' }],
    };
    const { path } = await acme.create(asked);

    const { page, outside } = await visit();
    await page.goto(origin + path);
    await button(page, 'Start').click();
    await button(page, 'Connect Gmail').click();
    await button(page, 'Allow').click();
    await card(page, 'Gmail').getByText('Connected', { exact: true }).waitFor();
    await button(page, 'Connect Exa').click();
    const tab = await openInNewTab(page, 'Enter your Exa key');
    await isLive(page);
    await tab.getByLabel('API key').fill('a key');
    await button(tab, 'Connect').click();
    await card(page, 'Exa').getByText('Connected', { exact: true }).waitFor();
    await button(page, 'Continue to Acme Assistant').click();
    await arriveAt(page, 'Welcome back');
    expect(page.url().startsWith(`${returnUrl}?`)).toBe(true);
    expect(outside).toEqual([]);
  });

  it('chooses a language, and is back where it was', async () => {
    const { page, outside } = await visit();
    const connection = publicUrl + paths.connection('gmail');
    await page.goto(`${publicUrl}/`);
    await fillSignIn(page, stage.someone());
    await page.goto(connection);
    await page.locator(`.foot a[href$="${paths.language}"]`).click();
    await page.locator('button[name="language"][value="de"]').click();
    await page.waitForURL(connection);
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(outside).toEqual([]);
  });
});
