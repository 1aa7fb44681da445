import supertest from 'supertest';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';

const production = {
  PUBLIC_URL: 'https://app.example.com',
  TRUST_PROXY: '1',
  HOST: '127.0.0.1',
  SESSION_SECRET: 'a secret of the tests that is long enough',
  SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.dev',
  SCALEKIT_CLIENT_ID: 'skc_1',
  SCALEKIT_CLIENT_SECRET: 'a secret',
};

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ gateway: createMemoryGateway(), env: production });
});

afterAll(() => app.close());

const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  supertest(app.url)
    .get(path)
    .redirects(0)
    .set({ Host: 'alias.example.com', Accept: 'text/html', 'X-Forwarded-Proto': 'https', ...headers });

const told = () =>
  app.logLines().filter(({ msg }) => String(msg).startsWith('the proxy changes the Host header'));

describe('a page that is asked for under another name of the app', () => {
  it('is led to the public URL, with its query, and to nowhere else', async () => {
    attacks('redirects-stay', 'safe-cookies');
    const response = await ask('/connections?x=1&y=%2F', { 'X-Forwarded-Host': 'evil.example' });
    expect([response.status, response.headers.location]).toEqual([
      307,
      'https://app.example.com/connections?x=1&y=%2F',
    ]);
    expect(response.headers['set-cookie']?.[0]).toMatch(
      /^__Host-connect-alias=1; Max-Age=10; Path=\/;.*HttpOnly; Secure/,
    );
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it.each(['//evil.example/x', '/\\evil.example', '/%2f%2fevil.example'])(
    'stays at the public URL: %s',
    async (path) => {
      attacks('redirects-stay');
      const { status, headers } = await ask(path);
      if (status === 307) expect(new URL(headers.location ?? '').origin).toBe('https://app.example.com');
      expect(headers.location ?? '').not.toMatch(/^\/\//);
    },
  );

  it('is served when it comes back under that name, and that is told once', async () => {
    for (let times = 0; times < 2; times += 1) {
      const response = await ask('/connections', { Cookie: '__Host-connect-alias=1' });
      expect([response.status, response.headers.location]).toEqual([
        303,
        '/sign-in?return_to=%2Fconnections',
      ]);
    }
    expect(told()).toMatchObject([{ host: 'alias.example.com' }]);
  });
});

describe('nothing else is led away', () => {
  it.each([
    ['under the name of the public URL', '/connections', { Host: 'app.example.com' }],
    ['with a port that the proxy added', '/connections', { Host: 'app.example.com:443' }],
    ['for programs', '/connections', { Accept: 'application/json' }],
    ['to the API', '/api/v1/client', {}],
    ['to the health checks', '/healthz', {}],
    ['to the health checks', '/readyz', {}],
    ['to the stream', '/events', { Accept: 'text/event-stream' }],
    ['to styles', '/robots.txt', {}],
  ])('%s', async (_, path, headers) => {
    expect((await ask(path, headers)).status).not.toBe(307);
  });

  it('when something is sent', async () => {
    const sent = await supertest(app.url)
      .post('/sign-out')
      .redirects(0)
      .set({ Host: 'alias.example.com', Accept: 'text/html', 'X-Forwarded-Proto': 'https' });
    expect(sent.status).toBe(403);
  });
});
