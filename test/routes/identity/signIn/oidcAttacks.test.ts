import { afterAll, attacks, beforeAll, beforeEach, describe, expect, it } from '../../../support/jest.js';
import {
  callbackOf,
  goToProvider,
  headingOf,
  type OpenidApp,
  signInAs,
  startOpenidApp,
} from '../../../support/openidApp.js';
import { Surfer } from '../../../support/surfer.js';

let app: OpenidApp;
let victim: Surfer;
let attacker: Surfer;

beforeAll(async () => {
  app = await startOpenidApp();
});

beforeEach(async () => {
  await app.deps.db.deleteFrom('auditEvents').execute();
  victim = new Surfer();
  attacker = new Surfer();
});

afterAll(() => app.close());

const host = '127.0.0.1';

const isSignedIn = async (surfer: Surfer) => (await surfer.ask(`${app.url}/account`)).status === 200;

async function attackersCallback(): Promise<string> {
  return callbackOf(attacker, await goToProvider(attacker, app.url), 'bob');
}

describe('signing somebody in as somebody else', () => {
  it('by a callback of another browser is refused, used up, and a security event', async () => {
    const callback = await attackersCallback();
    expect(headingOf(await victim.go(callback))).toBe('You are not signed in');
    expect(await isSignedIn(victim)).toBe(false);
    expect(headingOf(await attacker.go(callback))).toBe('This sign-in is not known');
    expect(await app.audit()).toMatchObject([{ type: 'security.sign_in_other_browser' }]);
  });

  it('by a callback of another browser does not change who is signed in', async () => {
    await signInAs('ada', app.url, { surfer: victim });
    await victim.go(await attackersCallback());
    expect((await victim.go(`${app.url}/account`)).text).toContain('<bdi>ada</bdi>');
  });

  it('by the code of another browser in a try of one’s own is refused by PKCE and the nonce', async () => {
    const stolen = new URL(await attackersCallback()).searchParams.get('code') ?? '';
    const own = new URL(await callbackOf(victim, await goToProvider(victim, app.url), 'ada'));
    own.searchParams.set('code', stolen);
    expect(headingOf(await victim.go(own.href))).toBe('You are not signed in');
    expect(await isSignedIn(victim)).toBe(false);
  });

  it('by a form without a token is refused', async () => {
    const form = { return_to: '/connections' };
    expect((await victim.go(`${app.url}/sign-in`, { method: 'POST', form })).status).toBe(403);
    const tries = await app.deps.db.selectFrom('signInTries').selectAll().execute();
    await victim.go(`${app.url}/sign-in`, { method: 'POST', form: { ...form, _csrf: 'guessed' } });
    expect(await app.deps.db.selectFrom('signInTries').selectAll().execute()).toHaveLength(tries.length);
  });
});

describe('a session that was planted before the sign-in', () => {
  it('is worth nothing after it', async () => {
    await signInAs('bob', app.url, { surfer: attacker });
    const planted = attacker.cookie(host, 'connect') ?? '';
    expect(planted).not.toBe('');
    victim.plant(host, 'connect', planted);
    const page = await victim.go(`${app.url}/sign-in?another=1`);
    await victim.submit(await victim.submit(page, 'Sign in'), 'Continue as ada');
    expect(victim.cookie(host, 'connect')).not.toBe(planted);
    expect(await isSignedIn(victim)).toBe(true);
    expect(await isSignedIn(attacker)).toBe(false);
  });
});

describe('what tells a browser that was planted before the sign-in', () => {
  it('is worth nothing after it, so that nobody who knows it can have it take a callback', async () => {
    await attacker.go(`${app.url}/sign-in`);
    const planted = attacker.cookie(host, 'connect-form') ?? '';
    expect(planted).not.toBe('');
    victim.plant(host, 'connect-form', planted);
    await signInAs('ada', app.url, { surfer: victim });
    expect(headingOf(await victim.go(await attackersCallback()))).toBe('You are not signed in');
    expect((await victim.go(`${app.url}/account`)).text).toContain('<bdi>ada</bdi>');
  });
});

describe('a callback', () => {
  it('works once', async () => {
    const callback = await callbackOf(victim, await goToProvider(victim, app.url), 'ada');
    expect((await victim.go(callback)).url).toBe(`${app.url}/connections`);
    const again = await victim.go(callback);
    expect(headingOf(again)).toBe('This sign-in is not known');
    expect(again.text).toContain('Back to connections');
    expect(await isSignedIn(victim)).toBe(true);
  });

  it('works once also when it comes twice at the same time', async () => {
    const callback = await callbackOf(victim, await goToProvider(victim, app.url), 'ada');
    const answers = await Promise.all([victim.ask(callback), victim.ask(callback), victim.ask(callback)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400]);
  });

  it('is not used up by HEAD, nor by a POST', async () => {
    const callback = await callbackOf(victim, await goToProvider(victim, app.url), 'ada');
    const head = await victim.ask(callback, { method: 'HEAD' });
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await victim.ask(callback, { method: 'POST', form: {} })).status).toBe(403);
    const token =
      /name="_csrf" value="([^"]+)"/.exec((await victim.go(`${app.url}/sign-in`)).text)?.[1] ?? '';
    expect(token).not.toBe('');
    expect((await victim.ask(callback, { method: 'POST', form: { _csrf: token } })).status).toBe(404);
    expect((await victim.go(callback)).url).toBe(`${app.url}/connections`);
  });

  it.each(['state=a&state=b', `state=${'x'.repeat(3000)}`, 'state=%00', 'state[]=a'])(
    'with odd parameters is refused in words: %s',
    async (query) => {
      const page = await victim.go(`${app.url}/sign-in/callback?${query}`);
      expect(page.status).toBe(400);
      expect(page.text).toMatch(/quote <bdi>\w{3}-\w{3}<\/bdi>\./);
    },
  );

  it('never leads out of the app', async () => {
    attacks('redirects-stay');
    for (const returnTo of [
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      '/%09/evil.example',
      '/\t/evil',
    ]) {
      const { landing } = await signInAs('ada', app.url, { surfer: new Surfer(), returnTo });
      expect(new URL(landing.url).origin).toBe(app.url);
    }
  });

  it('is made from the public URL, whatever the Host header says', async () => {
    const page = await victim.go(`${app.url}/sign-in`);
    const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const response = await fetch(`${app.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        cookie: `connect-form=${victim.cookie(host, 'connect-form')}`,
      },
      body: new URLSearchParams({ _csrf: token }),
    });
    const asked = new URL(response.headers.get('location') ?? '').searchParams;
    expect(asked.get('redirect_uri')).toBe(`${app.url}/sign-in/callback`);
  });
});

describe('the sign-in page', () => {
  it('is the provider’s alone: nobody signs in by naming an identifier', async () => {
    attacks('identifier-from-session');
    const page = await victim.go(`${app.url}/sign-in`);
    expect(page.text).not.toContain('name="identifier"');
    const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const form = { _csrf: token, identifier: 'ada' };
    const response = await victim.ask(`${app.url}/sign-in`, { method: 'POST', form });
    expect(response.headers.get('location')).toMatch(new RegExp(`^${app.provider.url}/auth\\?`));
    expect(await isSignedIn(victim)).toBe(false);
  });

  it('lets its form lead to the provider', async () => {
    attacks('forms-reach-providers');
    const page = await victim.go(`${app.url}/sign-in`);
    expect(page.headers.get('content-security-policy')).toContain(
      `form-action 'self' https: ${app.provider.url}`,
    );
    expect(page.headers.get('cache-control')).toBe('no-store');
  });
});
