import { afterAll, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { callbackOf, headingOf, type OpenidApp, startOpenidApp } from '../../../support/openidApp.js';
import { type Landing, Surfer } from '../../../support/surfer.js';
import { Visitor } from '../../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

const wanted = '/connect/gmail?x=%2F1&y=2';
const signInFor = (returnTo: string) => `/sign-in?return_to=${encodeURIComponent(returnTo)}`;
const outOfDate = 'The page was open for too long, so you weren’t signed in. Try again.';
const elsewhere = ['https://evil.example/', '//evil.example', '/\\evil.example', '/user/verify?state=x'];

describe('a form of the development sign-in that is out of date', () => {
  let app: JourneyApp;

  beforeAll(async () => {
    app = await startJourneyApp();
  });

  afterAll(() => app.close());

  const returnToOn = (text: string) =>
    /name="return_to" value="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? null;

  it.each([
    [
      'whose cookie is gone',
      async (visitor: Visitor) =>
        new Visitor(app.url).postWithToken(visitor.token, '/sign-in', { identifier: ada, return_to: wanted }),
    ],
    [
      'with a token that is not ours',
      async (visitor: Visitor) =>
        visitor.postWithToken('wrong', '/sign-in', { identifier: ada, return_to: wanted }),
    ],
    [
      'without a token',
      async (visitor: Visitor) =>
        visitor.postWithToken(null, '/sign-in', { identifier: ada, return_to: wanted }),
    ],
  ])('signs nobody in, and goes on to the same page by the form once more: %s', async (_, send) => {
    const visitor = new Visitor(app.url);
    await visitor.get(signInFor(wanted));
    const again = await send(visitor);
    expect(again.status).toBe(403);
    expect(again.text).toContain(outOfDate);
    expect(returnToOn(again.text)).toBe(wanted);
    expect(again.headers['cache-control']).toBe('no-store');
    expect((await visitor.get('/account')).status).toBe(303);
  });

  it('works on the page that is shown then', async () => {
    const browser = new Surfer();
    await browser.go(app.url + signInFor(wanted));
    const form = { identifier: ada, return_to: wanted, _csrf: 'of a session that is over' };
    const again = await browser.go(`${app.url}/sign-in`, { method: 'POST', form });
    const token = /name="_csrf" value="([^"]+)"/.exec(again.text)?.[1] ?? '';
    const sent = await browser.ask(`${app.url}/sign-in`, { method: 'POST', form: { ...form, _csrf: token } });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, wanted]);
  });

  it('leads whoever has signed in meanwhile to where they wanted to go', async () => {
    const visitor = new Visitor(app.url);
    await visitor.get(signInFor(wanted));
    const { token } = visitor;
    await visitor.signIn(ada);
    const late = await visitor.postWithToken(token, '/sign-in', { identifier: bob, return_to: wanted });
    expect(late.status).toBe(403);
    expect(late.text).toContain('This form is out of date');
    expect(late.text).toContain(`href="${wanted.replaceAll('&', '&amp;')}">Continue<`);
    expect((await visitor.get('/account')).text).toContain(ada);
  });

  it('still asks who signs in when somebody was to sign in as another', async () => {
    const visitor = await app.signIn(ada);
    const form = { identifier: bob, return_to: wanted, another: '1' };
    const late = await visitor.postWithToken('wrong', '/sign-in', form);
    expect(late.text).toContain(
      `href="${signInFor(wanted).replaceAll('&', '&amp;')}&amp;another=1">Continue<`,
    );
  });

  it.each(elsewhere)('leads nowhere else: %s', async (returnTo) => {
    attacks('redirects-stay');
    const fields = { identifier: ada, return_to: returnTo };
    const again = await new Visitor(app.url).postWithToken('wrong', '/sign-in', fields);
    expect([again.status, returnToOn(again.text)]).toEqual([403, null]);
    const signedIn = await (await app.signIn(ada)).postWithToken('wrong', '/sign-in', fields);
    expect(signedIn.text).toContain('href="/connections">Continue<');
    for (const { text } of [again, signedIn]) expect(text).not.toContain('evil');
  });
});

describe('a form of the sign-in at a provider that is out of date', () => {
  let app: OpenidApp;

  beforeAll(async () => {
    app = await startOpenidApp();
  });

  afterAll(() => app.close());

  const tries = async () => (await app.deps.db.selectFrom('signInTries').selectAll().execute()).length;

  it('begins nothing, and goes on to the same page by the form once more', async () => {
    const page: Landing = await new Surfer().go(app.url + signInFor(wanted));
    const before = await tries();
    const browser = new Surfer();
    const again = await browser.submit(page, 'Sign in');
    expect([again.status, headingOf(again)]).toEqual([403, 'Sign in to Connect accounts']);
    expect(again.text).toContain(outOfDate);
    expect(await tries()).toBe(before);
    const atProvider = await browser.submit(again, 'Sign in');
    const signedIn = await browser.ask(await callbackOf(browser, atProvider, 'ada'));
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, wanted]);
  });
});
