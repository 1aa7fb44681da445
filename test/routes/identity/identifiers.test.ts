import { get } from 'node:http';
import supertest from 'supertest';
import { identifierFault } from '../../../server/kernel/identifier.js';
import { adminPaths } from '../../../server/paths.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

let app: JourneyApp;
let key: string;

beforeAll(async () => {
  app = await startJourneyApp({
    env: { ADMIN_IDENTIFIERS: 'katherine@example.com', RATE_LIMIT_SIGN_IN_PER_MINUTE: '1000' },
  });
  const settings = someSettings({ scopes: ['status:read'] });
  ({ key } = await app.deps.apiClients.create(settings, { actor: 'command' }));
});

afterAll(() => app.close());

const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;');

describe('an odd identifier', () => {
  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "o'brien & sons",
    '<%= process.env %>',
    'ünïcödé 🦊 אבג',
    '🦊'.repeat(100),
    '../../../etc/passwd',
    '%00%0d%0a',
    '__proto__',
    '{{constructor}}',
  ])('signs in, is shown escaped, and has accounts of its own: %.40s', async (identifier) => {
    const visitor = await app.signIn(identifier);
    const list = await visitor.get('/connections');
    expect(list.status).toBe(200);
    expect(list.text).toContain(escaped(identifier));
    if (escaped(identifier) !== identifier) expect(list.text).not.toContain(identifier);
    expect((await visitor.get('/connections/gmail/disconnect')).text).toContain(escaped(identifier));
    expect((await visitor.get('/connect/gmail')).text).toContain(escaped(identifier));
    const { link } = await app.connect(visitor);
    expect((await visitor.get(app.consent(link))).status).toBe(303);
    const key = { connectionName: 'gmail', identifier };
    expect(app.gateway.scalekit.account(key)?.status).toBe('active');
  });

  it.each([' ada', 'ada ', '\u00a0ada\n'])('in a form loses what stands around it: %j', async (typed) => {
    const visitor = new Visitor(app.url);
    await visitor.get('/sign-in');
    expect((await visitor.post('/sign-in', { identifier: typed })).status).toBe(303);
    expect((await visitor.get('/connections')).text).toContain('title="ada"');
  });

  it.each([
    ['blank', ' ', 'Type an identifier'],
    ['of 101 characters', 'x'.repeat(101), 'at most 100 characters'],
    ['with a direction mark', 'ada\u202egro', 'characters that cannot be seen'],
    ['of a dot alone', '.', 'more than one or two dots'],
    ['of two dots alone', '..', 'more than one or two dots'],
    ['with a line break', 'ada\nX: y', 'characters that cannot be seen'],
  ])('%s is refused in words, and the way back is kept', async (_, identifier, words) => {
    const visitor = new Visitor(app.url);
    await visitor.get('/sign-in?return_to=/connect/gmail');
    const page = await visitor.post('/sign-in', { identifier, return_to: '/connect/gmail' });
    expect(page.status).toBe(422);
    expect(page.text).toContain(words);
    expect(page.text).toContain('name="return_to" value="/connect/gmail"');
    expect(page.text).not.toMatch(/<script>alert|[\0\u202e]/);
    expect((await visitor.get('/connections')).status).toBe(303);
  });

  it('is another user than one that looks alike', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: 'Mia' });
    expect((await (await app.signIn('Mia')).get('/connections')).text).toContain('1 of 3 connected.');
    expect((await (await app.signIn('mia')).get('/connections')).text).toContain('0 of 3 connected.');
  });
});

describe('the address of whatever identifier there may be', () => {
  /** The path as browsers and other clients send it, by the standard for addresses. */
  const sent = (path: string) => new URL(path, app.url).pathname;

  const asClient = (path: string) =>
    supertest(app.url).get(path).set('Authorization', `Bearer ${key}`).set('Accept', 'application/json');

  /** The answer to a path that is sent just so. */
  const codeOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}` };
      get(app.url, { path, headers }, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
    });

  it.each([
    'a/b',
    '/',
    '//evil.example/',
    './',
    '../',
    'a/..',
    '..%2F',
    '%2F',
    '%2e%2e',
    '%',
    '%zz',
    '\\..\\',
    'ada.',
    '...',
    '.ada',
    'a?b#c;d=e&f+g',
    'sync.json',
    'a:80@b',
    '🦊'.repeat(100),
    '%'.repeat(100),
    '/'.repeat(100),
  ])('leads to its user, on pages and for other apps: %.40s', async (identifier) => {
    expect(identifierFault(identifier)).toBeNull();
    const admin = await app.signIn('katherine@example.com');
    await app.signIn(identifier);
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier });
    await app.deps.reader.read(identifier);
    const page = await admin.get(sent(adminPaths.user(identifier)));
    expect(page.status).toBe(200);
    expect(page.text).toContain(`<bdi>${escaped(identifier)}</bdi>`);
    expect((await admin.get(sent(adminPaths.disconnectUser(identifier, 'gmail')))).status).toBe(200);
    const asked = await asClient(sent(`/api/v1/users/${encodeURIComponent(identifier)}/connections`));
    expect([asked.status, asked.body.identifier]).toEqual([200, identifier]);
  });

  it.each(['.', '..', '%2e', '%2E%2e'])('is nobody’s where it is dots alone: %s', async (dots) => {
    expect(sent(`/admin/users/${dots}/read`)).not.toContain(dots);
    expect(await codeOf(`/api/v1/users/${dots}/connections`)).toBe(400);
  });
});

describe('a foreign return address', () => {
  const foreign = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https:/evil.example',
    '/\t/evil.example',
    '/..//evil.example',
    '/%2e%2e//evil.example',
    'javascript:alert(1)',
    '/user/verify?state=x&auth_request_id=y',
    '/USER/verify/?state=x',
  ];

  const where = foreign.flatMap((address) => [address, encodeURIComponent(address)]);

  it.each(where)('is forgotten at the sign-in: %s', async (address) => {
    attacks('local-return');
    const visitor = new Visitor(app.url);
    const page = await visitor.get(`/sign-in?return_to=${encodeURIComponent(address)}`);
    expect(page.text).not.toContain('name="return_to"');
    const posted = await visitor.post('/sign-in', { identifier: ada, return_to: address });
    expect(posted.headers.location).toBe('/connections');
    const signedIn = await visitor.get(`/sign-in?return_to=${encodeURIComponent(address)}`);
    expect(signedIn.headers.location).toBe('/connections');
  });

  it.each(where)('is forgotten at the durable link: %s', async (address) => {
    attacks('local-return');
    const visitor = await app.signIn(ada);
    const page = await visitor.get(`/connect/gmail?return_to=${encodeURIComponent(address)}`);
    expect(page.text).not.toContain('name="return_to"');
    expect(page.text).not.toContain('evil');
  });

  it.each(where)('is forgotten at the start of a flow: %s', async (address) => {
    attacks('local-return');
    const visitor = await app.signIn(ada);
    const byForm = await app.connect(visitor, 'gmail', { return_to: address });
    expect((await app.flow(byForm.flowId)).returnTo).toBeNull();
    const before = (await app.flows()).length;
    await visitor.post(`/connections/gmail/connect?return_to=${encodeURIComponent(address)}`);
    const rows = await app.flows();
    expect(rows).toHaveLength(before + 1);
    expect(rows.filter((row) => row.returnTo !== null)).toEqual([]);
  });

  it('is not taken from another place than these', async () => {
    attacks('local-return');
    const visitor = await app.signIn(ada);
    const { link, flowId } = await app.connect(visitor);
    const returned = await visitor.get(`${app.consent(link)}&return_to=https://evil.example`);
    expect(returned.headers.location).toBe(`/connections/gmail/status?flow=${flowId}`);
    expect((await app.statusOf(visitor, flowId)).continue_url).toBe(`/connections?flow=${flowId}`);
  });
});
