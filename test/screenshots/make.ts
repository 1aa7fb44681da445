import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { adminPaths } from '../../server/paths.js';
import { arriveAt, button, card, signIn } from '../support/browserSteps.js';
import { findChromium, launchOptions } from '../support/chromium.js';
import { startSandboxedApp } from '../support/testApp.js';
import { takePagePictures } from './pagePictures.js';

/**
 * Makes the pictures of the README, in this folder: the app as the sample users see it. Then pictures of every page, in
 * the folder `pages`; with an argument, only those of the pages whose name has it, and with a second one, such as `ja`, as
 * a reader of that language gets them.
 */

const colorSchemes = ['light', 'dark'] as const;
const viewport = { width: 1280, height: 840 };

const fileOf = (name: string, colorScheme: string) =>
  fileURLToPath(new URL(`${name}-${colorScheme}.png`, import.meta.url));

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: fileOf(name, colorScheme), animations: 'disabled' });
  }
}

async function takeReadmePictures(executablePath: string): Promise<void> {
  const app = await startSandboxedApp();
  const browser = await chromium.launch(launchOptions(executablePath));
  try {
    const page = await browser.newPage({ viewport, deviceScaleFactor: 1, reducedMotion: 'reduce' });
    await signIn(page, app.url, 'grace@example.com');
    await card(page, 'Slack').waitFor();
    await shoot(page, 'list');
    await button(page, 'Reconnect Slack').click();
    await arriveAt(page, 'Give access to Slack?');
    await shoot(page, 'consent');
    await page.goto(`${app.url}/connections/slack/status`);
    await arriveAt(page, 'Connecting Slack');
    await shoot(page, 'status');
    app.deps.directory.start();
    const admin = await browser.newPage({ viewport, deviceScaleFactor: 1, reducedMotion: 'reduce' });
    await signIn(admin, app.url, 'katherine@example.com');
    while ((await app.deps.directory.freshness()).finishedAt === null) await admin.waitForTimeout(100);
    await admin.goto(app.url + adminPaths.overview);
    await shoot(admin, 'overview');
    await admin.goto(app.url + adminPaths.users());
    await shoot(admin, 'users');
  } finally {
    await browser.close();
    await app.deps.directory.stop();
    await app.close();
  }
}

const [wanted, locale] = process.argv.slice(2);
const executablePath = await findChromium();
if (wanted === undefined) await takeReadmePictures(executablePath);
const taken = await takePagePictures(executablePath, wanted, locale);
process.stdout.write(`${taken} pictures: see test/screenshots/pages/index.html\n`);
