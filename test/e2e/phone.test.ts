import jsqr from 'jsqr';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { paths } from '../../server/paths.js';
import { useStage } from '../support/browser.js';
import { consentFails, providerSends } from '../support/browserFailures.js';
import { arriveAt, button, enter, link, signIn } from '../support/browserSteps.js';
import { describe, expect, it } from '../support/jest.js';

const stage = useStage();

const inInstagram = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 355.0.0.22.97',
  viewport: { width: 360, height: 700 },
  permissions: ['clipboard-read', 'clipboard-write'],
};

const clipboard = (page: Page) => page.evaluate('navigator.clipboard.readText()') as Promise<string>;

describe('a reader on a phone', () => {
  it('in the window of another app copies the address of the page, and can go on all the same', async () => {
    const page = await stage.visit(inInstagram);
    await enter(page, stage.app.url, stage.someone());
    await page.goto(stage.app.url + paths.connect('gmail'));
    await button(page, 'Copy the link').click();
    await page.getByText('The link is copied.').waitFor();
    expect(await clipboard(page)).toBe(stage.app.url + paths.connect('gmail'));
    await button(page, 'Connect Gmail').click();
    await arriveAt(page, 'Give access to Gmail?');
  });

  it('whom a provider refuses there gets the link of the connection', async () => {
    const { page } = await providerSends(stage, 'disallowed_useragent');
    await page.setExtraHTTPHeaders({ 'User-Agent': inInstagram.userAgent });
    await page.reload();
    expect(await page.getByLabel('Link to this page').inputValue()).toBe(
      stage.app.url + paths.connect('gmail'),
    );
  });

  it('is led there from a desk by a code that a camera reads', async () => {
    const identifier = stage.someone();
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await stage.visit({ colorScheme });
      await signIn(page, stage.app.url, identifier);
      await page.goto(stage.app.url + paths.connection('gmail'));
      await page.getByText('Continue on your phone').click();
      const code = page.getByRole('img', { name: 'QR code of the link that connects Gmail' });
      const { data, width, height } = PNG.sync.read(await code.screenshot());
      const read = jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? '';
      expect(read).toMatch(new RegExp(`^${stage.app.url}/connect/gmail\\?to=`));

      // It is of use to its addressee alone, who signs in at the phone.
      const phone = await stage.visit({
        viewport: { width: 360, height: 700 },
        hasTouch: true,
        isMobile: true,
      });
      await enter(phone, stage.app.url, identifier);
      await phone.goto(read);
      await arriveAt(phone, 'Connect Gmail');
      expect(await phone.getByText('Continue on your phone').isVisible()).toBe(false);
      const other = await stage.visit();
      await enter(other, stage.app.url, stage.someone());
      expect((await other.goto(read))?.status()).toBe(403);
    }
  });

  it('is still signed in after the browser was closed, and goes on where a try was left', async () => {
    const first = await stage.visit();
    const identifier = stage.someone();
    await enter(first, stage.app.url, identifier);
    await first.goto(stage.app.url + paths.connect('gmail'));
    await button(first, 'Connect Gmail').click();
    await arriveAt(first, 'Give access to Gmail?');
    const consent = first.url();
    const { cookies, origins } = await first.context().storageState();
    await first.context().close();

    // What a browser forgets when it is closed.
    const kept = cookies.filter(({ expires }) => expires > 0);
    const again = await stage.visit({ storageState: { cookies: kept, origins } });
    await again.goto(stage.app.url + paths.connections);
    await arriveAt(again, 'Connections');
    await again.goto(consent);
    await button(again, 'Allow').click();
    await arriveAt(again, 'Gmail is connected');
  });
});

describe('the text for an administrator', () => {
  it('is copied, handed to other apps, and mailed', async () => {
    const { page } = await consentFails(stage, 'Blocked by the organization');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    // Chromium on Linux shares nothing, so that a test has to stand in for the sheet of a phone.
    await page.addInitScript('navigator.share = async (what) => { window.shared = what; }');
    await page.reload();
    const text = await page.getByLabel('For your administrator').inputValue();
    expect(text).toContain('I want to connect Gmail with Connect accounts');

    await button(page, 'Copy the text').click();
    await page.getByText('The text is copied.').waitFor();
    expect(await clipboard(page)).toBe(text);

    await button(page, 'Share the text').click();
    const subject = 'Please approve Connect accounts for Gmail';
    expect(await page.evaluate('window.shared')).toEqual({ title: subject, text });
    await page.evaluate(
      "navigator.share = async () => { throw new DOMException('no app takes it', 'DataError'); }",
    );
    await button(page, 'Share the text').click();
    await page.getByText('It could not be shared. Copy the text instead.').waitFor();

    const mail = new URL((await link(page, 'Send it by mail').getAttribute('href')) ?? '');
    expect(mail.href).not.toMatch(/[+\s"<>]/);
    expect(mail.searchParams.get('subject')).toBe(subject);
    expect(mail.searchParams.get('body')).toBe(text);
  });

  it('offers no sharing to a browser that cannot', async () => {
    const { page } = await consentFails(stage, 'Blocked by the organization');
    await button(page, 'Copy the text').waitFor();
    expect(await page.locator('[data-share]').isVisible()).toBe(false);
  });
});
