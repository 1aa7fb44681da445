import type { Page } from 'playwright-core';
import { useStage } from '../../support/browser.js';
import { faultsOf } from '../../support/browserAudit.js';
import { arriveAt, button, connectByConsent, goOnToList, link } from '../../support/browserSteps.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { accounts } from '../../support/openidApp.js';
import { startTestProvider, type TestProvider } from '../../support/openidProvider.js';
import type { SandboxedApp } from '../../support/testApp.js';

const stage = useStage();
let provider: TestProvider;

beforeAll(async () => {
  provider = await startTestProvider({ accounts });
});

afterAll(() => provider.close());

async function startApp(): Promise<SandboxedApp> {
  const app = await stage.otherApp({ env: provider.env });
  provider.allow(app.url);
  return app;
}

const atProvider = (page: Page) => arriveAt(page, 'Sign in at the provider');

/** Signs in, from a page that asked for it to the page that it leads to: a script presses the button in between. */
async function signInAs(page: Page, sub: string, { click = false } = {}): Promise<void> {
  if (click) {
    await arriveAt(page, 'Sign in to Connect accounts');
    await button(page, 'Sign in').click();
  }
  await atProvider(page);
  await button(page, `Continue as ${sub}`).click();
}

describe('a sign-in at the provider, in a browser', () => {
  it.each([true, false])(
    'leads back to the page that was asked for, connects an account, and signs out there too; script: %s',
    async (javaScriptEnabled) => {
      const app = await startApp();
      const page = await stage.visit({ javaScriptEnabled });
      await page.goto(`${app.url}/connect/gmail`);
      await signInAs(page, 'ada', { click: !javaScriptEnabled });
      await page.waitForURL(`${app.url}/connect/gmail`);
      await page.getByText('Ada Lovelace').first().waitFor();

      await page.goto(`${app.url}/connections`);
      if (javaScriptEnabled) {
        await connectByConsent(page, 'Connect Gmail', 'Gmail');
        await goOnToList(page, 'Gmail');
      }

      await button(page, 'Sign out').click();
      await arriveAt(page, 'Sign out?');
      await button(page, 'Sign out here too').click();
      await arriveAt(page, 'Sign in to Connect accounts');
      expect(page.url()).toBe(`${app.url}/sign-in`);
      // The provider would let in again at once who has just left.
      await page.goto(`${app.url}/connections`);
      await arriveAt(page, 'Sign in to Connect accounts');
      await button(page, 'Sign in').click();
      await atProvider(page);
    },
  );

  it('goes on to the page that was asked for when its form was out of date', async () => {
    const app = await startApp();
    const page = await stage.visit();
    // After a failure it waits for a click.
    await page.goto(`${app.url}/sign-in/callback?state=unknown`);
    await page.goto(`${app.url}/connect/gmail`);
    await arriveAt(page, 'Sign in to Connect accounts');
    await page.context().clearCookies();
    await button(page, 'Sign in').click();
    await page.getByText('The page was open for too long, so you weren’t signed in. Try again.').waitFor();
    await signInAs(page, 'ada', { click: true });
    await page.waitForURL(`${app.url}/connect/gmail`);
    await expect(faultsOf(page)).resolves.toEqual([]);
  });

  it('says in words when it was denied, and starts again from there', async () => {
    const app = await startApp();
    const page = await stage.visit();
    await page.goto(`${app.url}/connect/gmail`);
    await atProvider(page);
    await button(page, 'Deny').click();
    await arriveAt(page, 'You are not signed in');
    await link(page, 'Try again').click();
    await signInAs(page, 'ada', { click: true });
    await page.waitForURL(`${app.url}/connect/gmail`);
  });

  it('goes on in two tabs, and the browser’s back does no harm', async () => {
    const app = await startApp();
    const page = await stage.visit();
    const tab = await page.context().newPage();
    for (const one of [page, tab]) {
      await one.goto(`${app.url}/account`);
      await atProvider(one);
    }
    for (const one of [tab, page]) {
      await button(one, 'Continue as ada').click();
      await arriveAt(one, 'Your sign-in');
    }
    await page.goBack();
    await page.goto(`${app.url}/connections`);
    await arriveAt(page, 'Connections');
  });

  it('ends in every browser when its user signs out everywhere', async () => {
    const app = await startApp();
    const [laptop, phone] = [
      await stage.visit(),
      await stage.visit({ viewport: { width: 360, height: 740 } }),
    ];
    for (const page of [laptop, phone]) {
      await page.goto(`${app.url}/account`);
      await signInAs(page, 'ada');
      await arriveAt(page, 'Your sign-in');
    }
    await button(phone, 'Sign out everywhere').click();
    await arriveAt(phone, 'Sign out?');
    await laptop.reload();
    await arriveAt(laptop, 'Sign in to Connect accounts');
  });
});

const scenes: Readonly<Record<string, (page: Page, app: SandboxedApp) => Promise<void>>> = {
  async 'the sign-in'(page, app) {
    await page.goto(`${app.url}/sign-in`);
    await arriveAt(page, 'Sign in to Connect accounts');
  },
  async 'the account'(page, app) {
    await page.goto(`${app.url}/account`);
    await signInAs(page, 'ada');
    await arriveAt(page, 'Your sign-in');
  },
  async 'a failure of the sign-in'(page, app) {
    await page.goto(`${app.url}/sign-in/callback?state=unknown`);
    await arriveAt(page, 'This sign-in is not known');
  },
};

describe('the pages of the sign-in, narrow and wide, light and dark', () => {
  it.each(Object.keys(scenes))(
    '%s has no accessibility violation and no horizontal scrolling',
    async (name) => {
      const page = await stage.visit();
      await scenes[name]?.(page, await startApp());
      await expect(faultsOf(page)).resolves.toEqual([]);
    },
  );
});
