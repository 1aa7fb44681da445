import type { Page } from 'playwright-core';
import { adminPaths } from '../../../../server/paths.js';
import { useStage } from '../../../support/browser.js';
import { faultsOf } from '../../../support/browserAudit.js';
import { arriveAt, button, signIn } from '../../../support/browserSteps.js';
import { attacks, describe, expect, it } from '../../../support/jest.js';
import { startOnboardingHost } from '../../../support/onboardingHost.js';
import { logoOf, pngOf, svgOf } from '../../../unit/identity/clients/logoFiles.js';

const stage = useStage();
/** A field that may be at fault. */
interface HTMLFault {
  readonly validationMessage: string;
  setCustomValidity(fault: string): void;
}

const isSound = async (page: Page) => expect(await faultsOf(page)).toEqual([]);

async function startHost(name = 'Acme Assistant') {
  const identifier = stage.someone();
  const host = await startOnboardingHost(stage.app, identifier, name);
  stage.closeLater(host);
  const startOf = async () => {
    const asked = { identifier, return_url: `${host.url}/back`, connections: [{ name: 'gmail' }] };
    return stage.app.url + (await host.acme.create({ ...asked, user_check: 'none' })).path;
  };
  return { id: host.acme.client.id, startOf };
}

async function giveLogo(id: string, body: Buffer): Promise<string> {
  await stage.app.deps.apiClients.setLogo(id, logoOf(body), { actor: 'command' });
  const found = await stage.app.deps.apiClients.find(id);
  return `${stage.app.url}/client-logos/${found?.client.logo?.hash}`;
}

it('a logo is uploaded, seen, replaced and removed by an admin, who is told why a file is none', async () => {
  const { id } = await startHost();
  const page = await stage.visit();
  await signIn(page, stage.app.url, 'katherine@example.com');
  await page.goto(stage.app.url + adminPaths.client(id));
  await arriveAt(page, 'Acme Assistant');
  const choose = (name: string, buffer: Buffer) =>
    page.getByLabel('Image file', { exact: true }).setInputFiles({ name, mimeType: 'image/png', buffer });
  const said = (role: 'alert' | 'status', hasText: string) =>
    page.getByRole(role).filter({ hasText }).waitFor();
  const shown = page.locator('.client-logo img');

  await choose('logo.png', Buffer.from('<html>'));
  await button(page, 'Upload logo').click();
  await said('alert', 'This is neither an SVG nor a PNG file.');
  await isSound(page);
  await choose('photo.png', Buffer.alloc(400_000, 1));
  const field = page.locator('input[type="file"]');
  const fault = () => field.evaluate((input) => (input as unknown as HTMLFault).validationMessage);
  expect(await fault()).toMatch(/^A logo may have at most 64 kB/);
  await choose('logo.png', pngOf());
  expect(await fault()).toBe('');
  await field.evaluate((input) => input.removeAttribute('data-most-bytes'));
  await choose('photo.png', Buffer.alloc(400_000, 1));
  await field.evaluate((input) => (input as unknown as HTMLFault).setCustomValidity(''));
  await button(page, 'Upload logo').click();
  await arriveAt(page, 'This logo is too large');
  await page.getByRole('link', { name: 'Choose another file' }).click();

  await choose('logo.svg', svgOf('<circle cx="20" cy="20" r="20"/>'));
  await button(page, 'Upload logo').click();
  await said('status', 'Logo saved.');
  expect(await shown.count()).toBe(1);
  const first = await shown.getAttribute('src');
  await isSound(page);
  await choose('logo.svg', pngOf(400, 100));
  await button(page, 'Replace logo').click();
  await said('status', 'Logo saved.');
  expect(await shown.getAttribute('src')).not.toBe(first);
  await page.goto(stage.app.url + adminPaths.clients);
  await isSound(page);
  await page.goBack();
  await button(page, 'Remove logo').click();
  await said('status', 'Logo removed.');
  expect(await shown.count()).toBe(0);
});

describe('a logo in an onboarding', () => {
  it.each([
    ['huge', svgOf('', 'width="90000" height="90000"'), 1],
    ['very wide', svgOf('', 'viewBox="0 0 4000 40"'), 3.75],
    ['very tall', svgOf('', 'viewBox="0 0 40 4000"'), 1],
    ['a wide PNG file', pngOf(600, 300), 2],
  ])('that is %s keeps to its place, before it is loaded as well', async (_, body, ratio) => {
    const { id, startOf } = await startHost('The Quite Extraordinarily Long Named Assistant of Acme');
    await giveLogo(id, body);
    for (const width of [360, 1280]) {
      const page = await stage.visit({ viewport: { width, height: 800 } });
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route('**/client-logos/*', async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(await startOf(), { waitUntil: 'domcontentloaded' });
      const mark = page.locator('.client-mark');
      const before = await mark.boundingBox();
      release();
      await page.waitForLoadState('load');
      const box = await mark.boundingBox();
      expect(box).toEqual(before);
      expect(box?.height).toBe(40);
      // The tile has a margin around the logo.
      expect(((box?.width ?? 0) - 8) / 32).toBeCloseTo(ratio, 1);
      await isSound(page);
    }
  });
});

/** Everything in an SVG file that may run a script or load something. */
const ran = "document.documentElement.setAttribute('data-ran','yes')";
const hostile = Buffer.from(`<?xml version="1.0"?>
<?xml-stylesheet type="text/xsl" href="/client-logos/evil.xsl"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 40 40" onload="${ran}">
  <script>${ran}</script>
  <script xlink:href="data:text/javascript,${ran}"/>
  <style>@import url(https://evil.example/style.css); rect { fill: url(https://evil.example/fill.svg#a) }</style>
  <rect width="40" height="40" onclick="${ran}"><set attributeName="x" to="0" onbegin="${ran}"/></rect>
  <image href="x" onerror="${ran}"/>
  <image href="https://evil.example/pixel.png"/>
  <use href="https://evil.example/use.svg#a"/>
  <a href="javascript:${ran}"><text y="20">click</text></a>
  <foreignObject width="40" height="40">
    <body xmlns="http://www.w3.org/1999/xhtml" onload="${ran}">
      <img src="x" onerror="${ran}"/><iframe src="javascript:parent.${ran}"></iframe>
      <form action="https://evil.example/"><button>send</button></form>
      <meta http-equiv="refresh" content="0;url=https://evil.example/"/>
    </body>
  </foreignObject>
</svg>`);

describe('an SVG file that attacks', () => {
  it('runs nothing and loads nothing when it is opened by itself', async () => {
    attacks('uploads-run-nothing');
    const { id } = await startHost();
    const url = await giveLogo(id, hostile);
    // Chromium says of each thing that it stopped it.
    const page = await stage.visit({ expected: [/./] });
    const answered: string[] = [];
    page.on('response', (response) => answered.push(response.url()));
    const told: string[] = [];
    page.on('console', (message) => told.push(message.text()));
    await page.goto(url);
    await page.locator('svg a').click({ force: true });
    expect(await page.locator('svg').getAttribute('data-ran')).toBeNull();
    expect(answered).toEqual([url]);
    expect(told.join('\n')).toMatch(/Blocked script execution|script-src/);
    expect(page.url()).toBe(url);
  });

  it('would run if it were served without its headers', async () => {
    const { id } = await startHost();
    const url = await giveLogo(id, hostile);
    const page = await stage.visit({ expected: [/./] });
    await page.route('**/*', (route) => route.abort());
    // Without what would lead away from it.
    const body = hostile.toString().replace(/<meta .*>/, '');
    await page.route(url, (route) => route.fulfill({ contentType: 'image/svg+xml', body }));
    await page.goto(url);
    await page.locator('svg[data-ran]').waitFor({ state: 'attached' });
  });

  it('is a picture on a page, and nothing else', async () => {
    attacks('uploads-run-nothing');
    const { id, startOf } = await startHost();
    const url = await giveLogo(id, hostile);
    const page = await stage.visit();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    await page.goto(await startOf());
    const image = page.locator('.client-mark img');
    const isDrawn = await image.evaluate((element) => {
      const { complete, naturalWidth } = element as unknown as { complete: boolean; naturalWidth: number };
      return complete && naturalWidth > 0;
    });
    expect(isDrawn).toBe(true);
    expect(stage.app.url + (await image.getAttribute('src'))).toBe(url);
    expect(new Set(asked)).toEqual(new Set([stage.app.url]));
    expect(await page.locator('[data-ran]').count()).toBe(0);
  });
});
