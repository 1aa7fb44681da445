import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { useStage } from '../../support/browser.js';
import { arriveAt, button, link, pressLast } from '../../support/browserSteps.js';
import { attacks, describe, expect, it } from '../../support/jest.js';
import { type OnboardingHost, startOnboardingHost } from '../../support/onboardingHost.js';

const stage = useStage();
const steps = 'Set up connections for Acme';

async function startHost(openerPolicy = 'unsafe-none'): Promise<OnboardingHost> {
  const host = await startOnboardingHost(stage.app, stage.someone(), 'Acme', { openerPolicy });
  stage.closeLater(host);
  return host;
}

/** Presses the host's button. @returns the window that opens */
async function openWindow(page: Page): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), button(page, 'Connect Gmail').click()]);
  return popup;
}

async function connectGmail(page: Page): Promise<void> {
  await button(page, 'Start').click();
  await arriveAt(page, steps);
  await button(page, 'Connect Gmail').click();
  await arriveAt(page, 'Give access to Gmail?');
  await button(page, 'Allow').click();
  await arriveAt(page, steps);
}

const answerOf = (page: Page) => page.getByRole('status');

describe('an onboarding in a window of its own', () => {
  it.each(['unsafe-none', 'same-origin-allow-popups', 'same-origin'])(
    'is told to the page that opened it when it is back, and closes; the page’s opener policy: %s',
    async (openerPolicy) => {
      const host = await startHost(openerPolicy);
      const page = await stage.visit();
      await page.goto(host.url);
      const popup = await openWindow(page);
      await arriveAt(popup, steps);
      expect(await popup.evaluate('window.opener')).toBeNull();
      await connectGmail(popup);
      const closed = popup.waitForEvent('close');
      await pressLast(popup, 'Continue to Acme');
      await answerOf(page).getByText('complete').waitFor();
      await Promise.race([closed, answerOf(popup).getByText('Close this window').waitFor()]);
      expect(page.url()).toBe(`${host.url}/`);
    },
  );

  it('tells each of two pages of its own window alone', async () => {
    const host = await startHost();
    const one = await stage.visit();
    const two = await one.context().newPage();
    const windows: Page[] = [];
    for (const page of [one, two]) {
      await page.goto(host.url);
      windows.push(await openWindow(page));
    }
    const [, second] = windows as [Page, Page];
    await arriveAt(second, steps);
    await button(second, 'Start').click();
    await link(second, 'Leave without finishing').click();
    await pressLast(second, 'Go back to Acme');
    await answerOf(two).getByText('incomplete').waitFor();
    expect(await answerOf(one).textContent()).toBe('');
  });

  it('is this page itself where the browser opens no window, and goes on at the return address', async () => {
    const host = await startHost();
    const page = await stage.visit();
    await page.addInitScript('window.open = () => null');
    await page.goto(host.url);
    await button(page, 'Connect Gmail').click();
    await arriveAt(page, steps);
    await connectGmail(page);
    await button(page, 'Continue to Acme').click();
    await arriveAt(page, 'Welcome back');
    await answerOf(page).getByText('Go on here').waitFor();
    expect(new URL(page.url()).pathname).toBe('/returned');
  });

  it('is this page itself on a phone', async () => {
    const host = await startHost();
    const page = await stage.visit({
      userAgent:
        'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
    });
    await page.goto(host.url);
    await button(page, 'Connect Gmail').click();
    await arriveAt(page, steps);
    expect(page.context().pages()).toEqual([page]);
  });

  it('closes its window again when the page gets no session', async () => {
    const host = await startHost();
    const page = await stage.visit();
    await page.goto(host.url);
    await page.evaluate('window.broken = true');
    const popup = await openWindow(page);
    if (!popup.isClosed()) await popup.waitForEvent('close');
    await answerOf(page).getByText('no session').waitFor();
  });

  it('is not shown in a frame', async () => {
    attacks('no-frames');
    const host = await startHost();
    const { path } = await host.acme.create({ return_url: `${host.url}/back` });
    const { headers } = await fetch(stage.app.url + path);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  it('needs a module of less than 2 kB, which any page may load, with its types beside it', async () => {
    for (const [name, type] of [
      ['connect.js', 'text/javascript'],
      ['connect.d.ts', 'text/plain'],
    ] as const) {
      const answer = await fetch(`${stage.app.url}/assets/${name}`, {
        headers: { 'Accept-Encoding': 'identity' },
      });
      expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      if (name === 'connect.js') expect((await answer.arrayBuffer()).byteLength).toBeLessThan(2000);
    }
    const types = await readFile(new URL('../../../public/connect.d.ts', import.meta.url), 'utf8');
    const module = await readFile(new URL('../../../public/connect.js', import.meta.url), 'utf8');
    const exported = (text: string) =>
      [...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name);
    expect(exported(types)).toEqual(exported(module));
  });
});
