import type { Page, Route } from 'playwright-core';
import { useStage, type VisitOptions } from '../../../support/browser.js';
import { arriveAt, button, goToConsent, signIn } from '../../../support/browserSteps.js';
import { describe, expect, it } from '../../../support/jest.js';

const stage = useStage();

const isPoll = (request: { url(): string }) => /\/status\.json/.test(request.url());

/** Somebody whose browser waits on the status page of Exa, on a clock that stands still. */
async function waiting(options: VisitOptions = {}) {
  const page = await stage.visit(options);
  const identifier = stage.someone();
  await page.clock.install();
  await signIn(page, stage.app.url, identifier);
  await button(page, 'Connect Exa').click();
  await arriveAt(page, 'Enter your Exa key');
  await isLive(page);
  await page.clock.pauseAt(Date.now() + 3_600_000);
  return { page, identifier };
}

const isLive = (page: Page) => page.locator('html[data-live]').waitFor({ state: 'attached' });

const finish = async (identifier: string) => {
  stage.app.sandbox.control.setAccount({ connectionName: 'exa', identifier, status: 'ACTIVE' });
  await stage.app.deps.reader.changed(identifier);
};

describe('the status page, told by an event', () => {
  it('notices at once that it is connected', async () => {
    const { page, identifier } = await waiting();
    await finish(identifier);
    await arriveAt(page, 'Exa is connected');
  });

  it('notices at once that the flow was cancelled in another tab', async () => {
    const { page } = await waiting();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await button(other, 'Cancel').click();
    await arriveAt(other, 'Connections');
    await arriveAt(page, 'Exa was not connected');
  });

  it('notices at once that the connection was disconnected in another browser', async () => {
    const { page, identifier } = await waiting();
    const other = await stage.visit();
    await signIn(other, stage.app.url, identifier);
    await other.goto(`${stage.app.url}/connections/exa/disconnect`);
    await button(other, 'Remove Exa').click();
    await arriveAt(other, 'Connections');
    await arriveAt(page, 'Exa was not connected');
  });

  it('asks once more when something changed while it asked', async () => {
    const { page, identifier } = await waiting();
    const polls: Route[] = [];
    await page.route(/\/status\.json/, (route) => (polls.push(route) === 1 ? undefined : route.continue()));
    await stage.app.deps.reader.changed(identifier);
    while (polls.length === 0) await page.evaluate('1');
    // The answer that is under way was made before the change.
    const early = await polls[0]?.fetch();
    await finish(identifier);
    await page.evaluate("document.dispatchEvent(new Event('live:changed'))");
    expect(polls).toHaveLength(1);
    await polls[0]?.fulfill({ ...(early === undefined ? {} : { response: early }) });
    await arriveAt(page, 'Exa is connected');
  });

  it('asks every five seconds while a flow is open that ends here', async () => {
    const page = await stage.visit();
    await signIn(page, stage.app.url, stage.someone());
    await goToConsent(page, 'Connect Gmail', 'Gmail');
    await page.clock.install();
    await page.goto(`${stage.app.url}/connections/gmail/status`);
    await isLive(page);
    const first = page.waitForResponse(isPoll);
    await page.clock.runFor(1000);
    expect(await (await first).json()).toMatchObject({ next_poll_ms: 5000 });
    let polls = 0;
    page.on('request', (request) => {
      if (isPoll(request)) polls += 1;
    });
    await page.clock.runFor(4000);
    expect(polls).toBe(0);
    const second = page.waitForRequest(isPoll);
    await page.clock.runFor(1500);
    await second;
  });

  it('keeps its pace where there is no stream', async () => {
    const page = await stage.visit({ expected: [/status of 503/] });
    await page.route(/:\d+\/events$/, (route) => route.fulfill({ status: 503 }));
    await signIn(page, stage.app.url, stage.someone());
    await goToConsent(page, 'Connect Gmail', 'Gmail');
    await page.clock.install();
    await page.goto(`${stage.app.url}/connections/gmail/status`);
    const answered = page.waitForResponse(isPoll);
    await page.clock.runFor(1000);
    const again = page.waitForRequest(isPoll);
    await (await answered).finished();
    await page.clock.runFor(1500);
    await again;
  });
});
