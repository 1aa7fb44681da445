import { request } from 'node:http';
import supertest from 'supertest';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { anotherApp, pressStart, underWay } from '../onboarding/onboardingJourneys.js';

const clientSecret = 'sk-a-secret-of-the-operator';
const sessionSecret = 'a-session-secret-of-the-tests-0123456789';

let app: JourneyApp;

beforeEach(async () => {
  app = await startJourneyApp({
    env: {
      SESSION_SECRET: sessionSecret,
      SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.dev',
      SCALEKIT_CLIENT_ID: 'skc_1',
      SCALEKIT_CLIENT_SECRET: clientSecret,
    },
  });
});

afterEach(() => app.close());

/** Everything that a person goes through, with every kind of fault on the way; gives what must not be logged. */
async function wholeJourney(): Promise<string[]> {
  const secrets: string[] = [sessionSecret, clientSecret];
  const visitor = await app.signIn(ada);
  const signIn = await supertest(app.url).get('/sign-in');
  const cookie = [signIn.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0]?.split('=')[1] ?? '';
  await supertest(app.url).get('/sign-in').set('Cookie', `connect=${cookie}`);
  secrets.push(cookie, decodeURIComponent(cookie), visitor.token);
  const go = async (faults: () => void, thief = false) => {
    const { link, flowId } = await app.connect(visitor);
    const back = app.consent(link);
    const query = new URLSearchParams(back.split('?')[1]);
    secrets.push(link, app.newestState(), query.get('state') ?? '', query.get('auth_request_id') ?? '');
    faults();
    const browser = thief ? await app.signIn(bob) : visitor;
    await browser.get(back);
    await visitor.get(`/connections/gmail/status?flow=${flowId}`);
    app.gateway.script.recover();
    app.deps.reader.drop(ada);
  };
  await go(() => undefined);
  for (const kind of ['unreachable', 'timeout', 'not_found', 'forbidden', 'unexpected'] as const) {
    await go(() => app.gateway.script.failNext('verifyConnectedAccountUser', kind));
  }
  await go(() => undefined, true);
  for (const kind of ['unexpected', 'unreachable'] as const) {
    app.gateway.script.failNext('getAuthorizationLink', kind);
    await visitor.post('/connections/gmail/connect');
  }
  const to = new URL(app.deps.links.urlFor(ada, 'gmail')).searchParams.get('to') ?? '';
  secrets.push(to);
  await (await app.signIn(bob)).get(`/connect/gmail?to=${to}`);
  await visitor.get(
    `/user/verify?state=${'s'.repeat(43)}&auth_request_id=secret-request&error=access_denied`,
  );
  secrets.push('s'.repeat(43), 'secret-request');
  await visitor.postWithToken('a-wrong-token', '/connections/gmail/connect');
  secrets.push('a-wrong-token');
  return secrets;
}

/** Everything that other apps do for Ada, and what goes wrong in it. */
async function otherAppsJourney(): Promise<void> {
  const scopes = ['onboarding', 'status:read', 'users:write'] as const;
  const acme = await anotherApp(app, { scopes, mayGiveAddress: true });
  const { id, browser, steps } = await underWay(app, acme);
  const { headers } = await browser.post(`${steps}/connections/gmail/connect`);
  await browser.get(app.consent(headers.location));
  await browser.post(`${steps}/leave`);
  const { path } = await acme.create();
  const confirmUrl = (await pressStart(new Visitor(app.url), path)).headers.location ?? '';
  const refused = await acme.tell(confirmUrl, bob);
  expect(refused.body).toMatchObject({ code: 'other_user' });
  app.gateway.script.failNext('listConnectedAccounts', 'unexpected');
  app.deps.reader.drop(ada);
  await acme.send('get', `/api/v1/users/${ada}/connections`);
  await acme.send('post', `/api/v1/users/${ada}/connections/exa/invitations`, { address: ada });
  await acme.send('get', `/api/v1/onboarding-sessions/${id}`);
  await acme.send('delete', `/api/v1/users/${ada}`);
}

/** As clients ask a proxy (RFC 9112, 3.2.2). */
function absoluteForm(port: number, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: target }, (response) => {
      response.resume().once('end', () => resolve());
    })
      .once('error', reject)
      .end();
  });
}

describe('the log of a whole journey', () => {
  it('has no state, auth request, link, token, cookie or secret in any line', async () => {
    attacks('nothing-secret-in-logs', 'links-on-click');
    const secrets = await wholeJourney();
    const log = JSON.stringify(app.logLines());
    expect(app.logLines().length).toBeGreaterThan(40);
    expect(new Set(secrets).size).toBeGreaterThan(20);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      expect(log).not.toContain(secret);
      expect(log).not.toContain(encodeURIComponent(secret));
    }
    expect(log).not.toMatch(/set-cookie|"cookie"|auth_request_id|[?&]state=/);
  });

  it('has no identifier in any line, those of security events among them', async () => {
    attacks('logs-name-nobody');
    await wholeJourney();
    const visitor = await app.signIn(ada);
    const said = encodeURIComponent(`User account '${ada}' from another directory (${ada}).`);
    await visitor.get(`/user/verify?error=access_denied&error_description=${said}`);
    await visitor.get('/admin/users');
    await otherAppsJourney();
    const lines = app.logLines();
    const types = lines.filter(({ msg }) => msg === 'a security event').map(({ type }) => type);
    expect(new Set(types)).toEqual(
      new Set(['security.wrong_user', 'security.role_refused', 'security.onboarding_other_user']),
    );
    expect(lines.filter(({ err }) => err !== undefined).length).toBeGreaterThan(1);
    expect(lines.filter((line) => /(ada|bob)(@|%40)|example\.com/i.test(JSON.stringify(line)))).toEqual([]);
  });

  it('has no identifier in any path, whoever asks and whatever is answered', async () => {
    attacks('logs-name-nobody');
    const someone = 'rosa+log@example.com';
    const opaque = 'rosa-4711';
    const pathsOf = (name: string) => [
      `/api/v1/users/${name}/connections?connections=gmail`,
      `/api/v1/users/${name}/connections/gmail/invitations`,
      `/API/v1/Users/${name}`,
      `//api/v1//users//${name}`,
      `/api/v1/users/${name}/nothing`,
      `/api/v1/users/${name}%ZZ/connections`,
      `/api/v1/users/${name}%2Fconnections`,
      `/admin/users/${name}`,
      `/admin/users/${name}/connections/gmail/disconnect`,
      `/admin/users/${name}/`,
    ];
    const asked = [
      ...[someone, encodeURIComponent(someone), opaque].flatMap(pathsOf),
      `/somewhere/${someone}/else`,
      `/somewhere/${encodeURIComponent(someone)}`,
    ];
    const visitor = await app.signIn(ada);
    const { key } = await app.deps.apiClients.create(someSettings({ scopes: ['status:read'] }), {
      actor: 'command',
    });
    for (const path of asked) {
      await visitor.get(path);
      await visitor.get(path, { Authorization: `Bearer ${key}` });
      await supertest(app.url).post(path).send({});
    }
    await absoluteForm(app.port, `http://somewhere.example/admin/users/${opaque}`);
    const lines = app.logLines().filter(({ req }) => req !== undefined);
    expect(lines.length).toBeGreaterThan(3 * asked.length);
    expect(app.logLines().filter((line) => /rosa/i.test(JSON.stringify(line)))).toEqual([]);
    const logged = new Set(lines.map(({ req }) => (req as { path: string }).path));
    for (const path of [
      '/api/v1/users/:identifier/connections',
      '/admin/users/:identifier/connections/gmail/disconnect',
      '/somewhere/:masked/else',
    ]) {
      expect(logged).toContain(path);
    }
  });

  it('has no query string, no header and no body of any request', async () => {
    attacks('logs-name-nobody');
    const odd = 'oddly-told';
    const headers = {
      'User-Agent': odd,
      Referer: `https://x.example/${odd}`,
      'X-Odd': odd,
      Cookie: `odd=${odd}`,
    };
    const { deps, url } = app;
    const { key } = await deps.apiClients.create(someSettings({ scopes: ['onboarding'] }), {
      actor: 'command',
    });
    const visitor = await app.signIn(ada);
    const before = app.logLines().length;
    const sent = [
      await visitor.get(`/connections?${odd}=${odd}`, headers),
      await visitor.get(`/nothing?${odd}`, headers),
      await visitor.post('/connections/gmail/connect', { return_to: `/${odd}`, [odd]: odd }, headers),
      await visitor.postWithToken(odd, '/sign-out', { [odd]: odd }, headers),
      await supertest(url)
        .post('/api/v1/onboarding-sessions')
        .set({ ...headers, Authorization: `Bearer ${key}` })
        .send({ identifier: odd, [odd]: odd }),
      await supertest(url).post('/webhooks/scalekit').set(headers).send({ id: odd }),
    ];
    expect(app.logLines().length).toBeGreaterThanOrEqual(before + sent.length);
    expect(JSON.stringify(app.logLines())).not.toContain(odd);
  });

  it('has one line for each request, with its path, status and reference', async () => {
    const response = await supertest(app.url).get('/sign-in?return_to=/connections');
    const lines = app.logLines().filter((line) => line.reference === response.headers['x-request-id']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ req: { method: 'GET', path: '/sign-in' }, res: { status: 200 } });
  });

  it('has what lies behind a fault of ours, which the page has not', async () => {
    const visitor = await app.signIn(ada);
    await app.deps.db.schema.dropTable('flows').execute();
    const page = await visitor.post('/connections/gmail/connect');
    expect(page.status).toBe(500);
    expect(page.text).not.toMatch(/flows|SQL|\bat .*:\d/);
    const reference = /quote <bdi>(\w{3}-\w{3})<\/bdi>\./.exec(page.text)?.[1];
    const line = app.logLines().find((entry) => entry.reference === reference && entry.code === 'internal');
    expect(JSON.stringify(line)).toContain('no such table: flows');
  });
});
