import type { Locator, Page } from 'playwright-core';
import type { AccountState } from '../../server/accounts/states.js';
import { english as t } from '../../server/words/dictionary.js';

/** What a person does in the app and on Scalekit's pages, found by the names that a screen reader says. */

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
export const link = (page: Page, name: string): Locator => page.getByRole('link', { name, exact: true });
export const heading = (page: Page, name: string): Locator =>
  page.getByRole('heading', { level: 1, name, exact: true });

/** The card of a connection on the list. */
export const card = (page: Page, title: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

/** Resolves when the page's main heading says this. */
export async function arriveAt(page: Page, name: string): Promise<void> {
  await heading(page, name).waitFor();
}

/**
 * Signs a browser in as anybody without showing it a page.
 * @param origin the app's
 */
export async function enter(page: Page, origin: string, identifier: string): Promise<void> {
  await post(page, origin, '/sign-in', { identifier });
}

/**
 * Sends what a form of the browser's user would, without showing it.
 * @returns where the answer leads
 */
export async function post(
  page: Page,
  origin: string,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const form = await page.request.get(`${origin}/account`);
  const [, _csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(await form.text()) ?? [];
  const answer = await page.request.post(origin + path, { form: { _csrf, ...fields }, maxRedirects: 0 });
  if (answer.status() !== 303) throw new Error(`${path} answered ${answer.status()}`);
  return new URL(answer.headers().location ?? '', origin).href;
}

/**
 * Signs a browser in as anybody without showing it the sign-in, and ends on the list.
 * @param origin the app's
 */
export async function signIn(page: Page, origin: string, identifier: string): Promise<void> {
  await enter(page, origin, identifier);
  await page.goto(`${origin}/connections`);
  await arriveAt(page, 'Connections');
}

/** Fills in the sign-in that the page shows. */
export async function fillSignIn(page: Page, identifier: string): Promise<void> {
  await page.getByLabel('Any identifier', { exact: true }).fill(identifier);
  await button(page, 'Sign in').click();
}

/** Presses a button of the list and arrives at Scalekit's consent page. */
export async function goToConsent(page: Page, action: string, title: string): Promise<void> {
  await button(page, action).click();
  await arriveAt(page, `Give access to ${title}?`);
}

/** Presses a button of the list, gives access, and arrives at the status page. */
export async function connectByConsent(page: Page, action: string, title: string): Promise<void> {
  await goToConsent(page, action, title);
  await button(page, 'Allow').click();
  await arriveAt(page, `${title} is connected`);
}

/** Chooses a failure that the consent page simulates. */
export async function simulate(page: Page, failure: string): Promise<void> {
  await page.getByText('Simulate a failure').click();
  await button(page, failure).click();
}

/** Opens the link of a status page in its new tab, by the button that says so. @returns that tab */
export async function openInNewTab(page: Page, label: string): Promise<Page> {
  const [tab] = await Promise.all([page.context().waitForEvent('page'), button(page, label).click()]);
  return tab;
}

/** Presses the last button of a window that closes itself then, perhaps before the click is over. */
export async function pressLast(popup: Page, label: string): Promise<void> {
  await button(popup, label)
    .click()
    .catch((error) => {
      if (!popup.isClosed()) throw error;
    });
}

/** Goes on from a status page to the list, and reads its confirmation. */
export async function goOnToList(page: Page, title: string): Promise<void> {
  await link(page, 'Continue').click();
  await arriveAt(page, 'Connections');
  await expectNotice(page, `${title} is connected.`);
}

/** The list confirms with this sentence. */
export async function expectNotice(page: Page, sentence: string): Promise<void> {
  await page.getByRole('status').filter({ hasText: sentence }).waitFor();
}

/** A card stands for this state. */
export async function expectState(page: Page, title: string, state: AccountState): Promise<void> {
  await page
    .locator(`[data-state="${state}"]`)
    .filter({ has: page.getByRole('heading', { name: title, exact: true }) })
    .waitFor();
}

/** What opens the menu of a card. */
export const menuOf = (page: Page, title: string): Locator =>
  page.getByLabel(t('accounts.list.menu', { title }), { exact: true });

/** Asks to disconnect, by the menu of a card and on the page that asks before. */
export async function disconnectByMenu(page: Page, title: string): Promise<void> {
  await menuOf(page, title).click();
  await link(page, `Disconnect ${title}`).click();
  await button(page, `Disconnect ${title}`).click();
}
