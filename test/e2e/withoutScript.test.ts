import { paths } from '../../server/paths.js';
import { useStage } from '../support/browser.js';
import {
  arriveAt,
  button,
  connectByConsent,
  disconnectByMenu,
  expectNotice,
  expectState,
  fillSignIn,
  goOnToList,
  goToConsent,
  link,
  openInNewTab,
  signIn,
} from '../support/browserSteps.js';
import { describe, expect, it } from '../support/jest.js';

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
    await arriveAt(page, 'Connections');
    await expect(page.getByRole('searchbox').count()).resolves.toBe(0);
    await button(page, 'Sign out').click();
    await arriveAt(page, 'Sign in to Connect accounts');
  });

  it('connects by consent', async () => {
    const { page } = await signedIn();
    await connectByConsent(page, 'Connect Gmail', 'Gmail');
    await goOnToList(page, 'Gmail');
    await expectState(page, 'Gmail', 'active');
  });

  it('collects an API key in a tab of its own, and looks again and goes on by itself', async () => {
    const { page } = await signedIn();
    await button(page, 'Connect Exa').click();
    await arriveAt(page, 'Enter your Exa key');
    const tab = await openInNewTab(page, 'Enter your Exa key');
    await tab.getByLabel('API key').fill('not a real key');
    await button(tab, 'Connect').click();
    await arriveAt(tab, 'Connected');
    await arriveAt(page, 'Exa is connected');
    await page.waitForURL(/\/connections\?flow=/);
    await expectNotice(page, 'Exa is connected.');
  });

  it('connects from the durable link, signed out at first', async () => {
    const page = await visit();
    await page.goto(stage.app.url + paths.connect('slack', { returnTo: '/connections?from=mail' }));
    await fillSignIn(page, stage.someone());
    await connectByConsent(page, 'Connect Slack', 'Slack');
    await link(page, 'Continue').click();
    await page.waitForURL(/\/connections\?from=mail$/);
  });

  it('reconnects, disconnects after asking, and cancels', async () => {
    const identifier = stage.someone();
    stage.app.sandbox.control.setAccount({ connectionName: 'notion', identifier, status: 'EXPIRED' });
    const { page } = await signedIn(identifier);
    await connectByConsent(page, 'Reconnect Notion', 'Notion');
    await goOnToList(page, 'Notion');
    await disconnectByMenu(page, 'Notion');
    await expectNotice(page, 'Notion is disconnected.');
    await button(page, 'Connect Tavily').click();
    await button(page, 'Cancel').click();
    await expectNotice(page, 'You stopped connecting Tavily. Nothing was connected.');
  });

  it('explains a consent that was denied, and starts again', async () => {
    const { page } = await signedIn();
    await goToConsent(page, 'Connect Gmail', 'Gmail');
    await button(page, 'Deny').click();
    await page.getByText('You didn’t give access to Gmail. Nothing was connected.').waitFor();
    await button(page, 'Try again').click();
    await arriveAt(page, 'Give access to Gmail?');
  });
});
