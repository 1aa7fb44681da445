import type { Page } from 'playwright-core';
import { useStage, type VisitOptions } from '../../../support/browser.js';
import { arriveAt, button, link, signIn } from '../../../support/browserSteps.js';
import { describe, expect, it } from '../../../support/jest.js';

const stage = useStage();

const isPoll = (request: { url(): string }) => isPollUrl.test(request.url());
const isPollUrl = /\/status\.json/;
const minute = 60_000;

/** Somebody whose browser waits on the status page of Exa, on a clock that the test can turn. */
async function waiting(options: VisitOptions = {}) {
  const page = await stage.visit(options);
  const identifier = stage.someone();
  await page.clock.install();
  await signIn(page, stage.app.url, identifier);
  await button(page, 'Connect Exa').click();
  await arriveAt(page, 'Connecting Exa');
  return { page, identifier };
}

/** Waits for what the page's live region says, which is what a screen reader announces. */
const hear = (page: Page, sentence: string) =>
  page
    .getByRole('status')
    .filter({ hasText: new RegExp(`^${sentence.replace(/[.()?]/g, '\\$&')}$`) })
    .waitFor();

/** Puts the page into the background, or back. */
const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate(`
    Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);

const finish = (identifier: string) =>
  stage.app.sandbox.control.setAccount({ connectionName: 'exa', identifier, status: 'ACTIVE' });

const setTimes = (identifier: string, times: { createdAt?: number; expiresAt?: number }) =>
  stage.app.deps.db.updateTable('flows').set(times).where('identifier', '=', identifier).execute();

describe('the status page', () => {
  it('says so when it takes long, and offers to start again', async () => {
    const { page } = await waiting();
    await hear(
      page,
      'Open Exa in a new tab and finish there. This page notices by itself when you are done.',
    );
    await page.clock.fastForward(20_000);
    await hear(page, 'Still waiting for Exa. If you closed its window, start again.');
    await button(page, 'Start again').click();
    await hear(
      page,
      'Open Exa in a new tab and finish there. This page notices by itself when you are done.',
    );
  });

  it('says that it is connected, and goes on by itself after a moment', async () => {
    const { page, identifier } = await waiting();
    finish(identifier);
    await page.clock.fastForward(1000);
    await arriveAt(page, 'Exa is connected');
    await hear(page, 'Taking you back…');
    await expect(page.title()).resolves.toContain('Exa is connected');
    await expect(link(page, 'Continue').isVisible()).resolves.toBe(true);
    await expect(button(page, 'Cancel').isVisible()).resolves.toBe(false);
    await page.clock.fastForward(2000);
    await page.waitForURL(/\/connections\?flow=/);
  });

  it('is answered with 304 while nothing changes', async () => {
    const { page } = await waiting();
    const unchanged = page.waitForResponse((response) => isPoll(response) && response.status() === 304);
    await page.clock.fastForward(1000);
    await unchanged;
    await hear(
      page,
      'Open Exa in a new tab and finish there. This page notices by itself when you are done.',
    );
  });

  it('asks nothing while its tab is hidden, and once when it is seen again', async () => {
    const { page } = await waiting();
    await setHidden(page, true);
    let polls = 0;
    page.on('request', (request) => {
      if (isPoll(request)) polls += 1;
    });
    await page.clock.fastForward(minute);
    const answered = page.waitForResponse(isPoll);
    await setHidden(page, false);
    await answered;
    expect(polls).toBe(1);
  });

  it('never asks twice at a time', async () => {
    const { page } = await waiting();
    const held: (() => void)[] = [];
    await page.route(isPollUrl, async (route) => {
      await new Promise<void>((resolve) => held.push(resolve));
      await route.continue();
    });
    const asked = page.waitForRequest(isPoll);
    await page.clock.fastForward(1000);
    await asked;
    await page.clock.fastForward(10_000);
    await setHidden(page, true);
    await setHidden(page, false);
    await page.evaluate("dispatchEvent(new Event('online'))");
    expect(held).toHaveLength(1);
    const answered = page.waitForResponse(isPoll);
    held[0]?.();
    await answered;
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('slows down with the age of the flow, and shows a deadline that a reload does not move', async () => {
    const { page, identifier } = await waiting();
    const flow = new URL(page.url()).search;
    const read = async () =>
      (await page.request.get(`${stage.app.url}/connections/exa/status.json${flow}`)).json();
    await expect(read()).resolves.toMatchObject({ status: 'open', next_poll_ms: 1000 });
    await setTimes(identifier, { createdAt: Date.now() - 4 * minute });
    await expect(read()).resolves.toMatchObject({ status: 'open', next_poll_ms: 5000 });
    const deadline = await page.locator('main time').getAttribute('datetime');
    await page.reload();
    await expect(page.locator('main time').getAttribute('datetime')).resolves.toBe(deadline);
  });

  it('ends by itself at the deadline', async () => {
    const { page, identifier } = await waiting();
    await setTimes(identifier, { expiresAt: Date.now() });
    await page.clock.fastForward(1000);
    await page
      .getByText(
        'We didn’t hear back from Exa within 30 minutes, so we stopped waiting. Start again when you are ready.',
      )
      .waitFor();
    await button(page, 'Try again').click();
    await hear(
      page,
      'Open Exa in a new tab and finish there. This page notices by itself when you are done.',
    );
  });

  it('says when the network is gone, and goes on when it is back', async () => {
    const { page, identifier } = await waiting({ expected: [/ERR_INTERNET_DISCONNECTED/] });
    await page.context().setOffline(true);
    await hear(page, 'You are offline. This page goes on by itself when you are back.');
    finish(identifier);
    await page.context().setOffline(false);
    await arriveAt(page, 'Exa is connected');
  });

  it('says when this app is gone, and goes on when it is back', async () => {
    const { page } = await waiting({ expected: [/ERR_CONNECTION_REFUSED/] });
    await page.route(isPollUrl, (route) => route.abort('connectionrefused'));
    await page.clock.fastForward(1000);
    await hear(page, 'We can’t reach this app right now. We keep trying, so you can leave this page open.');
    await page.unrouteAll();
    await page.clock.fastForward(2000);
    await hear(
      page,
      'Open Exa in a new tab and finish there. This page notices by itself when you are done.',
    );
  });

  it('says when Scalekit is gone, keeps trying, and goes on when it is back', async () => {
    const { page, identifier } = await waiting();
    stage.app.deps.reader.drop(identifier);
    stage.app.sandbox.control.fault({ method: 'ListConnectedAccounts', error: 'internal' });
    await page.clock.fastForward(1000);
    await hear(page, 'We can’t reach the connection service right now. We keep trying.');
    stage.app.sandbox.control.clearFaults();
    finish(identifier);
    await page.clock.fastForward(1000);
    await arriveAt(page, 'Exa is connected');
  });

  it('leads to the sign-in when the user has signed out meanwhile', async () => {
    const { page } = await waiting({ expected: [/status of 401/] });
    const other = await page.context().newPage();
    await other.goto(`${stage.app.url}/connections`);
    await button(other, 'Sign out').click();
    await arriveAt(other, 'Sign in');
    await page.clock.fastForward(1000);
    await arriveAt(page, 'Sign in');
  });
});
