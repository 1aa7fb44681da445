import type { Page } from 'playwright-core';
import { type Stage, useStage } from '../../support/browser.js';
import { faultsOf } from '../../support/browserAudit.js';
import { arriveAt, button, card, link, openInNewTab, signIn } from '../../support/browserSteps.js';
import { describe, expect, it } from '../../support/jest.js';
import { type OnboardingHost, startOnboardingHost } from '../../support/onboardingHost.js';

const stage = useStage();
const longName = 'The Quite Extraordinarily Long Named Assistant of Acme Incorporated, Limited';

/** Another app, closed with the test. */
async function startHost(
  { app, closeLater }: Stage,
  identifier: string,
  name: string,
): Promise<OnboardingHost> {
  const host = await startOnboardingHost(app, identifier, name);
  closeLater(host);
  return host;
}

const threeSteps = [{ name: 'gmail' }, { name: 'slack' }, { name: 'exa', required: false }];

async function open(page: Page, { acme, url }: OnboardingHost, identifier: string, more = {}): Promise<void> {
  const asked = { identifier, return_url: `${url}/back`, connections: threeSteps, ...more };
  const { path } = await acme.create(asked);
  await page.goto(stage.app.url + path);
}

/** Gives access at the consent page and follows to the steps. */
async function allow(page: Page, title: string, heading: string): Promise<void> {
  await button(page, `Connect ${title}`).click();
  await arriveAt(page, `Give access to ${title}?`);
  await button(page, 'Allow').click();
  await arriveAt(page, heading);
}

/** Presses a button that leads back to the other app. */
async function goBack(page: Page, name: string): Promise<void> {
  await button(page, name).click();
  await arriveAt(page, 'Welcome back');
}

describe('an onboarding from another app', () => {
  it('leads through the check, a consent, a key in a new tab and a denial, and back, on pages without fault', async () => {
    const identifier = stage.someone();
    const host = await startHost(stage, identifier, longName);
    const page = await stage.visit();
    const looked: Record<string, string[]> = {};
    const look = async (name: string) => {
      looked[name] = await faultsOf(page);
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    const steps = `Set up connections for ${longName}`;
    await open(page, host, identifier, { display_name: 'Ada Lovelace' });
    await page.setViewportSize({ width: 360, height: 640 });
    const start = await button(page, 'Start').boundingBox();
    expect((start?.y ?? 640) + (start?.height ?? 0)).toBeLessThanOrEqual(640);
    await look('start');
    await button(page, 'Start').click();
    // The other app confirms, and the page in between goes on by itself.
    await arriveAt(page, steps);
    await look('steps');
    await allow(page, 'Gmail', steps);
    await card(page, 'Gmail').getByText('Connected', { exact: true }).waitFor();
    await expect(page.title()).resolves.toMatch(/^Gmail is connected\. /);
    await expect(page.evaluate('document.activeElement.textContent.trim()')).resolves.toBe(
      'Gmail is connected.',
    );
    await look('after Gmail');
    await button(page, 'Connect Slack').click();
    await button(page, 'Deny').click();
    await arriveAt(page, 'Slack was not connected');
    await look('denied');
    await link(page, 'Back to the steps').click();
    await arriveAt(page, steps);
    await look('steps after a denial');
    await button(page, 'Connect Exa').click();
    await arriveAt(page, 'Enter your Exa key');
    const tab = await openInNewTab(page, 'Enter your Exa key');
    await tab.getByLabel('API key').fill('a key of hers');
    await button(tab, 'Connect').click();
    // The page here notices by itself, and goes on.
    await arriveAt(page, steps);
    await card(page, 'Exa').getByText('Connected', { exact: true }).waitFor();
    await link(page, 'Leave without finishing').click();
    await arriveAt(page, `Go back to ${longName} now?`);
    await look('leaving');
    await link(page, 'Stay here').click();
    await allow(page, 'Slack', steps);
    await page.getByRole('status').filter({ hasText: 'Everything is connected.' }).waitFor();
    await look('all done');
    await goBack(page, `Continue to ${longName}`);
    expect(host.returns.map((one) => one.get('state'))).toEqual(['its state']);
    await page.goBack();
    await arriveAt(page, 'You are done here');
    await look('ended');
    expect(Object.values(looked).flat()).toEqual([]);
  });

  it('works without script, by a button where the page would go on by itself', async () => {
    const identifier = stage.someone();
    const host = await startHost(stage, identifier, 'Acme');
    const page = await stage.visit({ javaScriptEnabled: false });
    await open(page, host, identifier, {
      connections: [{ name: 'gmail' }, { name: 'exa', required: false }],
    });
    await button(page, 'Start').click();
    await arriveAt(page, 'One moment');
    await button(page, 'Continue').click();
    await arriveAt(page, 'Set up connections for Acme');
    await button(page, 'Skip Exa').click();
    await button(page, 'Connect Gmail').click();
    await button(page, 'Allow').click();
    await arriveAt(page, 'Gmail is connected');
    await link(page, 'Continue').click();
    await arriveAt(page, 'Set up connections for Acme');
    await goBack(page, 'Continue to Acme');
    expect(host.returns).toHaveLength(1);
  });

  it('goes on beside that of another app in the next tab, with a consent of each under way at once', async () => {
    const [ada, bob] = [stage.someone(), stage.someone()];
    const hosts = [await startHost(stage, ada, 'Acme'), await startHost(stage, bob, 'Globex')] as const;
    const acme = await stage.visit();
    const globex = await acme.context().newPage();
    const connections = [{ name: 'gmail' }];
    await open(acme, hosts[0], ada, { connections });
    await open(globex, hosts[1], bob, { connections });
    await button(globex, 'Start').click();
    await arriveAt(globex, 'Set up connections for Globex');
    await button(acme, 'Start').click();
    await arriveAt(acme, 'Set up connections for Acme');
    for (const page of [acme, globex]) {
      await button(page, 'Connect Gmail').click();
      await arriveAt(page, 'Give access to Gmail?');
    }
    for (const [page, name] of [
      [globex, 'Globex'],
      [acme, 'Acme'],
    ] as const) {
      await button(page, 'Allow').click();
      await arriveAt(page, `Set up connections for ${name}`);
      await page.getByRole('status').filter({ hasText: 'Gmail is connected.' }).waitFor();
    }
    await goBack(acme, 'Continue to Acme');
    await goBack(globex, 'Continue to Globex');
    expect(hosts.map(({ returns }) => returns.length)).toEqual([1, 1]);
  });

  it('waits on for its user behind a link of days, which somebody else opened first', async () => {
    const identifier = stage.someone();
    const host = await startHost(stage, identifier, longName);
    const more = { open_minutes: 14 * 24 * 60, user_check: 'sign_in', connections: threeSteps };
    const asked = { identifier, return_url: `${host.url}/back`, ...more };
    const { path } = await host.acme.create(asked);
    const colleague = await stage.visit();
    await signIn(colleague, stage.app.url, stage.someone());
    await colleague.goto(stage.app.url + path);
    await colleague.setViewportSize({ width: 360, height: 640 });
    const start = await button(colleague, 'Start').boundingBox();
    expect((start?.y ?? 640) + (start?.height ?? 0)).toBeLessThanOrEqual(640);
    expect(await faultsOf(colleague)).toEqual([]);
    await button(colleague, 'Start').click();
    await arriveAt(colleague, 'This is for another user');
    const page = await stage.visit();
    await signIn(page, stage.app.url, identifier);
    await page.goto(stage.app.url + path);
    await button(page, 'Start').click();
    await arriveAt(page, 'Go on as this user');
    await button(page, 'Continue').click();
    await arriveAt(page, `Set up connections for ${longName}`);
    await colleague.goto(stage.app.url + path);
    await arriveAt(colleague, 'This link no longer works');
  });

  it('is ended by its app when the browser is another user’s, whose own sign-in stays as it was', async () => {
    const identifier = stage.someone();
    const host = await startHost(stage, stage.someone(), 'Acme');
    const page = await stage.visit();
    await signIn(page, stage.app.url, 'victim@example.com');
    await open(page, host, identifier);
    await button(page, 'Start').click();
    await arriveAt(page, 'You are somebody else here');
    const [{ id } = { id: '' }] = await stage.app.deps.db
      .selectFrom('onboardingSessions')
      .select('id')
      .where('identifier', '=', identifier)
      .execute();
    expect(await host.acme.statusOf(id)).toBe('cancelled');
    await page.goto(`${stage.app.url}/onboarding/${id}`);
    await arriveAt(page, 'This setup has ended');
    await page.goto(`${stage.app.url}/connections`);
    await page.getByText('victim@example.com').first().waitFor();
  });

  it('lets a user sign in here as the right one, and says so when it is another', async () => {
    const identifier = stage.someone();
    const host = await startHost(stage, identifier, 'Acme');
    const page = await stage.visit();
    await signIn(page, stage.app.url, stage.someone());
    await open(page, host, identifier, { user_check: 'sign_in' });
    await button(page, 'Start').click();
    await arriveAt(page, 'This is for another user');
    expect(await faultsOf(page)).toEqual([]);
    await link(page, 'Sign in as somebody else').click();
    await page.getByLabel('Any identifier', { exact: true }).fill(identifier);
    await button(page, 'Sign in').click();
    await arriveAt(page, 'Go on as this user');
    await button(page, 'Continue').click();
    await arriveAt(page, 'Set up connections for Acme');
  });
});
