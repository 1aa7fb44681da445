import type { Page } from 'playwright-core';
import { onboardingPaths, paths } from '../../server/paths.js';
import { createDictionary } from '../../server/words/words.js';
import { anotherApp } from '../routes/onboarding/onboardingJourneys.js';
import { useStage } from '../support/browser.js';
import { arriveAt, enter } from '../support/browserSteps.js';
import { describe, expect, it } from '../support/jest.js';

const stage = useStage();
const { in: speak } = createDictionary();
const arabic = speak('ar');
const german = speak('de');

const languageOf = (page: Page) =>
  page.evaluate('[document.documentElement.lang, document.documentElement.dir]');

/** Chooses a language as a reader does who knows none of the words around it: by the link in the footer. */
async function choose(page: Page, language: string): Promise<void> {
  await page.locator(`.foot a[href$="${paths.language}"]`).click();
  await page.waitForURL(`**${paths.language}`);
  await page.locator(`button[name="language"][value="${language}"]`).click();
}

describe('a reader in a browser', () => {
  it('is told in the language of the browser, and chooses another on any page without losing it', async () => {
    const page = await stage.visit({ locale: 'de-AT' });
    const identifier = stage.someone();
    await enter(page, stage.app.url, identifier);
    await page.goto(stage.app.url + paths.connection('gmail'));
    expect(await languageOf(page)).toEqual(['de', 'ltr']);

    await choose(page, 'ar');
    await page.waitForURL(`**${paths.connection('gmail')}`);
    expect(await languageOf(page)).toEqual(['ar', 'rtl']);
    await arriveAt(page, 'Gmail');
    const connect = page.getByRole('button', { name: arabic('common.actions.connect', { title: 'Gmail' }) });
    expect(await connect.count()).toBeGreaterThan(0);

    const elsewhere = await stage.visit({ locale: 'de-AT' });
    await enter(elsewhere, stage.app.url, identifier);
    await elsewhere.goto(stage.app.url + paths.connections);
    expect(await languageOf(elsewhere)).toEqual(['ar', 'rtl']);
  });

  it('connects in Arabic: consent, the status page that looks again, and the list that says what came of it', async () => {
    const page = await stage.visit({ locale: 'ar' });
    await enter(page, stage.app.url, stage.someone());
    await page.goto(stage.app.url + paths.connections);
    await page.locator('[data-connection="gmail"] .row-action button').click();
    await page.locator('button[value="allow"]').click();
    await arriveAt(page, arabic('flow.connected', { title: 'Gmail' }));
    await page.locator('[data-continue]').click();
    await page.waitForURL(`**${paths.connections}**`);
    expect(await page.locator('[data-summary] .outcome').textContent()).toBe(
      arabic('accounts.outcomes.connected', { title: 'Gmail' }),
    );
    expect(await page.locator('[data-connection="gmail"]').getAttribute('data-state')).toBe('active');
  });

  it('of an onboarding gets the language that its app asks for, and may choose another before it begins', async () => {
    const acme = await anotherApp(stage.app, { name: 'Acme' });
    const { id, path } = await acme.create({ locale: 'ja', user_check: 'none' });
    const page = await stage.visit({ locale: 'en' });
    await page.goto(stage.app.url + path);
    expect(await languageOf(page)).toEqual(['ja', 'ltr']);

    await choose(page, 'de');
    await page.waitForURL(`**${path}`);
    await arriveAt(page, german('onboarding.start.heading', { app: 'Acme' }));
    await page.locator('form.go button').click();
    await page.waitForURL(`**${onboardingPaths.steps(id)}`);
    expect(await languageOf(page)).toEqual(['de', 'ltr']);
  });
});
