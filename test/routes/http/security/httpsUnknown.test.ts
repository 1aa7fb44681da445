import supertest, { type Response } from 'supertest';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';
import { ada, type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp({ env: { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1' } });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

const byHttps = { 'X-Forwarded-Proto': 'https' };

function send(method: 'get' | 'post', path: string, headers: Record<string, string> = {}) {
  return supertest(app.url)
    [method](path)
    .set({ Accept: 'text/html', Host: 'localhost', ...headers });
}

/** What the log says of the proxy. */
const said = () =>
  app.logLines().filter(({ msg }) => typeof msg === 'string' && msg.startsWith('nobody can sign in'));

const expectFault = (response: Response) => {
  expect(response.status).toBe(500);
  expect(response.text).toContain('Signing in doesn’t work here yet');
  expect(response.text).toMatch(/quote <bdi>\w{3}-\w{3}<\/bdi>\./);
  expect(response.text).not.toContain('out of date');
  expect(response.headers['set-cookie']).toBeUndefined();
};

describe('a proxy that does not say that browsers come by https', () => {
  it('is told of by the sign-in and by forms, which do not seem out of date', async () => {
    expectFault(await send('get', '/sign-in'));
    expectFault(await send('post', '/sign-in').type('form').send({ identifier: ada, _csrf: 'x' }));
    expectFault(await send('post', '/connections/gmail/connect').type('form').send({ _csrf: 'x' }));
    const json = await send('get', '/sign-in', { Accept: 'application/json' });
    expect([json.status, json.body.code]).toEqual([500, 'https_unknown']);
  });

  it('does no harm to who is signed in', async () => {
    const page = await send('get', '/sign-in', byHttps);
    const cookie = [page.headers['set-cookie'] ?? []]
      .flat()
      .map((line) => line.split(';')[0])
      .join('; ');
    const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(page.text) ?? [];
    const form = { identifier: ada, _csrf: token };
    const signedIn = await send('post', '/sign-in', { ...byHttps, Cookie: cookie })
      .type('form')
      .send(form);
    const session = [signedIn.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0] ?? '';
    const list = await send('get', '/connections', { Cookie: session });
    expect([list.status, list.text.includes(ada)]).toEqual([200, true]);
    const [, own = ''] = /name="_csrf" value="([^"]+)"/.exec(list.text) ?? [];
    const saved = await send('post', '/account/mail', { Cookie: session }).type('form').send({ _csrf: own });
    expect(saved.status).toBe(303);
    expect(said()).toEqual([]);
  });

  it.each([
    ['sends nothing', {}, 'the proxy does not send X-Forwarded-Proto: have it send https'],
    ['says http', { 'X-Forwarded-Proto': 'http' }, 'other than https'],
  ])(
    'is named in the log when it %s, once a minute however many requests come',
    async (_, headers, words) => {
      for (let times = 0; times < 5; times += 1) await send('get', '/sign-in', headers);
      expect(said()).toHaveLength(1);
      expect(said()[0]).toMatchObject({ level: 50, proxy: expect.stringContaining('127.0.0.1') });
      expect(said()[0]?.msg).toContain(words);
      const now = Date.now() + 60_000;
      jest.spyOn(Date, 'now').mockImplementation(() => now);
      await send('get', '/sign-in', headers);
      expect(said()).toHaveLength(2);
    },
  );

  it('is told apart from one that TRUST_PROXY does not name', async () => {
    await app.close();
    app = await startJourneyApp({ env: { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '192.0.2.1' } });
    expectFault(await send('get', '/sign-in', byHttps));
    expect(said()[0]?.msg).toContain('TRUST_PROXY does not name the proxy');
  });
});
