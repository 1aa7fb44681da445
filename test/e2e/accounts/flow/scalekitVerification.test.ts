import { useStage } from '../../../support/browser.js';
import {
  arriveAt,
  button,
  expectNotice,
  expectState,
  openInNewTab,
  signIn,
} from '../../../support/browserSteps.js';
import { describe, it } from '../../../support/jest.js';

const stage = useStage({ env: { USER_VERIFICATION: 'scalekit' }, sandbox: { verification: 'scalekit' } });

/** Somebody at the status page of Gmail, with consent open in another tab. */
async function atConsent(javaScriptEnabled = true) {
  const page = await stage.visit({ javaScriptEnabled });
  const identifier = stage.someone();
  await signIn(page, stage.app.url, identifier);
  await button(page, 'Connect Gmail').click();
  await arriveAt(page, 'Connecting Gmail');
  const tab = await openInNewTab(page, 'Open Gmail in a new tab');
  await arriveAt(tab, 'Give access to Gmail?');
  return { page, tab };
}

describe('while Scalekit verifies its own users', () => {
  it.each([true, false])(
    'consents in a tab of its own, and goes on by itself (script: %s)',
    async (script) => {
      const { page, tab } = await atConsent(script);
      await button(tab, 'Allow').click();
      await arriveAt(tab, 'Connected');
      await arriveAt(page, 'Gmail is connected');
      await page.waitForURL(/\/connections\?flow=/);
      await expectNotice(page, 'Gmail is connected.');
      await expectState(page, 'Gmail', 'active');
    },
  );

  it('goes on waiting when the tab ends in an error, and opens another one', async () => {
    const { page, tab } = await atConsent();
    await button(tab, 'Deny').click();
    await arriveAt(tab, 'Access was not given');
    await page
      .getByText('Open Gmail in a new tab and finish there. This page notices by itself when you are done.')
      .waitFor();
    await page.reload();
    const again = await openInNewTab(page, 'Open Gmail in a new tab');
    await button(again, 'Allow').click();
    await arriveAt(page, 'Gmail is connected');
  });
});
