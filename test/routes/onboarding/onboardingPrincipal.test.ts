import type { Response } from 'supertest';
import { createApp } from '../../../server/app.js';
import { onboardingRoutes } from '../../../server/paths.js';
import { type RegisteredRoute, routesOf } from '../../support/appRoutes.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { Visitor } from '../../support/visitor.js';
import { type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { anotherApp, type OtherApp, underWay } from './onboardingJourneys.js';

/** Nobody that the sign-in page offers, so that the name is on no page but this user's. */
const rosa = 'rosa@example.com';

let app: JourneyApp;
let acme: OtherApp;
let routes: RegisteredRoute[];

beforeAll(async () => {
  app = await startJourneyApp();
  acme = await anotherApp(app);
  app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: rosa });
  routes = routesOf(createApp(app.deps));
});

afterAll(() => app.close());

const isOnboarding = ({ path }: RegisteredRoute) => path.startsWith('/onboarding');
/** Where it decides that the flow is whose: told of in onboardingAttacks.test.ts. */
const isVerify = ({ path }: RegisteredRoute) => path === '/user/verify';
/** What they need no cookie for: the page that makes one, and the one that asks for it with its form. */
const forStrangers: readonly string[] = [onboardingRoutes.start, onboardingRoutes.continue];

/** Where no form of ours is sent: a key, a signature or a sealed token is the proof. */
const provedOtherwise = ['/api/', '/webhooks/', '/sign-in/backchannel-logout', '/mail/unsubscribe'] as const;

const addressOf = ({ path }: RegisteredRoute, id: string) =>
  path
    .replace(':identifier', encodeURIComponent(rosa))
    .replace(':name', 'gmail')
    .replace(':flow', 'abc')
    .replace(':id', id);

const ask = (visitor: Visitor, route: RegisteredRoute, id: string): Promise<Response> =>
  route.method === 'GET' || route.method === 'HEAD'
    ? visitor.get(addressOf(route, id))
    : visitor.post(addressOf(route, id));

/** What an answer says, but for what is new each time. */
const said = ({ status, headers, text }: Response) => ({
  status,
  location: headers.location,
  text: text
    .replace(/name="_csrf" value="[^"]*"/g, '')
    .replace(/[A-Z\d]{3}-[A-Z\d]{3}/g, '')
    .replace(/"(time|uptime|at)":[^,}]*/g, ''),
});

/** Each route by itself, so that a failure names it. */
async function onEach(chosen: readonly RegisteredRoute[], check: (route: RegisteredRoute) => Promise<void>) {
  expect(chosen.length).toBeGreaterThan(0);
  for (const route of chosen) {
    await check(route).catch((error) => {
      throw new Error(`${route.method} ${route.path}`, { cause: error });
    });
  }
}

/** Somebody in whose browser there is an onboarding and nothing else. */
const somebody = (browser?: Visitor) => underWay(app, acme, { identifier: rosa }, browser);

async function content() {
  const { db } = app.deps;
  // The catalogue is read anew once a minute, whoever looks at it.
  const calls = app.gateway.script.calls.filter(({ method }) => method !== 'listConnections').length;
  const tables = ['flows', 'users', 'apiClients', 'outbox', 'mailings', 'reconnectRequirements'] as const;
  const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
  return { rows, calls, accounts: app.gateway.scalekit.accounts };
}

describe('an onboarding principal', () => {
  it('has the routes that are listed for it, and no others', () => {
    attacks('onboarding-routes');
    const mounted = [...new Set(routes.filter(isOnboarding).map(({ path }) => path))];
    expect(mounted.sort()).toEqual(Object.values(onboardingRoutes).sort());
  });

  it('is a stranger on every other route, which answers as it does without the cookie', async () => {
    attacks('onboarding-routes');
    const { id, browser } = await somebody();
    const stranger = new Visitor(app.url);
    for (const visitor of [browser, stranger]) await visitor.get('/sign-in');
    const before = await content();
    await onEach(
      routes.filter((route) => !isOnboarding(route) && !isVerify(route)),
      async (route) => {
        const own = await ask(browser, route, id);
        expect(said(own)).toEqual(said(await ask(stranger, route, id)));
        expect(own.text).not.toContain(rosa);
      },
    );
    expect(await content()).toEqual(before);
  });

  it('gets no form of users or admins accepted with its own token', async () => {
    attacks('post-with-proof', 'onboarding-routes');
    const { id, browser } = await somebody();
    const posts = routes.filter((route) => route.method === 'POST' && !isOnboarding(route));
    const before = await content();
    await onEach(
      posts.filter(({ path }) => !provedOtherwise.some((start) => path.startsWith(start))),
      async (route) => {
        expect((await browser.post(addressOf(route, id))).status).toBe(403);
      },
    );
    expect(await content()).toEqual(before);
  });

  /** Where it is answered that there is nothing to do. */
  const answers: Readonly<Record<string, readonly number[]>> = {
    [`GET ${onboardingRoutes.start}`]: [410],
    [`POST ${onboardingRoutes.start}`]: [403],
    [`POST ${onboardingRoutes.signIn}`]: [403],
    [`GET ${onboardingRoutes.status}`]: [404],
    [`GET ${onboardingRoutes.statusJson}`]: [404],
    [`GET ${onboardingRoutes.logo}`]: [404],
    [`POST ${onboardingRoutes.openLink}`]: [404],
    [`POST ${onboardingRoutes.cancelFlow}`]: [404],
    [`POST ${onboardingRoutes.finishFlow}`]: [404],
    [`POST ${onboardingRoutes.continue}`]: [303],
  };

  it('is answered on the routes that are listed for it', async () => {
    await onEach(routes.filter(isOnboarding), async (route) => {
      const { id, browser } = await somebody();
      // The stream goes on for as long as it is listened to.
      const isStream = route.path === onboardingRoutes.events;
      const { status, text } = await (isStream
        ? browser.head(addressOf(route, id))
        : ask(browser, route, id));
      expect(answers[`${route.method} ${route.path}`] ?? [200, 303]).toContain(status);
      expect(text ?? '').not.toContain('You are signed out');
    });
  });

  it.each([
    ['no cookie', async () => new Visitor(app.url)],
    ['a user’s session alone', () => app.signIn(rosa)],
    ['the cookie of another onboarding of the same user', async () => (await somebody()).browser],
    [
      'the cookies of two other onboardings of the same user',
      async () => (await somebody((await somebody()).browser)).browser,
    ],
  ])('is refused to a browser with %s, on every route of it', async (_name, open) => {
    attacks('two-principals');
    const { id } = await somebody();
    const other = await open();
    const owned = routes.filter((route) => isOnboarding(route) && !forStrangers.includes(route.path));
    await onEach(owned, async (route) => {
      const { status, text } = await ask(other, route, id);
      expect(status).toBe(403);
      expect(text).toMatch(/This setup is not open in this browser|This form is out of date/);
      expect(text).not.toContain('Acme Assistant');
    });
    expect(await acme.statusOf(id)).toBe('started');
  });

  it.each(['obs_AAAAAAAAAAAAAAAAAAAAAA', 'x', '%00', "' or 1=1 --", '..', 'start%2f', 'x'.repeat(399)])(
    'finds nothing behind the guessed id %j',
    async (guess) => {
      const { browser } = await somebody();
      const response = await browser.get(`/onboarding/${encodeURIComponent(guess)}`);
      expect([400, 403, 404]).toContain(response.status);
      expect(response.text).not.toContain(rosa);
    },
  );

  it('is asked for its own token by each form', async () => {
    attacks('post-with-proof');
    const { id, browser } = await somebody();
    const { browser: other } = await somebody();
    const user = await app.signIn(rosa);
    const before = await content();
    const forms = routes.filter(
      (route) => isOnboarding(route) && route.method === 'POST' && !forStrangers.includes(route.path),
    );
    await onEach(forms, async (route) => {
      for (const token of [null, '', 'x', other.token, user.token, '0'.repeat(43)]) {
        const refused = await browser.postWithToken(token, addressOf(route, id));
        expect([refused.status, refused.text.includes('This form is out of date')]).toEqual([403, true]);
      }
    });
    expect(await content()).toEqual(before);
    expect(await acme.statusOf(id)).toBe('started');
  });
});
