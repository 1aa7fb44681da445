import { afterAll, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { type JourneyApp, startJourneyApp } from '../../accounts/flow/journeys.js';

let app: JourneyApp;

beforeAll(async () => {
  app = await startJourneyApp({
    env: {
      TRUST_PROXY: '127.0.0.1, 192.0.2.0/24',
      RATE_LIMIT_SIGN_IN_PER_MINUTE: '2',
      RATE_LIMIT_ONBOARDING_PER_MINUTE: '2',
      RATE_LIMIT_API_FAILURES_PER_MINUTE: '2',
    },
  });
});

/** What a form of the sign-in page carries, of a browser that comes for the first time. */
async function newBrowser(): Promise<{ cookie: string; token: string }> {
  const page = await fetch(`${app.url}/sign-in`);
  return {
    token: /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '',
    cookie: page.headers.getSetCookie()[0]?.split(';')[0] ?? '',
  };
}

afterAll(() => app.close());

/** What each limit of an address bounds, and the status of the two that it lets through. */
const bounded = [
  ['start pages of onboardings', '/onboarding/start?token=none', 410],
  ['requests with a wrong key', '/api/v1/client', 401],
] as const;

/** What a proxy on this machine says of where three requests come from, the third of them one too many. */
const callers = [
  ['one /64 of IPv6', ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:1:ffff::3']],
  ['one address with and without a port', ['203.0.113.1:5000', '203.0.113.1', '203.0.113.1:5001']],
  ['one address, written as IPv6 too', ['203.0.113.2', '::ffff:203.0.113.2', '[::ffff:203.0.113.2]:80']],
  [
    'one address behind a proxy with a port',
    ['203.0.113.3, 192.0.2.1:1', '203.0.113.3, 192.0.2.2:2', '203.0.113.3'],
  ],
] as const;

describe.each(bounded)('the limit of %s', (_, path, through) => {
  async function statusFor(forwardedFor: string): Promise<number> {
    const headers = { accept: 'text/html', 'x-forwarded-for': forwardedFor };
    const response = await fetch(app.url + path, { headers, redirect: 'manual' });
    await response.arrayBuffer();
    return response.status;
  }

  it.each(callers)('counts %s as one caller', async (_name, addresses) => {
    const statuses: number[] = [];
    for (const address of addresses) statuses.push(await statusFor(address));
    expect(statuses).toEqual([through, through, 429]);
  });

  it('counts other networks, and other addresses of IPv4, by themselves', async () => {
    for (const address of ['2001:db8:0:9::1', '2001:db8:0:a::1', '203.0.113.8', '203.0.113.9']) {
      expect(await statusFor(address)).toBe(through);
    }
  });
});

describe('sign-ins', () => {
  async function signIn(browser: { cookie: string; token: string }, identifier: string, address: string) {
    const response = await fetch(`${app.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: browser.cookie, 'x-forwarded-for': address },
      body: new URLSearchParams({ _csrf: browser.token, identifier }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  it('of a whole office behind one address succeed', async () => {
    const statuses: number[] = [];
    for (let person = 0; person < 300; person += 1)
      statuses.push(await signIn(await newBrowser(), `person${person}@example.com`, '203.0.113.60'));
    expect(new Set(statuses)).toEqual(new Set([303]));
  });

  it('of one browser that come to nothing are stopped, wherever they come from', async () => {
    const browser = await newBrowser();
    const statuses: number[] = [];
    for (const address of ['203.0.113.61', '203.0.113.62', '203.0.113.63'])
      statuses.push(await signIn(browser, '', address));
    expect(statuses).toEqual([422, 422, 429]);
    expect(await signIn(await newBrowser(), 'ada@example.com', '203.0.113.63')).toBe(303);
  });
});

describe('forms that other sites send', () => {
  it('use up no sign-in of the address that they come from', async () => {
    const headers = { accept: 'text/html', 'x-forwarded-for': '203.0.113.50' };
    for (let times = 0; times < 5; times += 1) {
      const body = new URLSearchParams({ identifier: 'eve@example.com' });
      expect((await fetch(`${app.url}/sign-in`, { method: 'POST', headers, body })).status).toBe(403);
    }
    const { cookie, token } = await newBrowser();
    const body = new URLSearchParams({ identifier: 'ada@example.com', _csrf: token });
    const init = { method: 'POST', headers: { ...headers, cookie }, body, redirect: 'manual' } as const;
    expect((await fetch(`${app.url}/sign-in`, init)).status).toBe(303);
    await app.deps.db.deleteFrom('auditEvents').execute();
  });
});

describe('what is written down', () => {
  it('has the address without a port, in its usual spelling', async () => {
    await app.deps.db.deleteFrom('auditEvents').execute();
    const { cookie, token } = await newBrowser();
    const signedIn = await fetch(`${app.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'x-forwarded-for': '[::ffff:203.0.113.77]:4711' },
      body: new URLSearchParams({ _csrf: token, identifier: 'ada@example.com' }),
    });
    expect(signedIn.status).toBe(303);
    const events = await app.deps.db.selectFrom('auditEvents').select(['type', 'address']).execute();
    expect(events).toEqual([{ type: 'user.signed_in', address: '203.0.113.77' }]);
  });
});
