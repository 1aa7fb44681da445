import { adminPaths, paths } from '../../../server/paths.js';
import { useStage } from '../../support/browser.js';
import { faultsOf } from '../../support/browserAudit.js';
import { button, signIn } from '../../support/browserSteps.js';
import { describe, expect, it } from '../../support/jest.js';

const stage = useStage({ env: { MAIL_GRACE_MINUTES: '0' } });

describe('mail in a browser', () => {
  it('of an account that expires is found on the outbox page, and leads back to the account', async () => {
    const { app } = stage;
    const identifier = `${'long'.repeat(16)}@example.com`;
    const key = { connectionName: 'gmail', identifier };
    app.sandbox.control.setAccount({ ...key, status: 'ACTIVE' });
    const page = await stage.visit();
    await signIn(page, app.url, identifier);
    app.sandbox.control.setAccount({ ...key, status: 'EXPIRED' });
    await app.deps.reader.changed(identifier);
    await page.reload();
    await app.deps.mails.sender.look();

    await page.goto(app.url + paths.account);
    await page.getByRole('link', { name: 'See the mails of the sandbox' }).click();
    await page.getByRole('heading', { name: 'Gmail needs reconnecting' }).waitFor();
    await page.getByText('HTML source').click();
    await expect(faultsOf(page)).resolves.toEqual([]);

    const text = await page.locator('pre').first().textContent();
    await page.goto(/^http\S+\/connect\/\S+$/m.exec(text ?? '')?.[0] ?? '');
    await button(page, 'Connect Gmail').waitFor();
  });

  it('is turned off on one’s own page, with the keyboard too', async () => {
    const page = await stage.visit();
    await signIn(page, stage.app.url, stage.someone());
    await page.goto(stage.app.url + paths.account);
    await expect(faultsOf(page)).resolves.toEqual([]);
    await page.getByLabel('Mail me when a connection needs attention').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Saved: you get no mails.').waitFor();
    expect(await page.getByLabel('Mail me when a connection needs attention').isChecked()).toBe(false);
    await expect(faultsOf(page)).resolves.toEqual([]);
  });

  it('is shown to admins as a sample, with its styles, in a frame where nothing leads anywhere', async () => {
    // The browser says what it kept the mail from; the rest is Playwright's own asking.
    const page = await stage.visit({
      expected: [/Blocked opening .*\/connect\//, /Blocked script execution/],
    });
    await signIn(page, stage.app.url, 'katherine@example.com');
    await page.goto(stage.app.url + adminPaths.mails());
    await page.getByRole('link', { name: 'See what mails say' }).click();
    await page.getByRole('link', { name: 'Asks to connect' }).click();
    const mail = page.frameLocator('iframe');
    const go = mail.getByRole('link', { name: /^Connect / }).first();
    await go.waitFor();
    const [, frame] = page.frames();
    const colour = `getComputedStyle(document.querySelector('a[href*="/connect/"]')).backgroundColor`;
    await expect(frame?.evaluate(colour)).resolves.toBe('rgb(61, 82, 204)');
    const before = { pages: page.context().pages().length, url: page.url() };
    await go.click();
    await mail.getByRole('heading', { level: 1 }).waitFor();
    expect({ pages: page.context().pages().length, url: page.url() }).toEqual(before);
    await expect(faultsOf(page)).resolves.toEqual([]);
  });

  it('has an outbox page that says what to do while it is empty', async () => {
    const app = await stage.otherApp();
    const page = await stage.visit();
    await page.goto(app.url + paths.sandboxOutbox);
    await page
      .getByText(
        'There is no mail yet. Connect something, then expire or revoke it on the control page of the sandbox, and reload your list.',
      )
      .waitFor();
    await expect(faultsOf(page)).resolves.toEqual([]);
  });
});
