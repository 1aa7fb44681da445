import type { Response } from 'supertest';
import { createApp } from '../../../server/app.js';
import { adminRoutes } from '../../../server/paths.js';
import { type RegisteredRoute, routesOf } from '../../support/appRoutes.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';
const vic = 'vic@example.com';

let app: JourneyApp;
let routes: RegisteredRoute[];

beforeAll(async () => {
  app = await startJourneyApp({ env: { VIEWER_IDENTIFIERS: vic } });
  app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
  routes = routesOf(createApp(app.deps)).filter(({ path }) => /^\/admin(\/|$)/i.test(path));
});

afterAll(() => app.close());

/** They show only what those need who act. */
const forActing: readonly string[] = [
  adminRoutes.linkForUser,
  adminRoutes.mailingJson,
  adminRoutes.mailSamples,
  adminRoutes.mailSample,
  adminRoutes.clientDeliveries,
];
/** It reads anew and changes nothing. */
const looking: readonly string[] = [adminRoutes.readUser];

const isPost = ({ method }: RegisteredRoute) => method !== 'GET';
const acts = (route: RegisteredRoute) => isPost(route) && !looking.includes(route.path);
/** Whether it acts, or asks before or shows what comes of it. */
const isActing = (route: RegisteredRoute) =>
  acts(route) ||
  forActing.includes(route.path) ||
  routes.some((other) => acts(other) && other.path === route.path);

const addressOf = ({ path }: RegisteredRoute) =>
  path
    .replace(':identifier', encodeURIComponent(ada))
    .replace(':name', 'gmail')
    .replace(':id', '00000000-0000-4000-8000-000000000000')
    .replace(':delivery', 'evt_1');

const ask = (visitor: Visitor, route: RegisteredRoute, accept = 'text/html'): Promise<Response> =>
  isPost(route) ? visitor.post(addressOf(route)) : visitor.get(addressOf(route), { Accept: accept });

async function refusals(): Promise<number> {
  const rows = await app.deps.db
    .selectFrom('auditEvents')
    .select('id')
    .where('type', '=', 'security.role_refused')
    .execute();
  return rows.length;
}

/** Everything that an admin could change. */
async function content() {
  const { db } = app.deps;
  // The catalogue is read anew once a minute, whoever looks at it.
  const calls = app.gateway.script.calls.filter(({ method }) => method !== 'listConnections').length;
  const tables = [
    'outbox',
    'mailings',
    'reconnectRequirements',
    'apiClients',
    'clientLogos',
    'clientWebhooks',
    'clientDeliveries',
    'directorySyncs',
  ] as const;
  const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
  return { rows, calls, accounts: app.gateway.scalekit.accounts };
}

const expectRefusal = (response: Response) => {
  expect(response.status).toBe(403);
  expect(response.text).toContain('You don’t have access to this page');
  expect(response.text).toContain('ask whoever runs this app to give you the role');
};

/** Each route with what it answered, so that a failure names the route. */
async function onEach(chosen: readonly RegisteredRoute[], check: (route: RegisteredRoute) => Promise<void>) {
  expect(chosen.length).toBeGreaterThan(0);
  for (const route of chosen) {
    await check(route).catch((error) => {
      throw new Error(`${route.method} ${route.path}`, { cause: error });
    });
  }
}

describe('the admin pages', () => {
  it('are registered, each of them, by GET or POST alone', () => {
    expect([...new Set(routes.map(({ path }) => path))].sort()).toEqual(Object.values(adminRoutes).sort());
    expect([...new Set(routes.map(({ method }) => method))].sort()).toEqual(['GET', 'POST']);
  });

  it('refuse an ordinary user in words, as a page and as JSON, and write it down each time', async () => {
    const user = await app.signIn(bob);
    const before = await content();
    await onEach(routes, async (route) => {
      const count = await refusals();
      expectRefusal(await ask(user, route));
      const json = await ask(user, route, 'application/json');
      if (!isPost(route)) {
        expect(json.status).toBe(403);
        expect(json.headers['content-type']).toMatch(/^application\/problem\+json/);
        expect(json.body).toMatchObject({ code: 'not_allowed', reference: expect.any(String) });
      }
      expect(await refusals()).toBe(count + 2);
    });
    expect(await content()).toEqual(before);
    const [event] = await app.deps.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('type', '=', 'security.role_refused')
      .execute();
    expect(event).toMatchObject({ actor: `user:${bob}`, reference: expect.any(String) });
  });

  it('refuse an ordinary user however the address is written', async () => {
    const user = await app.signIn(bob);
    for (const path of ['/ADMIN', '/admin/', '/Admin/Users/', '/admin/users?x=1', '/admin//users']) {
      const { status } = await user.get(path);
      expect([403, 404]).toContain(status);
      expect((await user.head(path)).status).toBe(status);
    }
  });

  it('write down what was refused without what stands in its address, which may be cut or spelled in any way', async () => {
    const user = await app.signIn(bob);
    await app.deps.db.deleteFrom('auditEvents').where('type', '=', 'security.role_refused').execute();
    for (const part of [`${'x'.repeat(170)}:rosa-4711`, 'ros%61-4711']) {
      expect((await user.get(`/admin/clients/${part}`)).status).toBe(403);
      expect((await user.get(`/admin/users/${part}`)).status).toBe(403);
    }
    const rows = await app.deps.db
      .selectFrom('auditEvents')
      .select('detail')
      .where('type', '=', 'security.role_refused')
      .distinct()
      .execute();
    const details = rows.map(({ detail }) => detail).sort();
    expect(details).toEqual(['GET /admin/clients/:id', 'GET /admin/users/:identifier']);
  });

  it('send the signed-out to the sign-in, and tell JSON and forms that they are signed out', async () => {
    const visitor = new Visitor(app.url);
    await visitor.get('/sign-in');
    const before = await content();
    await onEach(routes, async (route) => {
      const answer = await ask(visitor, route);
      if (isPost(route) || route.path.endsWith('.json')) {
        expect(answer.status).toBe(401);
      } else {
        expect(answer.status).toBe(303);
        expect(answer.headers.location).toBe(
          `/sign-in?return_to=${encodeURIComponent(addressOf(route)).replaceAll('%20', '+')}`,
        );
        expect((await ask(visitor, route, 'application/json')).status).toBe(401);
      }
    });
    expect(await content()).toEqual(before);
  });

  it('let a viewer do nothing, and ask them nothing that they may not do', async () => {
    const viewer = await app.signIn(vic);
    const before = await content();
    await onEach(routes.filter(isActing), async (route) => expectRefusal(await ask(viewer, route)));
    expect(await content()).toEqual(before);
  });

  it.each([
    ['a viewer', vic, (route: RegisteredRoute) => !isPost(route) && !isActing(route)],
    ['an admin', katherine, (route: RegisteredRoute) => !isPost(route)],
  ])('show %s what is for them', async (_, identifier, isTheirs) => {
    const visitor = await app.signIn(identifier);
    await onEach(routes.filter(isTheirs), async (route) => {
      expect([200, 404]).toContain((await ask(visitor, route)).status);
    });
  });

  it('take no form of an admin without the token of their session', async () => {
    attacks('post-with-proof');
    const admin = await app.signIn(katherine);
    const other = await app.signIn(katherine);
    const before = await content();
    await onEach(routes.filter(isPost), async (route) => {
      for (const token of [null, '', other.token]) {
        const response = await admin.postWithToken(token, addressOf(route), {
          action: 'require',
          key: 'one',
        });
        expect(response.status).toBe(403);
        expect(response.text).toContain('This form is out of date');
      }
    });
    expect(await content()).toEqual(before);
  });
});
