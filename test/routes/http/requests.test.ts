import { request as httpRequest } from 'node:http';
import supertest from 'supertest';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;
let visitor: Visitor;

beforeAll(async () => {
  app = await startJourneyApp();
  visitor = await app.signIn(ada);
});

afterAll(() => app.close());

interface Page {
  readonly status: number;
  readonly text: string;
}

/** A refusal in words, with a reference, and nothing of what lies behind it. */
function expectWords({ status, text }: Page): void {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(text).toMatch(/<h1>[^<]+<\/h1>/);
  expect(text).toMatch(/quote <bdi>\w{3}-\w{3}<\/bdi>\./);
  expect(text).not.toMatch(/\bat .*\.(?:ts|js):\d|node_modules|URIError|TypeError|PayloadTooLarge/);
}

/** Sends a request target as it is, which clients would tidy up. */
function raw(target: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    const outgoing = httpRequest(
      { hostname, port, path: target, headers: { Accept: 'text/html' } },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
      },
    );
    outgoing.on('error', reject).end();
  });
}

const long = 'x'.repeat(5000);

describe('addresses that make no sense', () => {
  it.each([
    '/connections/%E0%A4%A/status',
    '/connections/%zz/disconnect',
    '/connections/%00/status',
    '/connections/a%00b/disconnect',
    '/connections/..%2f..%2fetc%2fpasswd/disconnect',
    '/connections/__proto__/disconnect',
    '/connections/constructor/status',
    '/connections/%f0%9f%a6%8a/disconnect',
    `/connections/${long}/disconnect`,
    '/connections/gmail/status?flow=%00',
    `/connections/gmail/status?flow=${long}`,
    '/connections/gmail/status?flow=a&flow=b',
    '/connections/gmail/status?flow=__proto__',
    '/connections?flow=a&flow=b',
    `/connections?disconnected=${long}`,
    '/connect/gmail?to=a&to=b',
    '/connect/gmail?to=%00',
    `/connect/gmail?to=${long}`,
    '/connect/%00',
    '/logos/%00',
    '/logos/..%2f..%2fpackage',
    '/user/returned?problem=%00',
    '/user/returned?problem=a&problem=b',
    `/user/returned?problem=${long}`,
    '/%',
    '/%00',
    '/nothing/%zz',
  ])('are refused in words: %.60s', async (path) => {
    expectWords(await visitor.get(path));
  });

  it.each([
    '/user/verify?state=a&state=b',
    '/user/verify?state=%00',
    `/user/verify?state=${long}`,
    `/user/verify?error=${long}`,
    '/user/verify?error=a&error=b',
    '/user/verify?auth_request_id=a&auth_request_id=b&state=x',
    '/user/verify?__proto__=x&constructor=y',
  ])('where consent comes back lead on to words: %.60s', async (path) => {
    expectWords(await visitor.arrive(path));
  });

  it.each([
    '/connections?return_to=%E0%A4%A',
    '/connections?x[y]=1&x[]=2&__proto__[admin]=1',
    `/connections?${long}`,
    '/connect/gmail?return_to=a&return_to=b',
    '/connect/gmail?return_to=%00',
    `/connect/gmail?return_to=/${long}`,
  ])('are read past where nothing depends on them: %.60s', async (path) => {
    expect((await visitor.get(path)).status).toBe(200);
  });

  it.each(['//evil.example/', '/\\evil.example', '/..//evil.example', '/connections/../../etc/passwd'])(
    'lead nowhere: %s',
    async (target) => expectWords(await raw(target)),
  );

  it('never redirect to the host of a request target', async () => {
    attacks('redirects-stay');
    const response = await new Promise<string | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(app.url);
      const options = { hostname, port, path: 'http://evil.example/connections' };
      httpRequest(options, (incoming) => {
        incoming.resume();
        resolve(incoming.headers.location);
      })
        .on('error', reject)
        .end();
    });
    expect(response).toMatch(/^\/sign-in\?/);
  });
});

describe('unknown routes', () => {
  it('are told as a page, with a way back', async () => {
    const page = await visitor.get('/nothing/here');
    expect(page.status).toBe(404);
    expect(page.text).toContain('This page does not exist');
    expect(page.text).toContain('href="/connections"');
  });

  it.each(['/nothing', '/nothing.json'])('are told as problem+json: %s', async (path) => {
    const response = await visitor.getJson(path);
    expect(response.status).toBe(404);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.body).toMatchObject({ status: 404, code: 'not_found', type: 'about:blank' });
  });

  it('cannot smuggle words into the page', async () => {
    const page = await visitor.get('/%3Cscript%3Ealert(1)%3C/script%3E?x=<script>');
    expectWords(page);
    expect(page.text).not.toContain('alert(1)');
  });
});

describe('bodies', () => {
  const post = (path: string, type: string, body: string) =>
    supertest(app.url).post(path).set('Accept', 'text/html').set('Content-Type', type).send(body);

  it.each(['/sign-in', '/connections/gmail/connect', '/nothing'])(
    'of 1 MB are refused at %s',
    async (path) => {
      const page = await post(path, 'application/x-www-form-urlencoded', `a=${'x'.repeat(1_000_000)}`);
      expect(page.status).toBe(413);
      expectWords(page);
      expect(page.text).toContain('larger than this page accepts');
    },
  );

  it.each([
    ['many fields', 'application/x-www-form-urlencoded', 'a=1&'.repeat(100)],
    ['an unknown charset', 'application/x-www-form-urlencoded; charset=klingon', 'a=1'],
    ['JSON', 'application/json', '{"_csrf":"x","identifier":"ada"}'],
    ['JSON that is broken', 'application/json', '{"__proto__":'],
    ['XML', 'text/xml', '<a/>'],
    ['malformed encoding', 'application/x-www-form-urlencoded', '_csrf=%zz&identifier=%E0%A4%A'],
    ['__proto__', 'application/x-www-form-urlencoded', '__proto__=x&__proto__[_csrf]=x&constructor=y'],
    ['nothing', 'application/x-www-form-urlencoded', ''],
  ])('with %s are refused in words', async (_, type, body) => {
    for (const path of ['/sign-in', '/connections/gmail/connect']) expectWords(await post(path, type, body));
  });

  it.each([
    ['no identifier', '', 400],
    ['two identifiers', '&identifier=a&identifier=b', 400],
    ['an identifier as an object', '&identifier[x]=a', 400],
    ['NUL in the identifier', '&identifier=a%00b', 422],
    ['an identifier of 5,000 characters', `&identifier=${long}`, 422],
  ])('are refused at the sign-in with %s', async (_, fields, status) => {
    const { cookie, token } = await freshForm();
    const page = await supertest(app.url)
      .post('/sign-in')
      .set({ Accept: 'text/html', Cookie: cookie })
      .type('form')
      .send(`_csrf=${token}${fields}`);
    expect(page.status).toBe(status);
    expect(page.text).not.toContain('\0');
  });

  async function freshForm() {
    const page = await supertest(app.url).get('/sign-in');
    const [cookie = ''] = [page.headers['set-cookie'] ?? []].flat();
    const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    return { cookie: cookie.split(';')[0] ?? '', token };
  }
});

describe('rate limits', () => {
  const expectSlowDown = (response: supertest.Response) => {
    expect(response.status).toBe(429);
    expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(response.headers['retry-after'])).toBeLessThanOrEqual(60);
    expectWords(response);
    expect(response.text).toContain('That was a little fast');
  };

  it('slow down who starts flows without end, and nobody else', async () => {
    const limited = await startJourneyApp({ env: { RATE_LIMIT_CONNECT_PER_MINUTE: '2' } });
    try {
      const hers = await limited.signIn(ada);
      const again = await limited.signIn(ada);
      await limited.connect(hers);
      await limited.connect(again);
      const before = limited.gateway.script.count();
      expectSlowDown(await hers.post('/connections/gmail/connect'));
      expectSlowDown(await again.post('/connections/exa/connect'));
      expectSlowDown(await again.post('/connections/exa/flows/abc/link'));
      expect(limited.gateway.script.count()).toBe(before);
      await limited.connect(await limited.signIn('bob@example.com'));
    } finally {
      await limited.close();
    }
  });

  it('slow down who tries to sign in without end', async () => {
    const limited = await startJourneyApp({ env: { RATE_LIMIT_SIGN_IN_PER_MINUTE: '2' } });
    try {
      const guest = new Visitor(limited.url);
      await guest.get('/sign-in');
      for (let times = 0; times < 2; times += 1)
        expect((await guest.post('/sign-in', { identifier: '' })).status).toBe(422);
      expectSlowDown(await guest.post('/sign-in', { identifier: ada }));
    } finally {
      await limited.close();
    }
  });
});
