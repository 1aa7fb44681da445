import { onboardingPaths, paths } from '../../../server/paths.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';
import { anotherApp, type OtherApp, pressStart } from '../onboarding/onboardingJourneys.js';

const onIos =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 355.0.0.22.97';
const onAndroid =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36';
const chrome =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36';

let app: SandboxedApp;
let acme: OtherApp;

beforeAll(async () => {
  app = await startSandboxedApp();
  acme = await anotherApp(app, { name: 'Acme' });
});

afterAll(() => app.close());

const linkIn = (text: string) =>
  /id="in-app-link" value="([^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#34;', '"');

describe('the advice to go on in a browser', () => {
  it('stands on each page before a start, with the address to open there', async () => {
    const user = await new Visitor(app.url).signIn('traveller@example.com');
    const { path } = await acme.create({ user_check: 'none' });
    for (const [visitor, page, link] of [
      [new Visitor(app.url), paths.signIn, paths.signIn],
      [user, paths.connections, paths.connections],
      [user, paths.connect('gmail'), paths.connect('gmail')],
      [user, paths.connection('gmail'), paths.connection('gmail')],
      [new Visitor(app.url), path, path],
    ] as const) {
      const { text } = await visitor.get(page, { 'User-Agent': onIos });
      expect([page, linkIn(text)]).toEqual([page, app.url + link]);
      expect(text).not.toContain('intent:');
      const { text: atAndroid } = await visitor.get(page, { 'User-Agent': onAndroid });
      expect(atAndroid).toContain('href="intent://127.0.0.1');
      const { text: inBrowser } = await visitor.get(page, { 'User-Agent': chrome });
      expect([page, linkIn(inBrowser)]).toEqual([page, undefined]);
    }
  });

  it('is left out amid an onboarding, which goes on only where it was started', async () => {
    const { id, path } = await acme.create({ user_check: 'sign_in' });
    const inside = new Visitor(app.url);
    await pressStart(inside, path);
    const signIn = paths.signInAndReturn(onboardingPaths.signIn(id));
    expect((await inside.get(onboardingPaths.signIn(id))).headers.location).toBe(signIn);
    const headers = { 'User-Agent': onIos };
    expect(linkIn((await inside.get(signIn, headers)).text)).toBeUndefined();
    const other = paths.signInAndReturn(paths.connect('gmail'));
    expect(linkIn((await inside.get(other, headers)).text)).toBe(app.url + other);
  });

  it('stops nobody, and uses no link up', async () => {
    const { id, path } = await acme.create({ user_check: 'none' });
    const inside = new Visitor(app.url);
    await inside.get(path, { 'User-Agent': onIos });
    const browser = new Visitor(app.url);
    await pressStart(browser, path);
    expect((await browser.get(`/onboarding/${id}`)).status).toBe(200);
    const stubborn = await new Visitor(app.url).signIn('stubborn@example.com');
    await stubborn.get(paths.connect('gmail'), { 'User-Agent': onIos });
    expect((await stubborn.post(paths.startConnect('gmail'))).status).toBe(303);
  });

  it('writes nothing of an address as it stands', async () => {
    const user = await new Visitor(app.url).signIn('traveller@example.com');
    const odd = `${paths.connect('gmail')}?x="><script>alert(1)</script>`;
    const { text } = await user.get(encodeURI(odd), { 'User-Agent': onAndroid });
    expect(text).not.toContain('<script>alert');
  });
});
