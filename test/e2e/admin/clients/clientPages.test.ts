import type { Page } from 'playwright-core';
import { adminPaths } from '../../../../server/paths.js';
import { useStage } from '../../../support/browser.js';
import { faultsOf } from '../../../support/browserAudit.js';
import { arriveAt, button, heading, link, signIn } from '../../../support/browserSteps.js';
import { expect, it } from '../../../support/jest.js';

const stage = useStage();
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
  expect(await page.getByText('Your new key').count()).toBe(0);
}

it('an API client is made, changed, given a new key and revoked, and each key is shown once', async () => {
  const page = await stage.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
  await signIn(page, stage.app.url, 'katherine@example.com');
  await page.goto(stage.app.url + adminPaths.clients);
  await arriveAt(page, 'API clients');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Return addresses', { exact: true }).fill('https://acme.example/back#here');
  await button(page, 'Create client').click();
  await page.getByRole('alert').filter({ hasText: 'The client was not saved:' }).waitFor();
  await isSound(page);

  await page.getByLabel('ask whether a user’s connections are ready').check();
  await page.getByLabel('Return addresses', { exact: true }).fill('https://acme.example/back');
  await button(page, 'Create client').click();
  await arriveAt(page, name);
  const first = await newKeyOn(page);
  expect(await answerTo(first)).toBe(200);
  await button(page, 'Copy key').click();
  await page.getByRole('status').filter({ hasText: 'The key is copied.' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(first);
  await isSound(page);
  await expectNoKeyAfterReload(page, first);

  await page.getByLabel('have users mailed a link, and take users off, with all that they connected').check();
  await button(page, 'Save changes').click();
  await page.getByRole('status').filter({ hasText: 'Changes saved.' }).waitFor();
  expect(
    await page
      .getByLabel('have users mailed a link, and take users off, with all that they connected')
      .isChecked(),
  ).toBe(true);
  expect(await page.content()).not.toContain(first);

  await link(page, 'Create new key').click();
  await arriveAt(page, `Create a new key for ${name}?`);
  await isSound(page);
  await page.getByLabel('The current key').selectOption('1');
  await button(page, 'Create new key').click();
  await page.getByText('Your new key').waitFor();
  const second = await newKeyOn(page);
  expect([await answerTo(first), await answerTo(second)]).toEqual([200, 200]);
  await expectNoKeyAfterReload(page, second);
  expect(await page.getByRole('list', { name: 'Keys' }).getByRole('listitem').count()).toBe(2);

  await link(page, 'Revoke client').click();
  await arriveAt(page, `Revoke ${name}?`);
  await isSound(page);
  await button(page, 'Revoke client').click();
  await arriveAt(page, name);
  expect([await answerTo(first), await answerTo(second)]).toEqual([401, 401]);
  expect(await page.getByRole('link', { name: 'Create new key' }).count()).toBe(0);
  await isSound(page);

  await page.goto(stage.app.url + adminPaths.clients);
  await link(page, name).waitFor();
  await isSound(page);
});
