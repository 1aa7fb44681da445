import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JourneyApp, startJourneyApp } from './journeys.js';

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

afterAll(() => app.close());

/** What each limit of an address bounds, and the status of what it lets through. */
const bounded = [
  ['sign-ins', '/sign-in', 'POST', 403],
  ['start pages of onboardings', '/onboarding/start?token=none', 'GET', 410],
  ['requests with a wrong key', '/api/v1/client', 'GET', 401],
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

describe.each(bounded)('the limit of %s', (_, path, method, through) => {
  async function statusFor(forwardedFor: string): Promise<number> {
    const headers = { accept: 'text/html', 'x-forwarded-for': forwardedFor };
    const response = await fetch(app.url + path, { method, headers, redirect: 'manual' });
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

describe('what is written down', () => {
  it('has the address without a port, in its usual spelling', async () => {
    const page = await fetch(`${app.url}/sign-in`);
    const token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const cookie = page.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const signedIn = await fetch(`${app.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'x-forwarded-for': '[::ffff:203.0.113.77]:4711' },
      body: new URLSearchParams({ _csrf: token, identifier: 'ada@example.com' }),
    });
    expect(signedIn.status).toBe(303);
    const events = await app.deps.db.selectFrom('audit_events').select(['type', 'address']).execute();
    expect(events).toEqual([{ type: 'user.signed_in', address: '203.0.113.77' }]);
  });
});
