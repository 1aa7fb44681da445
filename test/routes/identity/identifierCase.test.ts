import supertest from 'supertest';
import { userCommand } from '../../../server/commands/user.js';
import { adminPaths } from '../../../server/paths.js';
import { printedBy } from '../../support/command.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { signInAs, startOpenidApp } from '../../support/openidApp.js';
import { Visitor } from '../../support/visitor.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { ada, type JourneyApp, localPart, startJourneyApp } from '../accounts/flow/journeys.js';
import { anotherApp } from '../onboarding/onboardingJourneys.js';

const spelled = 'ADA@Example.com';
const katherine = 'katherine@example.com';
const users = '/api/v1/users';

describe('with identifiers in lower case', () => {
  let app: JourneyApp;
  let key: string;
  let admin: Visitor;

  beforeAll(async () => {
    app = await startJourneyApp({
      env: { OIDC_IDENTIFIER_CASE: 'lower', VIEWER_IDENTIFIERS: 'Victor@Example.com' },
    });
    const settings = someSettings({ scopes: ['status:read', 'users:write'] });
    key = (await app.deps.apiClients.create(settings, { actor: 'command' })).key;
    admin = await app.signIn(katherine);
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await app.signIn(spelled);
  });

  afterAll(() => app.close());

  const ask = (path: string) => supertest(app.url).get(path).set('Authorization', `Bearer ${key}`);

  it('a sign-in is that of the one user, and is shown so', async () => {
    const visitor = await app.signIn('Ada@EXAMPLE.com');
    expect((await visitor.get('/account')).text).toContain(ada);
    const known = await app.deps.db.selectFrom('users').select('identifier').orderBy('identifier').execute();
    expect(known.map(({ identifier }) => identifier)).toEqual([ada, katherine]);
  });

  it('the operator’s lists of admins and viewers mean the same users', async () => {
    const visitor = await new Visitor(app.url).signIn('victor@example.com');
    expect((await visitor.get(adminPaths.users())).status).toBe(200);
  });

  it('the API means the same user, and answers with the canonical form', async () => {
    const { status, body } = await ask(`${users}/${encodeURIComponent(spelled)}/connections`);
    expect([status, body.identifier]).toEqual([200, ada]);
    expect(body.connections).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'gmail', state: 'active' })]),
    );
  });

  it('an onboarding is for the same user, and its confirmation may be spelled in any case', async () => {
    const other = await anotherApp(app, { confirmUrls: ['https://acme.example/confirm'] });
    const { id, path } = await other.create({ identifier: spelled, user_check: 'confirm' });
    const { body } = await other.send('get', `/api/v1/onboarding-sessions/${id}`);
    expect(body.identifier).toBe(ada);
    const browser = new Visitor(app.url);
    await browser.get(path);
    const { searchParams } = new URL(path, app.url);
    const started = await browser.post('/onboarding/start', { token: searchParams.get('token') ?? '' });
    const told = await other.tell(started.headers.location ?? '', 'aDA@example.com');
    expect([told.status, Object.keys(told.body as object)]).toEqual([200, ['continue_url']]);
  });

  it('a durable link that was made with another spelling finds its addressee', async () => {
    const visitor = await app.signIn(ada);
    const link = localPart(app.deps.links.urlFor(spelled, 'gmail'));
    expect((await visitor.get(link)).status).toBe(200);
    const bob = await app.signIn('bob@example.com');
    expect((await bob.get(link)).status).toBe(403);
  });

  it('admins find the user, by address, by search and in the audit trail', async () => {
    const page = await admin.get(adminPaths.user(spelled));
    expect([page.status, page.headers.location]).toEqual([303, adminPaths.user(ada)]);
    expect((await admin.get(adminPaths.users({ q: spelled }))).text).toContain(adminPaths.user(ada));
    const events = await admin.get(adminPaths.events({ person: spelled }));
    expect(events.text).toContain(`value="${ada}"`);
    expect(events.text).toContain('signed in.');
  });

  it('admins still reach who is known at Scalekit by another spelling', async () => {
    const other = 'Grace@Example.com';
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: other });
    await admin.get(adminPaths.users());
    await admin.post(adminPaths.readUser(other));
    expect((await admin.get(adminPaths.user(other))).status).toBe(200);
    await admin.get(adminPaths.disconnectUser(other, 'gmail'));
    await admin.post(adminPaths.disconnectUser(other, 'gmail'));
    const left = app.gateway.scalekit.accounts.map(({ identifier }) => identifier);
    expect(left).not.toContain(other);
  });

  it('commands mean the same user', async () => {
    const told = await printedBy(
      userCommand((work) => work(app.deps)),
      ['export', spelled],
    );
    expect(JSON.parse(told)).toMatchObject({ identifier: ada, users: [{ identifier: ada }] });
  });
});

describe('the command that shows doubles', () => {
  it('shows each spelling with what goes by it, and who has capitals and no double', async () => {
    const app = await startJourneyApp();
    try {
      await app.signIn(ada);
      app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: spelled });
      app.gateway.scalekit.addAccount({ connectionName: 'exa', identifier: 'Bob@example.com' });
      for (const identifier of [spelled, 'Bob@example.com']) await app.deps.reader.readOrRecall(identifier);
      const told = await printedBy(
        userCommand((work) => work(app.deps)),
        ['doubles'],
      );
      const [heading, ...lines] = told.split('\n');
      expect(heading).toBe(ada);
      expect(lines).toContain(`  ${spelled}: never signed in; gmail (active)`);
      expect(told).toMatch(/ {2}ada@example\.com: signed in last 20\d\d-.*; no accounts/);
      expect(told).toContain('Identifiers that differ only by case: 1.');
      expect(told).toContain('Identifiers with capitals and no double: 1.');
      expect(told).toContain('  Bob@example.com: never signed in; exa (active)');
      expect(told).not.toContain(`${katherine}`);
    } finally {
      await app.close();
    }
  });
});

describe('without a setting', () => {
  const accounts = { ada: { email: 'Ada@Example.com', email_verified: true } };

  it.each([
    ['an address is taken in lower case by a new installation', 'email', 'ada@example.com'],
    ['a subject is taken as it is', 'sub', 'ada'],
  ])('%s', async (_, claim, identifier) => {
    const app = await startOpenidApp({ provider: { accounts }, env: { OIDC_IDENTIFIER_CLAIM: claim } });
    try {
      expect((await signInAs('ada', app.url)).landing.status).toBe(200);
      expect(await app.deps.db.selectFrom('users').select('identifier').execute()).toEqual([{ identifier }]);
    } finally {
      await app.close();
    }
  });
});
