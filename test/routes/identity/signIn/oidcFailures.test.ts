import supertest from 'supertest';
import type { SignInFailureCode } from '../../../../server/identity/signIn/signInFailures.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { afterEach, attacks, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';
import {
  callbackOf,
  goToProvider,
  headingOf,
  type OpenidApp,
  signInAs,
  startOpenidApp,
} from '../../../support/openidApp.js';
import { type Landing, Surfer } from '../../../support/surfer.js';

let app: OpenidApp;
let surfer: Surfer;

async function restart(...[options]: Parameters<typeof startOpenidApp>): Promise<void> {
  await app.close();
  app = await startOpenidApp(options);
}

beforeEach(async () => {
  app = await startOpenidApp();
  surfer = new Surfer();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

/** The page says what happened, offers a next step, and its reference is found in the log. */
function expectFailure(page: Landing, code: SignInFailureCode, nextStep: string, leadsTo: string): void {
  expect(headingOf(page)).toBe(t(`identity.signInFailures.${code}.heading`));
  expect(page.text).toContain(t(`identity.signInFailures.${code}.detail`));
  const link = new RegExp(`href="([^"]*)">${nextStep}<`).exec(page.text)?.[1]?.replaceAll('&amp;', '&');
  expect(link).toBe(leadsTo);
  const reference = /quote <bdi>(\w{3}-\w{3})<\/bdi>\./.exec(page.text)?.[1];
  const lines = app
    .logLines()
    .filter((line) => line.reference === reference && line.code === `sign_in_${code}`);
  expect(lines).toHaveLength(1);
}

const readiness = async () => (await supertest(app.url).get('/readyz')).body as Record<string, unknown>;

/** Waits for the question that `/readyz` asks in the background, so that a later one is not answered with it. */
async function settle(instance: Pick<OpenidApp, 'deps'>): Promise<void> {
  await instance.deps.openid?.check().catch(() => undefined);
}

/** Lets time pass for what is stored and for what is remembered. */
function passTime(ms: number): void {
  const then = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => then);
}

describe('a sign-in that comes to nothing', () => {
  it('because it was denied: words, and another try that still knows where to go', async () => {
    const page = await surfer.submit(await goToProvider(surfer, app.url, '/connect/gmail'), 'Deny');
    expect(page.status).toBe(403);
    expectFailure(page, 'denied', 'Try again', '/sign-in?return_to=%2Fconnect%2Fgmail');
    expect(await app.audit()).toMatchObject([
      { type: 'user.sign_in_refused', detail: expect.stringContaining('denied') },
    ]);
    expect((await signInAs('ada', app.url, { surfer, returnTo: '/connect/gmail' })).landing.status).toBe(200);
  });

  it.each(['', '?state=', '?state=guessed', '?state=guessed&code=x', '?code=x', '?error=access_denied'])(
    'because nobody began it: %s',
    async (query) => {
      const page = await surfer.go(`${app.url}/sign-in/callback${query}`);
      expect(page.status).toBe(400);
      expectFailure(page, 'state_unknown', 'Sign in', '/connections');
      expect(await app.audit()).toEqual([]);
    },
  );

  it('because it took longer than ten minutes', async () => {
    const callback = await callbackOf(surfer, await goToProvider(surfer, app.url), 'ada');
    passTime(10 * 60_000);
    expectFailure(await surfer.go(callback), 'try_expired', 'Try again', '/sign-in');
  });

  it('because the provider no longer takes its code', async () => {
    const callback = new URL(await callbackOf(surfer, await goToProvider(surfer, app.url), 'ada'));
    callback.searchParams.set('code', 'another');
    expectFailure(await surfer.go(callback.href), 'code_refused', 'Try again', '/sign-in');
  });

  it('because the claim of the identifier is missing', async () => {
    await restart({ env: { OIDC_IDENTIFIER_CLAIM: 'login' } });
    const { landing } = await signInAs('ada', app.url, { surfer });
    expectFailure(landing, 'claim_missing', 'Sign in as somebody else', '/sign-in?another=1');
    expect(await app.audit()).toMatchObject([
      { type: 'user.sign_in_refused', detail: 'claim_missing: login' },
    ]);
  });

  it.each([
    ['bob', 'email_unverified'],
    ['carol', 'claim_missing'],
  ] as const)('because the address of %s is not verified or not told', async (sub, code) => {
    await restart({ env: { OIDC_IDENTIFIER_CLAIM: 'email' } });
    const { landing } = await signInAs(sub, app.url, { surfer });
    expectFailure(landing, code, 'Sign in as somebody else', '/sign-in?another=1');
    const page = await surfer.go(`${app.url}/sign-in?another=1`);
    const atProvider = await surfer.submit(page, 'Sign in');
    expect(atProvider.text).toContain('Continue as ada');
    // oidc-provider ends its session of the one before it begins that of the other.
    const between = await surfer.submit(atProvider, 'Continue as ada');
    expect((await surfer.submit(between, 'Continue')).url).toBe(`${app.url}/connections`);
  });

  it('because the identifier can’t be used', async () => {
    await restart({
      provider: { accounts: { ada: { login: 'x'.repeat(101) } } },
      env: { OIDC_IDENTIFIER_CLAIM: 'login' },
    });
    const { landing } = await signInAs('ada', app.url, { surfer });
    expectFailure(landing, 'identifier_unusable', 'Sign in as somebody else', '/sign-in?another=1');
  });

  it('because the provider does not accept the app’s secret', async () => {
    await restart({ env: { OIDC_CLIENT_SECRET: 'a-secret-that-is-not-its-own' } });
    const { landing } = await signInAs('ada', app.url, { surfer });
    expectFailure(landing, 'operator_settings', 'Try again', '/sign-in');
    expect(JSON.stringify(app.logLines())).not.toContain('a-secret-that-is-not-its-own');
  });

  it('because the provider refuses to say more, and the rest does not tell who it is', async () => {
    await restart({ env: { OIDC_IDENTIFIER_CLAIM: 'email' } });
    app.provider.answerWith('/me', 500);
    const { landing } = await signInAs('ada', app.url, { surfer });
    expectFailure(landing, 'userinfo_refused', 'Try again', '/sign-in');
  });

  it.each(['/token', '/jwks'])('because the provider has trouble at %s', async (path) => {
    app.provider.answerWith(path, 500);
    const { landing } = await signInAs('ada', app.url, { surfer });
    expectFailure(landing, 'provider_error', 'Try again', '/sign-in');
    app.provider.answerWith(path, null);
    expect((await surfer.go(`${app.url}/sign-in`)).status).toBe(200);
  });

  it('because the provider went away in the middle', async () => {
    attacks('provider-away');
    const callback = await callbackOf(surfer, await goToProvider(surfer, app.url), 'ada');
    await app.provider.stop();
    expectFailure(await surfer.go(callback), 'provider_unreachable', 'Try again', '/sign-in');
    expect(await readiness()).toMatchObject({ sign_in: { mode: 'oidc', state: 'unreachable' } });
    await settle(app);
    await app.provider.start();
    expect((await surfer.go(`${app.url}/sign-in`)).status).toBe(200);
    expect(await readiness()).toMatchObject({ sign_in: { state: 'reachable' } });
  });

  it('leaves no secret of it in the log', async () => {
    attacks('nothing-secret-in-logs');
    const callback = await callbackOf(surfer, await goToProvider(surfer, app.url), 'ada');
    await surfer.go(callback);
    await surfer.go(callback);
    const log = JSON.stringify(app.logLines());
    const { searchParams } = new URL(callback);
    for (const name of ['code', 'state']) expect(log).not.toContain(searchParams.get(name));
  });
});

describe('a provider that is not there', () => {
  it('does not keep the app from starting, and is reported', async () => {
    attacks('provider-away');
    const { provider } = app;
    await provider.stop();
    const other = await app.another();
    const page = await surfer.go(`${other.url}/sign-in?return_to=%2Fconnect%2Fgmail`);
    expect(page.status).toBe(503);
    expect(page.text).toContain('We can’t reach the sign-in service. Try again in a minute.');
    expect(page.text).toContain('href="/sign-in?return_to=%2Fconnect%2Fgmail">Try again<');
    const ready = await supertest(other.url).get('/readyz');
    expect(ready.status).toBe(200);
    expect(ready.body).toMatchObject({ status: 'ready', sign_in: { mode: 'oidc', state: 'unreachable' } });
    expect(other.logLines().some(({ msg }) => msg === 'the OpenID provider cannot be used')).toBe(true);
    await settle(other);
    await provider.start();
    expect((await surfer.go(`${other.url}/sign-in`)).status).toBe(200);
  });

  it('is noticed seconds after it was there, before a browser is sent to it', async () => {
    attacks('provider-away');
    const page = await surfer.go(`${app.url}/sign-in`);
    await app.provider.stop();
    passTime(11_000);
    expectFailure(await surfer.submit(page, 'Sign in'), 'provider_unreachable', 'Try again', '/sign-in');
    await app.provider.start();
    expect((await signInAs('ada', app.url, { surfer })).landing.status).toBe(200);
  });

  it('does not touch who is signed in', async () => {
    attacks('provider-away');
    await signInAs('ada', app.url, { surfer });
    await app.provider.stop();
    passTime(61_000);
    expect((await surfer.go(`${app.url}/connections`)).status).toBe(200);
  });

  it('is not where signing out leads', async () => {
    const { landing } = await signInAs('ada', app.url, { surfer });
    await app.provider.stop();
    passTime(11_000);
    const page = await surfer.submit(landing, 'Sign out', { stopAt: (url) => !url.startsWith(app.url) });
    expect(page.url).toBe(`${app.url}/sign-in`);
    expect((await surfer.go(`${app.url}/connections`)).way).toContain(
      `${app.url}/sign-in?return_to=%2Fconnections`,
    );
  });

  it('is waited for as long as a visitor would, not longer, by all visitors together', async () => {
    const release = app.provider.hold();
    const pages = await Promise.all([1, 2, 3].map(() => new Surfer().go(`${app.url}/sign-in`)));
    for (const page of pages) expectFailure(page, 'provider_unreachable', 'Try again', '/sign-in');
    expect(app.provider.count('/.well-known/openid-configuration')).toBe(1);
    release();
  });
});
