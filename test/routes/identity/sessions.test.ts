import supertest, { type Response } from 'supertest';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp();
});

afterEach(() => app.close());

const cookiesOf = (response: Response) => [response.headers['set-cookie'] ?? []].flat();

/** The name and value of the cookie that an answer sets: of the form, or of the session that it leads to. */
function cookieOf(response: Response): string {
  return cookiesOf(response)[0]?.split(';')[0] ?? '';
}

const tokenOf = (response: Response) => /name="_csrf" value="([^"]+)"/.exec(response.text)?.[1] ?? '';

function send(
  method: 'get' | 'head' | 'post',
  path: string,
  cookie: string,
  headers: Record<string, string> = {},
) {
  return supertest(app.url)
    [method](path)
    .set({ Accept: 'text/html', ...(cookie === '' ? {} : { Cookie: cookie }), ...headers });
}

async function signIn(identifier: string, cookie = '', headers: Record<string, string> = {}) {
  const page = await send('get', '/sign-in', cookie, headers);
  const anonymous = [cookie, cookieOf(page)].filter((one) => one !== '').join('; ');
  const form = { identifier, _csrf: tokenOf(page) };
  const response = await send('post', '/sign-in', anonymous, headers).type('form').send(form);
  return { anonymous, response, cookie: cookieOf(response) };
}

const listStatus = async (cookie: string) => (await send('get', '/connections', cookie)).status;

describe('signing in', () => {
  it('gives the session a new id, and the old one is worth nothing', async () => {
    attacks('new-session-ids');
    const { anonymous, cookie } = await signIn(ada);
    expect(cookie).not.toBe('');
    expect(cookie).not.toBe(anonymous);
    expect(await listStatus(cookie)).toBe(200);
    expect(await listStatus(anonymous)).toBe(303);
    const again = await send('post', '/sign-in', cookie)
      .type('form')
      .send({ identifier: ada, _csrf: tokenOf(await send('get', '/connections', cookie)) });
    expect(cookieOf(again)).not.toBe(cookie);
    expect([await listStatus(cookie), await listStatus(cookieOf(again))]).toEqual([303, 200]);
  });

  it('is asked for by HEAD as by GET', async () => {
    const head = await send('head', '/sign-in', '');
    const get = await send('get', '/sign-in', '');
    expect(head.status).toBe(200);
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
  });

  it('gives a new CSRF token', async () => {
    const page = await send('get', '/sign-in', '');
    const { cookie } = await signIn(ada, cookieOf(page));
    expect(tokenOf(await send('get', '/connections', cookie))).not.toBe(tokenOf(page));
  });

  it('is saved before the browser is told where to go on, since it goes on with the head of the answer', async () => {
    const { sessionStore } = app.deps;
    const set = sessionStore.set.bind(sessionStore);
    const order: string[] = [];
    sessionStore.set = (sid, session, callback) => {
      const saved = (error?: unknown) => {
        order.push('saved');
        callback?.(error);
      };
      setTimeout(() => set(sid, session, saved), 50);
    };
    const page = await send('get', '/sign-in', '');
    order.length = 0;
    const answer = await fetch(`${app.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Cookie: cookieOf(page) },
      body: new URLSearchParams({ identifier: ada, _csrf: tokenOf(page) }),
    });
    order.push('answered');
    expect(answer.status).toBe(303);
    await answer.text();
    expect(order).toEqual(['saved', 'answered']);
  });

  it('as somebody else ends the first session', async () => {
    attacks('new-session-ids');
    const first = await signIn(ada);
    const list = await send('get', '/connections', first.cookie);
    const form = { identifier: bob, _csrf: tokenOf(list) };
    const response = await send('post', '/sign-in', first.cookie).type('form').send(form);
    expect(await listStatus(first.cookie)).toBe(303);
    expect((await send('get', '/connections', cookieOf(response))).text).toContain(bob);
  });

  it.each(['connect=planted', 'connect=s%3Aplanted.signature', 'connect='])(
    'never takes over an id that was planted: %s',
    async (planted) => {
      attacks('new-session-ids');
      const { cookie } = await signIn(ada, planted);
      expect(cookie).toMatch(/^connect=s%3A/);
      expect(cookie).not.toContain('planted');
      expect(await listStatus(planted)).toBe(303);
    },
  );

  it('is written down, and so is signing out', async () => {
    const { cookie } = await signIn(ada);
    const list = await send('get', '/connections', cookie);
    await send('post', '/sign-out', cookie)
      .type('form')
      .send({ _csrf: tokenOf(list) });
    expect(await app.auditTypes()).toEqual(['user.signed_in', 'user.signed_out']);
    const users = await app.deps.db.selectFrom('users').selectAll().execute();
    expect(users).toMatchObject([{ identifier: ada }]);
  });
});

describe('signing out', () => {
  it('ends the session of the old cookie', async () => {
    attacks('new-session-ids');
    const { cookie } = await signIn(ada);
    const list = await send('get', '/connections', cookie);
    const response = await send('post', '/sign-out', cookie)
      .type('form')
      .send({ _csrf: tokenOf(list) });
    expect(response.status).toBe(303);
    expect(response.headers.location).toBe('/sign-in');
    expect(await listStatus(cookie)).toBe(303);
    expect(
      await app.deps.db.selectFrom('sessions').where('data', 'like', `%${ada}%`).selectAll().execute(),
    ).toEqual([]);
  });

  it('ends one session of a user and leaves the others', async () => {
    const [one, other] = [await signIn(ada), await signIn(ada)];
    const list = await send('get', '/connections', one.cookie);
    await send('post', '/sign-out', one.cookie)
      .type('form')
      .send({ _csrf: tokenOf(list) });
    expect(await listStatus(other.cookie)).toBe(200);
  });
});

describe('the session cookie', () => {
  it('is not given to a visitor before there is a form to protect', async () => {
    for (const path of ['/connections', '/nothing', '/user/verify', '/healthz', '/robots.txt']) {
      expect(cookiesOf(await send('get', path, ''))).toEqual([]);
    }
  });

  it('is HttpOnly and SameSite=Lax for the whole host, and lasts as long as the session', async () => {
    attacks('safe-cookies');
    const { response } = await signIn(ada);
    const attributes = cookiesOf(response)[0]?.split('; ').slice(1);
    expect(attributes?.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax']);
  });
});

describe('the session cookie on https', () => {
  const https = { Host: 'localhost', 'X-Forwarded-Proto': 'https' };

  beforeEach(async () => {
    await app.close();
    app = await startJourneyApp({ env: { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1' } });
  });

  it('is Secure and bound to the host by its name', async () => {
    attacks('safe-cookies');
    const { response } = await signIn(ada, '', https);
    const [cookie, ...attributes] = cookiesOf(response)[0]?.split('; ') ?? [];
    expect(cookie).toMatch(/^__Host-connect=/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax', 'Secure']);
    const list = await send('get', '/connections', cookie ?? '', https);
    expect(list.status).toBe(200);
    expect(list.headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
  });

  it('is bound by its name to the path of the public URL too, and browsers to https by the host alone', async () => {
    attacks('safe-cookies');
    await app.close();
    app = await startJourneyApp({ env: { PUBLIC_URL: 'https://localhost/apps/connect', TRUST_PROXY: '1' } });
    const page = await send('get', '/apps/connect/sign-in', '', https);
    expect(cookiesOf(page)[0]).toMatch(/^__Host-connect-form\.apps\.connect=.*; Secure/);
    expect([page.status, page.headers['strict-transport-security']]).toEqual([200, undefined]);
  });

  it('is not sent over plain http', async () => {
    const page = await send('get', '/sign-in', '', { Host: 'localhost', 'X-Forwarded-Proto': 'http' });
    expect(cookiesOf(page)).toEqual([]);
  });
});

describe('a host of another name of this machine', () => {
  it('leads to the public URL', async () => {
    const local = await send('get', '/connections?x=1', '', { Host: 'localhost:80' });
    expect(local.headers.location).toBe(`${app.url}/connections?x=1`);
  });

  it.each(['get', 'post'] as const)(
    'is answered, and a foreign one that was re-pointed to it is not (%s)',
    async (method) => {
      const answer = await send(method, '/sign-in', '', { Host: 'evil.example:3000' });
      expect(answer.status).toBe(421);
      expect(answer.text).toContain('This app is not at this address');
      expect(answer.text).not.toContain('_csrf');
      expect(cookiesOf(answer)).toEqual([]);
    },
  );
});
