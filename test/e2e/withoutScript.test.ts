import { describe, expect, it } from '@jest/globals';
import { paths } from '../../server/paths.js';
import { en } from '../../server/words/texts.js';
import { useStage } from '../support/browser.js';
import {
  arriveAt,
  button,
  connectByConsent,
  expectNotice,
  expectState,
  fillSignIn,
  goOnToList,
  goToConsent,
  link,
  openInNewTab,
  signIn,
} from '../support/browserSteps.js';

const stage = useStage();

const visit = () => stage.visit({ javaScriptEnabled: false });

async function signedIn(identifier = stage.someone()) {
  const page = await visit();
  await signIn(page, stage.app.url, identifier);
  return { page, identifier };
}

describe('without JavaScript', () => {
  it('signs in as a sample user, and has no filter that would not work', async () => {
    const page = await visit();
    await page.goto(stage.app.url);
    await page.getByRole('button', { name: /^Sign in as Grace/ }).click();
    await arriveAt(page, en.pages.connections.heading);
    await expect(page.getByRole('searchbox').count()).resolves.toBe(0);
    await button(page, en.pages.layout.signOut).click();
    await arriveAt(page, en.pages.signIn.heading);
  });

  it('connects by consent', async () => {
    const { page } = await signedIn();
    await connectByConsent(page, en.actions.connect('Gmail'), 'Gmail');
    await goOnToList(page, 'Gmail');
    await expectState(page, 'Gmail', 'active');
  });

  it('collects an API key in a tab of its own, and looks again and goes on by itself', async () => {
    const { page } = await signedIn();
    await button(page, en.actions.connect('Exa')).click();
    await arriveAt(page, en.flow.connecting('Exa'));
    const tab = await openInNewTab(page, 'Exa');
    await tab.getByLabel('API key').fill('not a real key');
    await button(tab, 'Connect').click();
    await arriveAt(tab, 'Connected');
    await arriveAt(page, en.flow.connected('Exa'));
    await page.waitForURL(/\/connections\?flow=/);
    await expectNotice(page, en.notices.connected('Exa'));
  });

  it('connects from the durable link, signed out at first', async () => {
    const page = await visit();
    await page.goto(stage.app.url + paths.connect('slack', { returnTo: '/connections?from=mail' }));
    await fillSignIn(page, stage.someone());
    await connectByConsent(page, en.actions.connect('Slack'), 'Slack');
    await link(page, en.actions.continueOn).click();
    await page.waitForURL(/\/connections\?from=mail$/);
  });

  it('reconnects, disconnects after asking, and cancels', async () => {
    const identifier = stage.someone();
    stage.app.sandbox.control.setAccount({ connectionName: 'notion', identifier, status: 'EXPIRED' });
    const { page } = await signedIn(identifier);
    await connectByConsent(page, en.actions.reconnect('Notion'), 'Notion');
    await goOnToList(page, 'Notion');
    await link(page, en.actions.disconnect('Notion')).click();
    await button(page, en.actions.disconnect('Notion')).click();
    await expectNotice(page, en.notices.disconnected('Notion'));
    await button(page, en.actions.connect('Tavily')).click();
    await button(page, en.actions.cancel).click();
    await expectNotice(page, en.notices.cancelled('Tavily'));
  });

  it('explains a consent that was denied, and starts again', async () => {
    const { page } = await signedIn();
    await goToConsent(page, en.actions.connect('Gmail'), 'Gmail');
    await button(page, 'Deny').click();
    await page.getByText(en.failures.consent_denied.sentence('Gmail')).waitFor();
    await button(page, en.actions.tryAgain).click();
    await arriveAt(page, 'Give access to Gmail?');
  });
});
