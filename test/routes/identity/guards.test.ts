import { routes } from '../../../server/paths.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;

beforeAll(async () => {
  app = await startJourneyApp();
});

afterAll(() => app.close());

const gets = [
  'account',
  'connections',
  'connection',
  'status',
  'disconnect',
  'connect',
  'logo',
  'styleguide',
  'styleguideBrand',
  'styleguideStatus',
] as const;
const noPages = ['statusJson', 'events'] as const;
const posts = [
  'signOut',
  'signOutEverywhere',
  'startConnect',
  'openLink',
  'cancelFlow',
  'finishFlow',
  'disconnect',
  'cancelSetup',
  'accountMail',
] as const;
const open = [
  'home',
  'healthz',
  'readyz',
  'robots',
  'favicon',
  'assets',
  'clientLogo',
  'language',
  'signIn',
  'signInCallback',
  'backchannelLogout',
  'userVerify',
  'returned',
  'unsubscribe',
  'scalekitWebhooks',
  'metrics',
  'sandboxOutbox',
];

const pathOf = (name: keyof typeof routes) => routes[name].replace(':name', 'gmail').replace(':flow', 'abc');

describe('the guards', () => {
  it('are told of here for each route that there is', () => {
    const told = new Set<string>([...gets, ...posts, ...open, ...noPages]);
    expect([...told].sort()).toEqual(Object.keys(routes).sort());
  });
});

describe('a signed-out visitor', () => {
  it.each(gets)('is sent from %s to the sign-in, and back after it', async (name) => {
    const visitor = new Visitor(app.url);
    const asked = `${pathOf(name)}?x=%2F1&y=2`;
    const refused = await visitor.get(asked);
    expect(refused.status).toBe(303);
    const signIn = new URL(refused.headers.location ?? '', app.url);
    expect(signIn.pathname).toBe('/sign-in');
    expect(signIn.searchParams.get('return_to')).toBe(asked);
    const page = await visitor.follow(refused);
    const returnTo = /name="return_to" value="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const signedIn = await visitor.post('/sign-in', { identifier: ada, return_to: returnTo });
    expect(signedIn.status).toBe(303);
    expect(signedIn.headers.location).toBe(asked);
  });

  it.each(noPages)(
    'gets 401 as problem+json from %s, which is no page, whatever is asked for',
    async (name) => {
      const response = await new Visitor(app.url).get(pathOf(name));
      expect(response.status).toBe(401);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.body).toMatchObject({ type: 'about:blank', status: 401, code: 'sign_in_required' });
    },
  );

  it.each(gets)('gets 401 as problem+json from %s when asking for JSON', async (name) => {
    const response = await new Visitor(app.url).getJson(pathOf(name));
    expect(response.status).toBe(401);
    expect(response.body).toMatchObject({ code: 'sign_in_required' });
  });

  it.each(posts)('is refused at POST %s, without a token and with a good one', async (name) => {
    const visitor = new Visitor(app.url);
    expect((await visitor.postWithToken(null, pathOf(name))).status).toBe(403);
    if (name === 'signOut') return;
    await visitor.get('/sign-in');
    const refused = await visitor.post(pathOf(name));
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('You are signed out');
  });

  it('makes no call to Scalekit, and starts nothing', async () => {
    const before = app.gateway.script.count();
    const visitor = new Visitor(app.url);
    await visitor.get('/sign-in');
    for (const name of gets) await visitor.get(pathOf(name));
    for (const name of posts) await visitor.post(pathOf(name));
    expect(app.gateway.script.count()).toBe(before);
    expect(await app.flows()).toEqual([]);
  });
});

describe('CSRF', () => {
  const forms = [
    ['signIn', { identifier: bob }],
    ['signOut', {}],
    ['signOutEverywhere', {}],
    ['startConnect', {}],
    ['openLink', {}],
    ['cancelFlow', {}],
    ['finishFlow', {}],
    ['disconnect', {}],
    ['cancelSetup', {}],
    ['accountMail', {}],
  ] as const;

  it('is told of here for each POST', () => {
    expect(forms.map(([name]) => name).sort()).toEqual(['signIn', ...posts].sort());
  });

  it.each(forms)('refuses %s without this session’s token, and nothing changes', async (name, fields) => {
    attacks('post-with-proof');
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const visitor = await app.signIn(ada);
    const other = await app.signIn(ada);
    const before = [app.gateway.script.count(), (await app.auditTypes()).length];
    const path = pathOf(name);
    const responses = [
      await visitor.postWithToken(null, path, fields),
      await visitor.postWithToken('', path, fields),
      await visitor.postWithToken('0'.repeat(visitor.token.length), path, fields),
      await visitor.postWithToken(other.token, path, fields),
      await visitor.postWithToken(null, `${path}?_csrf=${visitor.token}`, fields),
      await visitor.postWithToken(null, path, { ...fields, '_csrf[]': visitor.token }),
    ];
    for (const response of responses) {
      expect(response.status).toBe(403);
      expect(response.text).toContain('This form is out of date');
    }
    expect([app.gateway.script.count(), (await app.auditTypes()).length]).toEqual(before);
    expect(await app.flows()).toEqual([]);
    expect((await visitor.get('/connections')).text).toContain(ada);
  });

  it('takes this session’s token', async () => {
    const visitor = await app.signIn(ada);
    expect((await visitor.post('/connections/gmail/disconnect')).status).toBe(303);
  });

  it.each(['put', 'patch', 'delete'] as const)('refuses %s too', async (method) => {
    attacks('post-with-proof');
    const response = await fetch(`${app.url}/connections/gmail/disconnect`, { method: method.toUpperCase() });
    expect(response.status).toBe(403);
  });
});
