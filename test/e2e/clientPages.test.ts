import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { adminPaths } from '../../server/paths.js';
import { en } from '../../server/words/texts.js';
import { useStage } from '../support/browser.js';
import { faultsOf } from '../support/browserAudit.js';
import { arriveAt, button, heading, link, signIn } from '../support/browserSteps.js';

const stage = useStage();
const words = en.admin.clients;
const name = `Acme ${'Assistant'.repeat(7)}`;

const isSound = async (page: Page) => expect(await faultsOf(page)).toEqual([]);

const answerTo = async (key: string) => {
  const answer = await fetch(`${stage.app.url}/api/v1/client`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return answer.status;
};

/** The new key that the page shows. */
const newKeyOn = async (page: Page) => (await page.locator('code.secret').textContent()) ?? '';

/** Reads the page once more; whatever key it showed is gone. */
async function expectNoKeyAfterReload(page: Page, key: string): Promise<void> {
  await page.reload();
  await heading(page, name).waitFor();
  expect(await page.content()).not.toContain(key);
  expect(await page.getByText(words.newKey.heading).count()).toBe(0);
}

it('an API client is made, changed, given a new key and revoked, and each key is shown once', async () => {
  const page = await stage.visit();
  await signIn(page, stage.app.url, 'katherine@example.com');
  await page.goto(stage.app.url + adminPaths.clients);
  await arriveAt(page, words.heading);
  await page.getByLabel(words.name, { exact: true }).fill(name);
  await page.getByLabel(words.urls.returnUrls, { exact: true }).fill('https://acme.example/back#here');
  await button(page, words.create).click();
  await page.getByRole('alert').filter({ hasText: words.faults }).waitFor();
  await isSound(page);

  await page.getByLabel(words.scopeHints['status:read']).check();
  await page.getByLabel(words.urls.returnUrls, { exact: true }).fill('https://acme.example/back');
  await button(page, words.create).click();
  await arriveAt(page, name);
  const first = await newKeyOn(page);
  expect(await answerTo(first)).toBe(200);
  await isSound(page);
  await expectNoKeyAfterReload(page, first);

  await page.getByLabel(words.scopeHints['users:write']).check();
  await button(page, words.save).click();
  await page.getByRole('status').filter({ hasText: words.saved }).waitFor();
  expect(await page.getByLabel(words.scopeHints['users:write']).isChecked()).toBe(true);
  expect(await page.content()).not.toContain(first);

  await link(page, words.rotate.action).click();
  await arriveAt(page, words.rotate.heading(name));
  await isSound(page);
  await page.getByLabel(words.rotate.overlap).selectOption('1');
  await button(page, words.rotate.action).click();
  await page.getByText(words.newKey.heading).waitFor();
  const second = await newKeyOn(page);
  expect([await answerTo(first), await answerTo(second)]).toEqual([200, 200]);
  await expectNoKeyAfterReload(page, second);
  expect(await page.getByRole('list', { name: words.keys }).getByRole('listitem').count()).toBe(2);

  await link(page, words.revoke.action).click();
  await arriveAt(page, words.revoke.heading(name));
  await isSound(page);
  await button(page, words.revoke.action).click();
  await arriveAt(page, name);
  expect([await answerTo(first), await answerTo(second)]).toEqual([401, 401]);
  expect(await page.getByRole('link', { name: words.rotate.action }).count()).toBe(0);
  await isSound(page);

  await page.goto(stage.app.url + adminPaths.clients);
  await link(page, name).waitFor();
  await isSound(page);
});
