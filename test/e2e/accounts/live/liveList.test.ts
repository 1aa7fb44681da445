import type { Page, Route } from 'playwright-core';
import { useStage, type VisitOptions } from '../../../support/browser.js';
import { anyViolation } from '../../../support/browserAudit.js';
import {
  arriveAt,
  button,
  connectByConsent,
  expectState,
  link,
  signIn,
} from '../../../support/browserSteps.js';
import { describe, expect, it } from '../../../support/jest.js';

const stage = useStage();

const isEvents = /:\d+\/events$/;
const isList = /\/connections$/;
const summary = (page: Page) => page.locator('[data-summary]');

/** Somebody whose browser shows the list, with its stream open. */
async function atList(options: VisitOptions = {}) {
  const page = await stage.visit(options);
  const identifier = stage.someone();
  await page.clock.install();
  await signIn(page, stage.app.url, identifier);
  await isLive(page);
  await page.evaluate('window.sameDocument = true');
  return { page, identifier };
}

const isLive = (page: Page, live = true) =>
  page.locator('html[data-live]').waitFor({ state: live ? 'attached' : 'detached' });

const expectSameDocument = (page: Page) => expect(page.evaluate('window.sameDocument')).resolves.toBe(true);

/** What a webhook does: the account changes at Scalekit, and every instance is told. */
async function change(identifier: string, connectionName: string, status: 'ACTIVE' | 'EXPIRED' = 'ACTIVE') {
  stage.app.sandbox.control.setAccount({ connectionName, identifier, status });
  await stage.app.deps.reader.changed(identifier);
}

/** What the summary says of how many are connected. */
const counts = (page: Page, active: number) =>
  summary(page)
    .filter({ hasText: new RegExp(`\\b${active} of `) })
    .waitFor();

const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate(`
    Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);

const focused = (page: Page) =>
  page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()');

const expectStateByName = (page: Page, name: string, state: string) =>
  page.locator(`[data-connection="${name}"][data-state="${state}"]`).waitFor();

const gmailState = 'document.querySelector("[data-connection=gmail]").dataset.state';

const streams = () => stage.app.deps.liveEvents.count();

describe('the list while it is open', () => {
  it('shows in place what another tab connected and disconnected, and says so', async () => {
    const { page } = await atList();
    const other = await page.context().newPage();
    await other.goto(`${stage.app.url}/connections`);
    await connectByConsent(other, 'Connect Gmail', 'Gmail');
    await expectState(page, 'Gmail', 'active');
    await counts(page, 1);
    await expect(summary(page).getAttribute('role')).resolves.toBe('status');
    await other.goto(`${stage.app.url}/connections/gmail/disconnect`);
    await button(other, 'Disconnect Gmail').click();
    await arriveAt(other, 'Connections');
    await expectState(page, 'Gmail', 'not_connected');
    await counts(page, 0);
    await expectSameDocument(page);
    await expect(anyViolation(page)).resolves.toEqual([]);
  });

  it('keeps the scroll position, and the focus on the same control', async () => {
    const { page, identifier } = await atList();
    const action = 'Connect Slack';
    await button(page, action).focus();
    const scrolled = await page.evaluate('scrollTo(0, 300), scrollY');
    await change(identifier, 'gmail');
    await counts(page, 1);
    await expect(focused(page)).resolves.toBe(action);
    await expect(page.evaluate('scrollY')).resolves.toBe(scrolled);
  });

  it('changes no control under the focus, and does so once it is left', async () => {
    const { page, identifier } = await atList();
    await button(page, 'Connect Gmail').focus();
    await change(identifier, 'gmail');
    await counts(page, 1);
    await expect(focused(page)).resolves.toBe('Connect Gmail');
    await page.keyboard.press('Tab');
    await expectState(page, 'Gmail', 'active');
    await button(page, 'Connect Gmail').waitFor({ state: 'detached' });
  });

  it('moves no row while the pointer or the focus is at one, and puts them in order afterwards', async () => {
    const { page, identifier } = await atList();
    const first = () => page.evaluate('document.querySelector("[data-connection]").dataset.connection');
    const before = await first();
    await button(page, 'Connect Slack').hover();
    await change(identifier, 'tavily', 'EXPIRED');
    await summary(page).filter({ hasText: 'Tavily needs attention.' }).waitFor();
    await expect(first()).resolves.toBe(before);
    await page.mouse.move(1, 1);
    await page
      .locator('[data-section] [data-connection]')
      .first()
      .and(page.locator('[data-connection=tavily]'))
      .waitFor();
  });

  it('keeps the words of a translator where the server says nothing new', async () => {
    const { page, identifier } = await atList();
    const translate = `for (const title of document.querySelectorAll('.row-title a, .row-text')) {
      const font = document.createElement('font');
      font.textContent = 'traduit';
      title.replaceChildren(font);
    }`;
    await page.evaluate(translate);
    await change(identifier, 'gmail', 'EXPIRED');
    await expectStateByName(page, 'gmail', 'expired');
    const kept = page.evaluate("document.querySelectorAll('.row-title font').length");
    await expect(kept).resolves.toBe((await page.locator('.row').count()) - 1);
  });

  it('keeps what is typed into the filter, and goes by it', async () => {
    const { page, identifier } = await atList();
    const box = page.getByRole('searchbox');
    await box.fill('gmail');
    await change(identifier, 'gmail');
    await counts(page, 1);
    await expect(box.inputValue()).resolves.toBe('gmail');
    await expect(page.getByRole('main').getByRole('listitem').count()).resolves.toBe(1);
    await expect(focused(page)).resolves.toBe('filter');
    await box.fill('slack');
    await expect(button(page, 'Connect Slack').isVisible()).resolves.toBe(true);
    await expect(page.getByRole('main').getByRole('listitem').count()).resolves.toBe(1);
    await box.fill('');
    await expect(page.getByRole('main').getByRole('listitem').count()).resolves.toBeGreaterThan(8);
  });

  it('leaves the confirmation above it, and the elements that are the same', async () => {
    const { page, identifier } = await atList();
    await connectByConsent(page, 'Connect Gmail', 'Gmail');
    await link(page, 'Continue').click();
    await arriveAt(page, 'Connections');
    await isLive(page);
    await page.evaluate('window.kept = document.querySelector("[data-connection=notion]")');
    await change(identifier, 'slack');
    await counts(page, 2);
    await page.getByText('Gmail is connected.').waitFor();
    const same = page.evaluate('window.kept === document.querySelector("[data-connection=notion]")');
    await expect(same).resolves.toBe(true);
  });

  it('shows and takes back that Scalekit is out of reach', async () => {
    const { page, identifier } = await atList();
    stage.app.sandbox.control.fault({ method: 'ListConnectedAccounts', error: 'internal' });
    await stage.app.deps.reader.changed(identifier);
    await page.locator('[data-outage]').waitFor();
    stage.app.sandbox.control.clearFaults();
    await stage.app.deps.reader.changed(identifier);
    await page.locator('[data-outage]').waitFor({ state: 'detached' });
    await expectSameDocument(page);
  });

  it('replaces nothing while a form is being sent', async () => {
    const { page, identifier } = await atList();
    // As pressing its button does, but that the page does not leave.
    const marked = (on: boolean) =>
      page.evaluate(
        `document.querySelector('[data-connection=slack] form').toggleAttribute('data-submitted', ${on})`,
      );
    await marked(true);
    const read = page.waitForResponse(isList);
    await change(identifier, 'gmail');
    await (await read).finished();
    await expect(page.evaluate(gmailState)).resolves.toBe('not_connected');
    await marked(false);
    await page.clock.fastForward(1000);
    await expectState(page, 'Gmail', 'active');
    await expectSameDocument(page);
  });

  it('never reads twice at a time, and once more for what changed meanwhile', async () => {
    const { page, identifier } = await atList();
    const reads: Route[] = [];
    await page.route(isList, (route) => (reads.push(route) === 1 ? undefined : route.continue()));
    await stage.app.deps.reader.changed(identifier);
    while (reads.length === 0) await page.evaluate('1');
    await page.evaluate(
      "document.addEventListener('live:changed', () => { globalThis.toldOf = (globalThis.toldOf ?? 0) + 1; })",
    );
    for (let count = 0; count < 5; count += 1)
      await page.evaluate("document.dispatchEvent(new Event('live:changed'))");
    await change(identifier, 'gmail');
    while (!(await page.evaluate('globalThis.toldOf > 5')));
    expect(reads).toHaveLength(1);
    await reads[0]?.continue();
    await expectState(page, 'Gmail', 'active');
    expect(reads).toHaveLength(2);
  });

  it('has no stream while its tab is hidden, and reads once it is seen again', async () => {
    const { page, identifier } = await atList();
    const before = streams();
    await setHidden(page, true);
    await isLive(page, false);
    await expect(untilStreams(before - 1)).resolves.toBeUndefined();
    let asked = 0;
    page.on('request', () => {
      asked += 1;
    });
    await change(identifier, 'gmail');
    await page.clock.fastForward(600_000);
    expect(asked).toBe(0);
    await setHidden(page, false);
    await isLive(page);
    await expectState(page, 'Gmail', 'active');
    await expectSameDocument(page);
  });

  it('reads again when the browser brings it back from its cache', async () => {
    const { page, identifier } = await atList();
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
    await isLive(page, false);
    await change(identifier, 'gmail');
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await expectState(page, 'Gmail', 'active');
    await isLive(page);
    await expectSameDocument(page);
  });

  it('is up to date after the back button', async () => {
    const { page, identifier } = await atList();
    await button(page, 'Connect Exa').click();
    await arriveAt(page, 'Enter your Exa key');
    await change(identifier, 'gmail');
    await page.goBack();
    await expectState(page, 'Gmail', 'active');
    await isLive(page);
  });

  it('reads again when the network is back', async () => {
    // What it may ask for meanwhile.
    const { page, identifier } = await atList({ expected: [/net::ERR_INTERNET_DISCONNECTED/] });
    await page.context().setOffline(true);
    await isLive(page, false);
    await change(identifier, 'gmail');
    await page.context().setOffline(false);
    await expectState(page, 'Gmail', 'active');
    await isLive(page);
    await expectSameDocument(page);
  });

  it('polls, less and less often, where there are three streams already', async () => {
    const { page, identifier } = await atList();
    const others = await Promise.all([1, 2].map(() => page.context().newPage()));
    for (const other of others) {
      await other.goto(`${stage.app.url}/connections`);
      await isLive(other);
    }
    const fourth = await page.context().newPage();
    await fourth.clock.install();
    const refused = fourth.waitForResponse(isEvents);
    await fourth.goto(`${stage.app.url}/connections`);
    expect((await refused).status()).toBe(204);
    await change(identifier, 'gmail');
    await fourth.clock.fastForward(15_000);
    await expectState(fourth, 'Gmail', 'active');
    const next = fourth.waitForResponse(isList);
    await fourth.clock.fastForward(15_000);
    await change(identifier, 'slack');
    await fourth.clock.fastForward(15_000);
    await next;
    await expectState(fourth, 'Slack', 'active');
  });

  it('leads to the sign-in when the user signs out in another tab', async () => {
    const { page } = await atList();
    const other = await page.context().newPage();
    await other.goto(`${stage.app.url}/connections`);
    await button(other, 'Sign out').click();
    await arriveAt(page, 'Sign in to Connect accounts');
  });

  it('becomes the list of whoever signs in with the same browser, as a whole', async () => {
    const { page } = await atList();
    const next = stage.someone();
    stage.app.sandbox.control.setAccount({ connectionName: 'gmail', identifier: next, status: 'ACTIVE' });
    const token = await page.locator('.top [name="_csrf"]').getAttribute('value');
    const form = { _csrf: token ?? '', identifier: next };
    await page.request.post(`${stage.app.url}/sign-in`, { form, maxRedirects: 0 });
    await expectState(page, 'Gmail', 'active');
    await expect(page.locator('.who').getAttribute('title')).resolves.toBe(next);
    await expect(page.evaluate('window.sameDocument')).resolves.toBeUndefined();
  });
});

async function untilStreams(count: number): Promise<void> {
  while (streams() > count) await new Promise((resolve) => setTimeout(resolve, 5));
}
