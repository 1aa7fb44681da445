import { paths } from '../../../../server/paths.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { useStage } from '../../../support/browser.js';
import { scenes } from '../../../support/browserScenes.js';
import {
  arriveAt,
  button,
  card,
  connectByConsent,
  disconnectByMenu,
  expectNotice,
  expectState,
  fillSignIn,
  goOnToList,
  goToConsent,
  link,
  menuOf,
  openInNewTab,
  signIn,
} from '../../../support/browserSteps.js';
import { attacks, describe, expect, it } from '../../../support/jest.js';

const stage = useStage();

async function signedIn(identifier = stage.someone()) {
  const page = await stage.visit();
  await signIn(page, stage.app.url, identifier);
  return { page, identifier };
}

const statusOf = (connectionName: string, identifier: string) =>
  stage.app.sandbox.control.account(connectionName, identifier)?.status;

describe('signing in', () => {
  it('offers the sample users by name, and signs out again', async () => {
    const page = await stage.visit();
    await page.goto(stage.app.url);
    await arriveAt(page, 'Sign in to Connect accounts');
    await page.getByRole('button', { name: /^Sign in as Grace/ }).click();
    await arriveAt(page, 'Connections');
    await expect(page.getByText('Grace (grace@example.com)').count()).resolves.toBe(1);
    await button(page, 'Sign out').click();
    await arriveAt(page, 'Sign in to Connect accounts');
    await page.goto(`${stage.app.url}/connections`);
    await arriveAt(page, 'Sign in to Connect accounts');
  });

  it('takes any identifier, and says what is wrong with one that it can’t take', async () => {
    const page = await stage.visit();
    await page.goto(`${stage.app.url}/sign-in`);
    await fillSignIn(page, '..');
    const field = page.getByLabel('Any identifier', { exact: true });
    await page.getByText('An identifier is more than one or two dots.').waitFor();
    await expect(field.getAttribute('aria-invalid')).resolves.toBe('true');
    await expect(field.evaluate((element) => element.matches(':focus'))).resolves.toBe(true);
    await fillSignIn(page, ' Ünï "quoted" <script>alert(1)</script>\t');
    await arriveAt(page, 'Connections');
    await expect(page.getByText('<script>alert(1)</script>').count()).resolves.toBe(1);
  });
});

describe('connecting an account', () => {
  it.each([
    ['Gmail', 'gmail'],
    ['Slack', 'slack'],
    ['Google Drive', 'team drive: eu'],
  ])('connects %s by consent, and confirms it on the list', async (title, connectionName) => {
    attacks('forms-reach-providers');
    const { page, identifier } = await signedIn();
    await goToConsent(page, `Connect ${title}`, title);
    await page.getByText(identifier).waitFor();
    expect(statusOf(connectionName, identifier)).toBe('PENDING_AUTH');
    await button(page, 'Allow').click();
    await arriveAt(page, `${title} is connected`);
    expect(new URL(page.url()).search).toMatch(/^\?flow=[\w-]+$/);
    expect(statusOf(connectionName, identifier)).toBe('ACTIVE');
    await goOnToList(page, title);
    await expectState(page, title, 'active');
    await menuOf(page, title).click();
    await link(page, `Disconnect ${title}`).waitFor();
  });

  it('collects an API key in a tab of its own, and goes on by itself when it is there', async () => {
    const { page, identifier } = await signedIn();
    await button(page, 'Connect Exa').click();
    await arriveAt(page, 'Enter your Exa key');
    await page
      .getByText('The form opens in a new tab. This page notices by itself when you are done.')
      .waitFor();
    const tab = await openInNewTab(page, 'Enter your Exa key');
    await arriveAt(tab, 'Connect Exa');
    await expect(tab.evaluate('window.opener === null')).resolves.toBe(true);
    await button(tab, 'Connect').click();
    await tab.getByRole('alert').waitFor();
    await tab.getByLabel('API key').fill('not a real key');
    await button(tab, 'Connect').click();
    await arriveAt(tab, 'Connected');
    await arriveAt(page, 'Exa is connected');
    await page.waitForURL(/\/connections\?flow=/);
    await expectNotice(page, 'Exa is connected.');
    expect(statusOf('exa', identifier)).toBe('ACTIVE');
  });

  it.each([
    ['expired', 'EXPIRED', 'reconnect'],
    ['disconnected', 'DISCONNECTED', 'reconnect'],
    ['needs_verification', 'PENDING_VERIFICATION', 'finish'],
  ] as const)('offers one that is %s to be connected again', async (state, status, action) => {
    const identifier = stage.someone();
    stage.app.sandbox.control.setAccount({ connectionName: 'notion', identifier, status });
    const { page } = await signedIn(identifier);
    await expectState(page, 'Notion', state);
    await page.getByText('Notion needs attention.').waitFor();
    await connectByConsent(page, t(`common.actions.${action}`, { title: 'Notion' }), 'Notion');
    await goOnToList(page, 'Notion');
    await expectState(page, 'Notion', 'active');
  });

  it('offers one that an agent asked for as not connected, and one that its user began as begun', async () => {
    const identifier = stage.someone();
    const { control } = stage.app.sandbox;
    control.setAccount({ connectionName: 'notion', identifier, status: 'PENDING_AUTH' });
    const { page } = await signedIn(identifier);
    await expectState(page, 'Notion', 'not_connected');
    await page.getByRole('heading', { name: 'Your assistant asked for this' }).waitFor();
    await goToConsent(page, 'Connect Notion', 'Notion');
    await page.goto(`${stage.app.url}/connections`);
    await expectState(page, 'Notion', 'pending');
    await page.getByText('Notion needs attention.').waitFor();
    await connectByConsent(page, 'Finish connecting Notion', 'Notion');
    await goOnToList(page, 'Notion');
    await expectState(page, 'Notion', 'active');
  });

  it('replaces an account by another one, and keeps the old one when that is given up', async () => {
    const identifier = stage.someone();
    const { control } = stage.app.sandbox;
    const before = control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' });
    const { page } = await signedIn(identifier);
    await menuOf(page, 'Gmail').click();
    await goToConsent(page, 'Switch Gmail account', 'Gmail');
    await page.goto(`${stage.app.url}/connections/gmail/status`);
    await button(page, 'Cancel').click();
    await arriveAt(page, 'Connections');
    await expectState(page, 'Gmail', 'active');
    expect(control.account('gmail', identifier)?.updatedAt).toBe(before.updatedAt);
    await menuOf(page, 'Gmail').click();
    await connectByConsent(page, 'Switch Gmail account', 'Gmail');
    expect(control.account('gmail', identifier)?.updatedAt).toBeGreaterThan(before.updatedAt);
  });

  it('disconnects after asking, and says what stops working', async () => {
    const identifier = stage.someone();
    stage.app.sandbox.control.setAccount({ connectionName: 'notion', identifier, status: 'ACTIVE' });
    const { page } = await signedIn(identifier);
    await menuOf(page, 'Notion').click();
    await link(page, 'Disconnect Notion').click();
    await arriveAt(page, 'Disconnect Notion?');
    for (const sentence of [
      `Notion stops working for ${identifier} as soon as you disconnect it, and what relies on it here can no longer use it.`,
      `Your data at Notion stays as it is. You can connect it again at any time.`,
    ]) {
      await page.getByText(sentence).waitFor();
    }
    await link(page, 'Cancel').click();
    await expectState(page, 'Notion', 'active');
    await disconnectByMenu(page, 'Notion');
    await expectNotice(page, 'Notion is disconnected.');
    await expectState(page, 'Notion', 'not_connected');
    expect(statusOf('notion', identifier)).toBeUndefined();
  });

  it('takes back the account that a cancelled try has made', async () => {
    const { page, identifier } = await signedIn();
    await button(page, 'Connect Tavily').click();
    await arriveAt(page, 'Enter your Tavily key');
    expect(statusOf('tavily', identifier)).toBe('PENDING_AUTH');
    await button(page, 'Cancel').click();
    await expectNotice(page, 'You stopped connecting Tavily. Nothing was connected.');
    await expectState(page, 'Tavily', 'not_connected');
    expect(statusOf('tavily', identifier)).toBeUndefined();
  });

  it('starts once when the button is pressed twice', async () => {
    const { page } = await signedIn();
    const before = stage.app.sandbox.control.calls().CreateConnectedAccount;
    stage.app.sandbox.control.fault({ method: 'CreateConnectedAccount', latencyMs: 300 });
    await button(page, 'Connect Linear').dblclick({ noWaitAfter: true });
    await arriveAt(page, 'Give access to Linear?');
    expect(stage.app.sandbox.control.calls().CreateConnectedAccount).toBe(before + 1);
  });

  it('keeps two tabs that connect two accounts apart', async () => {
    const { page } = await signedIn();
    const other = await page.context().newPage();
    await other.goto(`${stage.app.url}/connections`);
    await goToConsent(page, 'Connect Gmail', 'Gmail');
    await goToConsent(other, 'Connect Slack', 'Slack');
    await button(page, 'Allow').click();
    await arriveAt(page, 'Gmail is connected');
    await button(other, 'Allow').click();
    await arriveAt(other, 'Slack is connected');
  });
});

describe('the durable link', () => {
  it('leads through the sign-in and consent to the address that it names', async () => {
    const page = await stage.visit();
    const identifier = stage.someone();
    await page.goto(`${stage.app.url}${paths.connect('gmail', { returnTo: '/connections?from=mail' })}`);
    await arriveAt(page, 'Sign in to Connect accounts');
    await fillSignIn(page, identifier);
    await arriveAt(page, 'Connect Gmail');
    await page.getByText('You are about to connect Gmail. Gmail asks you to approve it next.').waitFor();
    await connectByConsent(page, 'Connect Gmail', 'Gmail');
    await page.waitForURL(/\/connections\?from=mail$/);
    await expectState(page, 'Gmail', 'active');
  });

  it('says who it is for when the account is connected already', async () => {
    const identifier = stage.someone();
    stage.app.sandbox.control.setAccount({ connectionName: 'gmail', identifier, status: 'ACTIVE' });
    const { page } = await signedIn(identifier);
    await page.goto(`${stage.app.url}${paths.connect('gmail')}`);
    await page
      .getByText('Gmail is connected already. You can go on, or use another Gmail account in its place.')
      .waitFor();
    await expect(button(page, 'Switch Gmail account').count()).resolves.toBe(1);
  });

  it('works for its addressee', async () => {
    const { page, identifier } = await signedIn();
    await page.goto(stage.app.deps.links.urlFor(identifier, 'slack'));
    await connectByConsent(page, 'Connect Slack', 'Slack');
  });
});

describe('after a connection', () => {
  it('the row stands out, its outcome is told and has the focus, and "back" leads to where the list was opened', async () => {
    const { page } = await signedIn();
    await page.goto(`${stage.app.url}/account`);
    await link(page, 'Back to connections').click();
    await arriveAt(page, 'Connections');
    await connectByConsent(page, 'Connect Gmail', 'Gmail');
    await goOnToList(page, 'Gmail');
    await expect(page.title()).resolves.toBe('Gmail is connected · Connections · Connect accounts');
    await expect(page.evaluate('document.activeElement.textContent')).resolves.toContain(
      'Gmail is connected.',
    );
    await page.locator('.row.new[data-connection="gmail"]').waitFor();
    await page.goBack();
    await page.waitForURL(/\/account$/);
  });
});

describe('the keys of the list', () => {
  it('"/" leads to the search, and Escape closes a menu', async () => {
    const { page } = await signedIn('grace@example.com');
    await page.keyboard.press('/');
    await expect(page.evaluate('document.activeElement.id')).resolves.toBe('filter');
    await menuOf(page, 'Gmail').click();
    await link(page, 'View details').waitFor();
    await page.keyboard.press('Escape');
    await link(page, 'View details').waitFor({ state: 'hidden' });
    await expect(page.evaluate('document.activeElement.ariaLabel')).resolves.toBe('More for Gmail');
  });
});

describe('a long list on a phone', () => {
  it('begins with its first group open and the others folded, and opens one in which the search finds something', async () => {
    const page = await scenes['the crowded list']?.(stage);
    if (page === undefined) throw new Error('there is no crowded list');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.reload();
    const folds = page.locator('[data-fold]');
    const isOpen = () => folds.evaluateAll((all) => all.map((fold) => fold.hasAttribute('open')));
    await expect(isOpen()).resolves.toEqual([true, false]);
    await page.getByRole('searchbox').fill('Tavily');
    await expect(isOpen()).resolves.toEqual([true, true]);
    await card(page, 'Tavily').waitFor();
    await page.setViewportSize({ width: 1280, height: 740 });
    await page.reload();
    await expect(isOpen()).resolves.toEqual([true, true]);
  });
});

describe('the filter', () => {
  it('narrows the list while typing, says how many are left, and comes back with Escape', async () => {
    const { page } = await signedIn('grace@example.com');
    const box = page.getByRole('searchbox', { name: 'Search connections' });
    await box.fill('git');
    await expect(card(page, 'GitHub').isVisible()).resolves.toBe(true);
    await expect(card(page, 'Gmail').isVisible()).resolves.toBe(false);
    await page
      .getByRole('status')
      .filter({ hasText: /^[12] of 14 shown$/ })
      .waitFor();
    await box.fill('zzz');
    await page.getByText('Nothing matches “zzz”. Clear the search to see everything again.').waitFor();
    await box.press('Escape');
    await expect(card(page, 'Gmail').isVisible()).resolves.toBe(true);
    await expect(box.inputValue()).resolves.toBe('');
  });
});
