import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { adminPaths } from '../../server/paths.js';
import { en } from '../../server/words/texts.js';
import { useStage } from '../support/browser.js';
import { faultsOf } from '../support/browserAudit.js';
import { arriveAt, button, expectNotice, link, signIn } from '../support/browserSteps.js';

const stage = useStage();
const katherine = 'katherine@example.com';
const { actions, mailings, reconnect } = en.admin;

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
    await arriveAt(page, actions.mail.headings.reminder('Gmail'));
    await page.getByText(actions.mail.sample).click();
    await isSound(page);
    await button(page, actions.mail.button).click();
    await expectNotice(page, actions.mail.queued('Gmail'));
    await isSound(page);

    await page.goto(app.url + adminPaths.linkForUser(identifier, 'gmail'));
    await button(page, actions.link.copy).click();
    await page.getByText(actions.link.copied).waitFor();
    await isSound(page);
    const copied = (await page.evaluate('navigator.clipboard.readText()')) as string;
    await user.goto(copied);
    await button(user, en.actions.connect('Gmail')).waitFor();
    await page.goto(copied);
    await arriveAt(page, en.pages.linkOfOther.heading);
    await isSound(page);
    expect(await page.getByRole('button').allTextContents()).toEqual([en.pages.layout.signOut]);

    await page.goto(app.url + adminPaths.signOutUser(identifier));
    await button(page, actions.signOut.button).click();
    await expectNotice(page, actions.signOut.done);
    await user.reload();
    await arriveAt(user, en.pages.signIn.heading);

    await page.goto(app.url + adminPaths.disconnectUser(identifier, 'gmail'));
    await isSound(page);
    await button(page, actions.disconnect.button('Gmail')).click();
    await expectNotice(page, actions.disconnect.done('Gmail'));
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
    await button(page, reconnect.button).click();
    await expectNotice(page, reconnect.required('Gmail'));
    await user.getByText(en.reconnectReason).waitFor();
    await app.deps.reconnectPass.look();

    await page.goto(app.url + adminPaths.requireReconnect('gmail'));
    await link(page, reconnect.mail).click();
    await arriveAt(page, mailings.headings.confirm('Gmail'));
    await isSound(page);
    await page.getByRole('button', { name: /^Mail / }).click();
    await arriveAt(page, mailings.headings.mailing('Gmail'));
    await page.getByText(mailings.statuses.done).waitFor();
    await link(page, identifier).waitFor();
    await isSound(page);

    await page.goto(app.url + adminPaths.newMailing());
    await page.getByLabel(mailings.connection).waitFor();
    await isSound(page);
  });
});
