import type { Locator, Page } from 'playwright-core';
import { useStage } from '../support/browser.js';
import { arriveAt, button, expectNotice, link, menuOf } from '../support/browserSteps.js';
import { describe, expect, it } from '../support/jest.js';

const stage = useStage();

const isFocused = (target: Locator) => target.evaluate((element) => element.matches(':focus-visible'));

/** Goes to a control with the Tab key alone, and checks that one sees where one is. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await isFocused(target)) {
      await expect(
        page.evaluate('parseFloat(getComputedStyle(document.activeElement).outlineWidth)'),
      ).resolves.toBeGreaterThanOrEqual(2);
      await expect(page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).resolves.toBe(
        'solid',
      );
      return;
    }
  }
  throw new Error('the Tab key does not lead there');
}

async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

describe('with the keyboard alone', () => {
  it('skips to the content, signs in, connects, and disconnects', async () => {
    const page = await stage.visit();
    await page.goto(stage.app.url);
    await press(page, link(page, 'Skip to the content'));
    await tabTo(page, page.getByLabel('Any identifier', { exact: true }));
    await page.keyboard.type(stage.someone());
    await page.keyboard.press('Enter');
    await arriveAt(page, 'Connections');
    await press(page, button(page, 'Connect Gmail'));
    await arriveAt(page, 'Give access to Gmail?');
    await press(page, button(page, 'Allow'));
    await arriveAt(page, 'Gmail is connected');
    await press(page, link(page, 'Continue'));
    await expectNotice(page, 'Gmail is connected.');
    await press(page, menuOf(page, 'Gmail'));
    await press(page, link(page, 'Disconnect Gmail'));
    await press(page, button(page, 'Disconnect Gmail'));
    await expectNotice(page, 'Gmail is disconnected.');
  });

  it('keeps the focus where it belongs when the status page is done', async () => {
    const page = await stage.visit();
    await page.goto(stage.app.url);
    const identifier = stage.someone();
    await page.getByLabel('Any identifier', { exact: true }).fill(identifier);
    await page.keyboard.press('Enter');
    await arriveAt(page, 'Connections');
    await press(page, button(page, 'Connect Exa'));
    await arriveAt(page, 'Enter your Exa key');
    await tabTo(page, button(page, 'Cancel'));
    stage.app.sandbox.control.setAccount({ connectionName: 'exa', identifier, status: 'ACTIVE' });
    await arriveAt(page, 'Exa is connected');
    await expect(isFocused(link(page, 'Continue'))).resolves.toBe(true);
  });
});
