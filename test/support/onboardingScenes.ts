import type { Page } from 'playwright-core';
import { onboardingPaths } from '../../server/paths.js';
import { logoOf, svgOf } from '../unit/identity/clients/logoFiles.js';
import { enter } from './browserSteps.js';
import { startOnboardingHost } from './onboardingHost.js';
import type { Scenes, Stage } from './stage.js';

/** The pages of an onboarding, which another app with a long name began. */

const appName = 'The Quite Extraordinarily Long Named Assistant of Acme Incorporated, Limited';
/** A word on a transparent ground. */
const wideLogo = svgOf(
  '<path d="M10 50 40 10l30 40M90 50V10h60M170 30h220" stroke="#111" stroke-width="9" fill="none"/>',
  'viewBox="0 0 400 60"',
);
const connections = [{ name: 'gmail' }, { name: 'slack' }, { name: 'exa', required: false }];

interface Opened {
  readonly page: Page;
  readonly id: string;
  readonly identifier: string;
  /** Ends the onboarding, as its app can. */
  cancel(): Promise<unknown>;
}

async function atStart(stage: Stage, more: object = {}, logo: Buffer | null = null): Promise<Opened> {
  const { app } = stage;
  const identifier = stage.someone();
  const host = await startOnboardingHost(app, identifier, appName);
  stage.closeLater(host);
  if (logo !== null)
    await app.deps.apiClients.setLogo(host.acme.client.id, logoOf(logo), { actor: 'command' });
  const asked = { identifier, display_name: 'Ada Lovelace', return_url: `${host.url}/back`, connections };
  const { id, path } = await host.acme.create({ ...asked, user_check: 'none', ...more });
  const page = await stage.visit();
  await page.goto(app.url + path);
  const cancel = () => host.acme.send('delete', `/api/v1/onboarding-sessions/${id}`);
  return { page, id, identifier, cancel };
}

/** Presses the button of the form that posts there, and arrives where it leads. */
async function press(page: Page, action: string): Promise<void> {
  const arrived = page.waitForEvent('domcontentloaded');
  await page.locator(`form[action="${action}"] button`).first().click();
  await arrived;
}

async function atSteps(stage: Stage, more: object = {}, logo: Buffer | null = null): Promise<Opened> {
  const opened = await atStart(stage, more, logo);
  await press(opened.page, onboardingPaths.start);
  return opened;
}

/** Answers the consent page of Gmail, and arrives at what comes of it. */
async function answered(stage: Stage, outcome: 'allow' | 'deny', more: object = {}): Promise<Opened> {
  const opened = await atSteps(stage, more);
  await press(opened.page, onboardingPaths.startConnect(opened.id, 'gmail'));
  const arrived = opened.page.waitForEvent('domcontentloaded');
  await opened.page.locator(`button[value="${outcome}"]`).click();
  await arrived;
  return opened;
}

export const onboardingScenes: Scenes = {
  'the start of an onboarding': async (stage) => (await atStart(stage)).page,
  'the start of an onboarding of an app with a logo': async (stage) =>
    (await atStart(stage, {}, wideLogo)).page,
  'the steps of an onboarding of an app with a logo': async (stage) =>
    (await atSteps(stage, {}, wideLogo)).page,
  async 'the page of an onboarding that goes on by itself'(stage) {
    const { page, id } = await atStart(stage, { user_check: undefined });
    // Without its script it stays, so that it can be looked at.
    await page.route('**/*', (route) =>
      route.request().resourceType() === 'script'
        ? route.fulfill({ contentType: 'text/javascript', body: '' })
        : route.continue(),
    );
    await press(page, onboardingPaths.start);
    await page.waitForURL((url) => url.pathname === onboardingPaths.continue(id));
    return page;
  },
  'the steps of an onboarding': async (stage) => (await atSteps(stage)).page,
  'the failure of a step': async (stage) => (await answered(stage, 'deny')).page,
  async 'the steps after a denial'(stage) {
    const { page, id } = await answered(stage, 'deny');
    await page.goto(stage.app.url + onboardingPaths.steps(id));
    return page;
  },
  async 'the status page of a step'(stage) {
    const { page, id } = await atSteps(stage);
    await press(page, onboardingPaths.startConnect(id, 'exa'));
    return page;
  },
  async 'the steps when all is done'(stage) {
    const { page, id } = await answered(stage, 'allow', { connections: [{ name: 'gmail' }] });
    await page.goto(stage.app.url + onboardingPaths.steps(id));
    return page;
  },
  async 'the question before leaving an onboarding'(stage) {
    const { page, id } = await atSteps(stage);
    await page.goto(stage.app.url + onboardingPaths.leave(id));
    return page;
  },
  async 'an onboarding that has ended'(stage) {
    const { page, id, cancel } = await atSteps(stage);
    await cancel();
    await page.goto(stage.app.url + onboardingPaths.steps(id));
    return page;
  },
  async 'an onboarding that is for another user'(stage) {
    const { page } = await atStart(stage, { user_check: 'sign_in' });
    await enter(page, stage.app.url, stage.someone());
    await press(page, onboardingPaths.start);
    return page;
  },
  async 'an onboarding whose user is asked to go on'(stage) {
    const { page, identifier } = await atStart(stage, { user_check: 'sign_in' });
    await enter(page, stage.app.url, identifier);
    await press(page, onboardingPaths.start);
    return page;
  },
};
