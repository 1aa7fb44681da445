import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
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

async function restart(...[options]: Parameters<typeof startOpenidApp>): Promise<void> {
  await app.close();
  app = await startOpenidApp(options);
}

beforeEach(async () => {
  app = await startOpenidApp();
});

afterEach(() => app.close());

const users = () => app.deps.db.selectFrom('users').selectAll().execute();
const sessionUser = async () => {
  const rows = await app.deps.db
    .selectFrom('sessions')
    .select('data')
    .where('identifier', 'is not', null)
    .execute();
  return rows.map(({ data }) => (JSON.parse(data) as { user: unknown }).user);
};

describe('signing in at the provider', () => {
  it('signs in, under the subject and the name that the provider tells', async () => {
    const { landing } = await signInAs('ada', app.url);
    expect(landing.url).toBe(`${app.url}/connections`);
    expect(landing.text).toContain('Ada Lovelace');
    expect(await sessionUser()).toEqual([{ identifier: 'ada', displayName: 'Ada Lovelace', role: 'user' }]);
    expect(await app.audit()).toEqual([{ type: 'user.signed_in', identifier: 'ada', detail: null }]);
  });

  it('goes on by itself from a page that needs it, but for a reader in another app’s window', async () => {
    const inInstagram =
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148 Instagram 355.0';
    const pageFor = async (userAgent: string) => {
      const address = `${app.url}/sign-in?return_to=/connections`;
      return (await fetch(address, { headers: { Accept: 'text/html', 'User-Agent': userAgent } })).text();
    };
    expect(await pageFor('Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0')).toContain(
      'data-go-on',
    );
    const inside = await pageFor(inInstagram);
    expect(inside).toContain('in-app-link');
    expect(inside).not.toContain('data-go-on');
  });

  it('asks with a code, PKCE, state and nonce, and comes back to the public URL', async () => {
    const { way } = await goToProvider(new Surfer(), app.url);
    const asked = new URL(way[1] ?? '').searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'connect',
      redirect_uri: `${app.url}/sign-in/callback`,
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      ui_locales: 'en',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked.get(name)?.length).toBeGreaterThanOrEqual(43);
    }
  });

  it.each([
    ['ada', 'ada@example.com'],
    ['bob', null],
    ['carol', null],
  ])('keeps the address of %s only when it is verified', async (sub, email) => {
    await signInAs(sub, app.url);
    expect(await users()).toMatchObject([{ identifier: sub, email }]);
  });

  it('forgets an address that is no longer verified', async () => {
    await app.deps.users.seen('bob', null, 'bob@example.com');
    await signInAs('bob', app.url);
    expect(await users()).toMatchObject([{ identifier: 'bob', email: null }]);
  });

  it('works with claims in the ID token, without asking userinfo', async () => {
    await restart({ provider: { claimsIn: 'id_token' }, env: { OIDC_NAME_CLAIM: 'name' } });
    const { landing } = await signInAs('ada', app.url);
    expect(landing.text).toContain('Ada Lovelace');
    expect(app.provider.count('/me')).toBe(0);
  });

  it('works for a public client', async () => {
    await restart({ provider: { publicClient: true } });
    expect((await signInAs('ada', app.url)).landing.url).toBe(`${app.url}/connections`);
  });

  it('takes the verified address for the identifier when that is configured', async () => {
    await restart({ env: { OIDC_IDENTIFIER_CLAIM: 'email' } });
    await signInAs('ada', app.url);
    expect(await users()).toMatchObject([{ identifier: 'ada@example.com' }]);
  });

  it.each([
    [
      'the value of a claim among several',
      { OIDC_ROLE_CLAIM: 'roles', OIDC_ADMIN_VALUE: 'boss' },
      'ada',
      'admin',
    ],
    ['the value of a claim', { OIDC_ROLE_CLAIM: 'roles', OIDC_VIEWER_VALUE: 'reader' }, 'bob', 'viewer'],
    ['the list of admins', { ADMIN_IDENTIFIERS: 'x, ada' }, 'ada', 'admin'],
    ['the list of viewers', { VIEWER_IDENTIFIERS: 'bob' }, 'bob', 'viewer'],
    [
      'nothing',
      { OIDC_ROLE_CLAIM: 'roles', OIDC_ADMIN_VALUE: 'bos', ADMIN_IDENTIFIERS: 'Ada' },
      'ada',
      'user',
    ],
  ])('gives a role by %s', async (_, env, sub, role) => {
    await restart({ env: env as Record<string, string> });
    await signInAs(sub, app.url);
    expect(await sessionUser()).toMatchObject([{ role }]);
  });

  it('goes on to where it was asked for, and nowhere else', async () => {
    attacks('local-return');
    const there = await signInAs('ada', app.url, { returnTo: '/connect/gmail?x=%2F1&y=2' });
    expect(there.landing.url).toBe(`${app.url}/connect/gmail?x=%2F1&y=2`);
    for (const returnTo of [
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      '/sign-in/callback?state=x',
    ]) {
      const { landing } = await signInAs('ada', app.url, { returnTo });
      expect(landing.url).toBe(`${app.url}/connections`);
    }
  });

  it('sends a visitor who asked for a page through the sign-in and back', async () => {
    const surfer = new Surfer();
    const page = await surfer.go(`${app.url}/connect/gmail`);
    const atProvider = await surfer.submit(page, 'Sign in');
    const landing = await surfer.submit(atProvider, 'Continue as ada');
    expect(landing.url).toBe(`${app.url}/connect/gmail`);
  });

  it('works in several tabs at once, whichever comes back first', async () => {
    const surfer = new Surfer();
    const first = await goToProvider(surfer, app.url, '/connect/gmail');
    const second = await goToProvider(surfer, app.url, '/account');
    const { url } = await surfer.submit(second, 'Continue as ada');
    expect(url).toBe(`${app.url}/account`);
    expect((await surfer.submit(first, 'Continue as ada')).url).toBe(`${app.url}/connect/gmail`);
  });

  it('keeps ten tries of a browser and no more', async () => {
    const surfer = new Surfer();
    const oldest = await goToProvider(surfer, app.url);
    const page = await surfer.go(`${app.url}/sign-in`);
    const stopAt = (url: string) => url.startsWith(app.provider.url);
    for (let count = 0; count < 12; count += 1) await surfer.submit(page, 'Sign in', { stopAt });
    expect(await app.deps.db.selectFrom('signInTries').selectAll().execute()).toHaveLength(10);
    expect(headingOf(await surfer.submit(oldest, 'Continue as ada'))).toBe('This sign-in is not known');
  });

  it('may begin on one instance and end on another', async () => {
    const other = await app.another();
    const surfer = new Surfer();
    const callback = await callbackOf(surfer, await goToProvider(surfer, app.url), 'ada');
    await surfer.ask(callback.replace(app.url, other.url));
    for (const instance of [app, other]) {
      expect((await surfer.ask(`${instance.url}/account`)).status).toBe(200);
    }
  });

  it('goes on while the provider changes its keys, in the middle of a try too', async () => {
    await signInAs('ada', app.url);
    const surfer = new Surfer();
    const callback = await callbackOf(surfer, await goToProvider(surfer, app.url), 'ada');
    app.provider.rotateKeys();
    expect((await surfer.go(callback)).url).toBe(`${app.url}/connections`);
    expect((await signInAs('bob', app.url)).landing.url).toBe(`${app.url}/connections`);
  });
});

describe('a page that asks for consent', () => {
  it('shows the identifier, also where the provider tells a name', async () => {
    attacks('consent-names-its-user');
    const { surfer } = await signInAs('ada', app.url);
    for (const path of ['/connections', '/connections/gmail', '/connect/gmail']) {
      const page = await surfer.go(app.url + path);
      expect(page.text).toContain('Ada Lovelace');
      expect(page.text).toContain('Connect Gmail</button>');
      expect(page.text).toMatch(/class="for-whom">[^\n]*<bdi>ada<\/bdi>/);
    }
  });
});

describe('signing out', () => {
  it('signs out at the provider as well, and comes back to the sign-in', async () => {
    const { surfer, landing } = await signInAs('ada', app.url);
    const atProvider = await surfer.submit(landing, 'Sign out');
    const asked = new URL(atProvider.way[1] ?? '');
    expect(asked.origin + asked.pathname).toBe(`${app.provider.url}/session/end`);
    expect(asked.searchParams.get('post_logout_redirect_uri')).toBe(`${app.url}/sign-in`);
    expect(asked.searchParams.get('id_token_hint')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const back = await surfer.submit(atProvider, 'Sign out here too');
    expect(back.url).toBe(`${app.url}/sign-in`);
    expect((await goToProvider(surfer, app.url)).text).toContain('Continue as ada');
  });

  it('ends here where the provider does not offer more', async () => {
    await restart({ provider: { endSession: false } });
    const { surfer, landing } = await signInAs('ada', app.url);
    expect((await surfer.submit(landing, 'Sign out')).url).toBe(`${app.url}/sign-in`);
  });

  it('ends the session here also when the provider is away', async () => {
    const { surfer, landing } = await signInAs('ada', app.url);
    await app.provider.stop();
    const stopAt = (url: string) => url.startsWith(app.provider.url);
    await surfer.submit(landing, 'Sign out', { stopAt });
    expect((await surfer.ask(`${app.url}/account`)).status).toBe(303);
  });
});
