import type { Page } from 'playwright-core';
import { adminPaths } from '../../../server/paths.js';
import { useStage } from '../../support/browser.js';
import { faultsOf } from '../../support/browserAudit.js';
import { arriveAt, button, expectNotice, link, signIn } from '../../support/browserSteps.js';
import { describe, expect, it } from '../../support/jest.js';

const stage = useStage();
const katherine = 'katherine@example.com';

const isSound = async (page: Page) => expect(await faultsOf(page)).toEqual([]);

describe('an admin who acts, in a browser', () => {
  it('mails one user, hands over their link, signs them out, and disconnects', async () => {
    const { app } = stage;
    const identifier = `${'long'.repeat(16)}@example.com`;
    app.sandbox.control.setAccount({ connectionName: 'gmail', identifier, status: 'EXPIRED' });
    const user = await stage.visit();
    await signIn(user, app.url, identifier);
    const page = await stage.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    await signIn(page, app.url, katherine);

    await page.goto(app.url + adminPaths.mailUser(identifier, 'gmail'));
    await arriveAt(page, 'Ask to reconnect Gmail?');
    await page.getByText('Preview').click();
    await isSound(page);
    await button(page, 'Send the mail').click();
    await expectNotice(page, 'A mail about Gmail is on its way to the user.');
    await isSound(page);

    const clipboard = () => page.evaluate('navigator.clipboard.readText()') as Promise<string>;
    await link(page, 'Copy link to Gmail').click();
    await page.getByRole('status').filter({ hasText: 'The link is copied.' }).waitFor();
    await page.getByText('Copied', { exact: true }).waitFor();
    const copied = await clipboard();
    await page.evaluate("navigator.clipboard.writeText('something else')");

    await page.goto(app.url + adminPaths.linkForUser(identifier, 'gmail'));
    await button(page, 'Copy link').click();
    await page.getByText('The link is copied.').waitFor();
    await isSound(page);
    expect(await clipboard()).toBe(await page.getByLabel('Link', { exact: true }).inputValue());
    await user.goto(copied);
    await button(user, 'Connect Gmail').waitFor();
    await page.goto(copied);
    await arriveAt(page, 'This link is for somebody else');
    await isSound(page);
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out']);

    await page.goto(app.url + adminPaths.signOutUser(identifier));
    await button(page, 'Sign out everywhere').click();
    await expectNotice(page, 'The user is signed out everywhere.');
    await user.reload();
    await arriveAt(user, 'Sign in to Connect accounts');

    await page.goto(app.url + adminPaths.disconnectUser(identifier, 'gmail'));
    await isSound(page);
    await button(page, 'Disconnect Gmail').click();
    await expectNotice(page, 'Gmail is disconnected for this user.');
  });

  it('gets to the page with the link where the browser copies nothing, or runs no script', async () => {
    const { app } = stage;
    const identifier = stage.someone();
    app.sandbox.control.setAccount({ connectionName: 'gmail', identifier, status: 'EXPIRED' });
    await app.deps.reader.readOrRecall(identifier);
    for (const options of [{}, { javaScriptEnabled: false }]) {
      const page = await stage.visit(options);
      await signIn(page, app.url, katherine);
      await page.goto(app.url + adminPaths.user(identifier));
      await link(page, 'Copy link to Gmail').click();
      await arriveAt(page, 'Link to Gmail');
      expect(await page.getByLabel('Link', { exact: true }).inputValue()).toContain(app.url);
    }
  });

  it('requires a reconnect, and mails everybody whom it concerns', async () => {
    const { app } = stage;
    const identifier = stage.someone();
    app.sandbox.control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' });
    const user = await stage.visit();
    await signIn(user, app.url, identifier);
    const page = await stage.visit();
    await signIn(page, app.url, katherine);

    await page.goto(app.url + adminPaths.requireReconnect('gmail'));
    await isSound(page);
    await button(page, 'Require reconnecting').click();
    await expectNotice(page, 'Reconnecting Gmail is required. The list updates within moments.');
    await user.getByText('It needs new permission from you, since what it is used for has changed').waitFor();
    await app.deps.reconnectPass.look();

    await page.goto(app.url + adminPaths.requireReconnect('gmail'));
    await link(page, 'Mail the users who need to reconnect').click();
    await arriveAt(page, 'Mail users about Gmail?');
    await isSound(page);
    await page.getByRole('button', { name: /^Mail / }).click();
    await arriveAt(page, 'Mailing about Gmail');
    await app.deps.mailings.runner.look();
    await page.getByText('Done. Queued mails go out one by one.').waitFor();
    await link(page, identifier).waitFor();
    await isSound(page);

    await page.goto(app.url + adminPaths.newMailing());
    await page.getByLabel('Connection').waitFor();
    await isSound(page);
  });

  it('decides about the sign-in of somebody else, and renames a user', async () => {
    const { app } = stage;
    const identifier = stage.someone();
    app.sandbox.control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' });
    const issuer = 'https://id.example.com';
    await app.deps.users.seen(identifier, 'Ada', null, { issuer, subject: 'one' });
    await app.deps.users.seen(identifier, 'Ada', null, { issuer, subject: 'another' });
    await app.deps.reader.readOrRecall(identifier);
    const page = await stage.visit();
    await signIn(page, app.url, katherine);

    await page.goto(app.url + adminPaths.user(identifier));
    await isSound(page);
    await link(page, 'Review').click();
    await arriveAt(page, 'Is this the same person?');
    await isSound(page);
    await page.getByLabel('Your decision').selectOption('Same person: accept the new sign-in');
    await button(page, 'Save decision').click();
    await expectNotice(page, 'The new sign-in is accepted. The person can sign in again.');

    await link(page, 'Rename').click();
    await arriveAt(page, 'Give this user another identifier?');
    await isSound(page);
    await page.getByLabel('The new identifier').fill(`new-${identifier}`);
    await button(page, 'Rename the user').click();
    await expectNotice(
      page,
      `The user is renamed. 1 account at Scalekit still goes by the former identifier ${identifier}: disconnect it on its page.`,
    );
    await page.goto(app.url + adminPaths.user(identifier));
    await page.getByText('This user was renamed to').waitFor();
    await isSound(page);
    await page.getByRole('link', { name: 'Disconnect Gmail' }).click();
    await button(page, 'Disconnect Gmail').click();
    await expectNotice(page, 'Gmail is disconnected for this user.');
    expect(new URL(page.url()).pathname).toBe(adminPaths.user(`new-${identifier}`));
  });
});
