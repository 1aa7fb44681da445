import { createApp } from '../../server/app.js';
import { adminRoutes, apiBase, onboardingRoutes, routes as userRoutes } from '../../server/paths.js';
import type { Tables } from '../../server/store/database/schema.js';
import { type RegisteredRoute, routesOf } from '../support/appRoutes.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../support/jest.js';
import type { Visitor } from '../support/visitor.js';
import { ada, bob, type JourneyApp, startJourneyApp } from './accounts/flow/journeys.js';
import { anotherApp, type OtherApp, underWay } from './onboarding/onboardingJourneys.js';

/** An admin, as the sandbox's sample data has it. */
const katherine = 'katherine@example.com';
const evil = 'https://evil.example/';

let app: JourneyApp;
let acme: OtherApp;
let registered: RegisteredRoute[];

beforeEach(async () => {
  app = await startJourneyApp();
  acme = await anotherApp(app, { scopes: ['onboarding', 'status:read', 'users:write'] });
  registered = routesOf(createApp(app.deps));
  for (const identifier of [ada, bob])
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier, status: 'expired' });
});

afterEach(() => app.close());

/** Somebody who asks, and what stands for the ids in the addresses of their own things. */
interface Asker {
  readonly name: string;
  readonly browser: Visitor;
  readonly identifier: string;
  readonly ids: Readonly<Record<string, string>>;
}

async function user(identifier: string): Promise<Asker> {
  const browser = await app.signIn(identifier);
  const { flowId } = await app.connect(browser, 'exa');
  return { name: identifier, browser, identifier, ids: { flow: flowId, id: acme.client.id } };
}

/** Whose onboarding goes on in a browser where nobody is signed in. */
async function onboarding(): Promise<Asker> {
  const { id, browser, steps } = await underWay(app, acme, { identifier: ada });
  const started = await browser.post(`${steps}/connections/exa/connect`);
  const flow = /[?&]flow=([\w-]+)/.exec(started.headers.location ?? '')?.[1] ?? '';
  await browser.get(steps);
  return { name: 'an onboarding', browser, identifier: ada, ids: { flow, id } };
}

const everybody = ['user', 'admin', 'onboarding'] as const;

const askers = { user: () => user(ada), admin: () => user(katherine), onboarding } as const;

/** The stream goes on for as long as it is listened to. */
const isStream = ({ path }: RegisteredRoute) =>
  path === userRoutes.events || path === onboardingRoutes.events;
/** The two that act when they are got. */
const actsOnGet = ({ path }: RegisteredRoute) =>
  path === userRoutes.userVerify || path === userRoutes.signInCallback;

/** What another app's key opens: a user is named there on purpose. */
const isOfApi = ({ path }: RegisteredRoute) => path.startsWith(apiBase);

/** After these nobody is there any more who could ask on: an admin may do the last three to themselves. */
const endings: readonly string[] = [
  userRoutes.signIn,
  userRoutes.signOut,
  userRoutes.signOutEverywhere,
  onboardingRoutes.finish,
  onboardingRoutes.leave,
  adminRoutes.signOutUser,
  adminRoutes.eraseUser,
  adminRoutes.renameUser,
];
const endsAsker = ({ method, path }: RegisteredRoute) => method !== 'GET' && endings.includes(path);

/** Files of others, and mails, which have a policy of their own. */
const shownFiles: readonly string[] = [
  adminRoutes.mailSample,
  userRoutes.logo,
  userRoutes.clientLogo,
  onboardingRoutes.logo,
];

const addressOf = ({ path }: RegisteredRoute, { ids }: Asker) =>
  path
    .replace(':name', 'exa')
    .replace(':identifier', encodeURIComponent(ada))
    .replace(/:(\w+)/g, (_, name: string) => ids[name] ?? 'x');

/** Each by itself, so that a failure names the route and who asked. */
async function onEach(
  chosen: readonly RegisteredRoute[],
  who: Asker,
  check: (address: string, route: RegisteredRoute) => Promise<void>,
): Promise<void> {
  expect(chosen.length).toBeGreaterThan(30);
  for (const route of chosen) {
    await check(addressOf(route, who), route).catch((error) => {
      throw new Error(`${route.method} ${route.path} by ${who.name}: ${error}`, { cause: error });
    });
  }
}

const gets = () => registered.filter(({ method }) => method === 'GET');

async function tables(): Promise<Record<string, unknown[]>> {
  const { db } = app.deps;
  const names = (await db.introspection.getTables()).map(({ name }) => name);
  const rows = names.map(async (name) => {
    const table = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof Tables;
    return [table, await db.selectFrom(table).selectAll().execute()] as const;
  });
  return Object.fromEntries(await Promise.all(rows));
}

describe('a GET of any route', () => {
  /** Where it is kept what was found out of accounts, of flows that ended, and of those who were refused. */
  const foundOut = [
    'accountIdentities',
    'auditEvents',
    'dailyCounts',
    'directoryAccounts',
    'directoryCounts',
    'flows',
    'lastKnown',
    'locks',
    'userTerms',
    'users',
  ];

  it.each(everybody)(
    'changes nothing at Scalekit, and writes no more than what it found out, for %s',
    async (kind) => {
      attacks('get-changes-nothing');
      const who = await askers[kind]();
      // A flow whose time is over, with an account that it made.
      await app.editFlow(who.ids.flow ?? '', { expiresAt: 1 });
      const [before, accounts] = [await tables(), app.gateway.scalekit.accounts];
      const { calls } = app.gateway.script;
      const callsBefore = calls.length;
      await onEach(
        gets().filter((route) => !actsOnGet(route)),
        who,
        async (address, route) => {
          if (!isStream(route)) await who.browser.get(address);
          await who.browser.head(address);
        },
      );
      const methods = new Set(calls.slice(callsBefore).map(({ method }) => method));
      expect([...methods].filter((method) => !method.startsWith('list'))).toEqual([]);
      expect(app.gateway.scalekit.accounts).toEqual(accounts);
      const after = await tables();
      expect(Object.keys(after).length).toBeGreaterThan(30);
      for (const name of foundOut) after[name] = before[name] ?? [];
      expect(after).toEqual(before);
    },
  );
});

describe('any route', () => {
  /** Where somebody else may be named in an address, a form, and what a proxy could have set. */
  const asBob = { identifier: bob, user: bob, principal: `user:${bob}`, email: bob, sub: bob };
  const headers = { 'X-User': bob, 'X-Forwarded-User': bob, 'X-Identifier': bob };

  it.each(['user', 'onboarding'] as const)(
    'acts for its %s alone, whoever else the address, the form and headers name',
    async (kind) => {
      attacks('identifier-from-session', 'checked-on-server');
      const before = await tables();
      const accountsOfBob = () =>
        app.gateway.scalekit.accounts.filter(({ identifier }) => identifier === bob);
      const accounts = accountsOfBob();
      // The sign-in without a password is where anybody is named.
      const chosen = registered.filter(
        ({ method, path }) =>
          !(method === 'POST' && path === userRoutes.signIn) && !isOfApi({ method, path }),
      );
      let who = await askers[kind]();
      const { calls } = app.gateway.script;
      calls.length = 0;
      await onEach(
        chosen.filter((route) => !isStream(route)),
        who,
        async (_address, route) => {
          const address = `${addressOf(route, who)}?${new URLSearchParams(asBob)}`;
          if (route.method === 'GET') await who.browser.get(address, headers);
          else await who.browser.post(address, asBob, headers);
          if (endsAsker(route)) who = await askers[kind]();
        },
      );
      expect(calls.length).toBeGreaterThan(10);
      expect(JSON.stringify(calls)).not.toContain(bob);
      expect(accountsOfBob()).toEqual(accounts);
      const after = await tables();
      for (const [name, rows] of Object.entries(after)) {
        const count = (all: unknown[] = []) => all.filter((row) => JSON.stringify(row).includes(bob)).length;
        expect([name, count(rows)]).toEqual([name, count(before[name])]);
      }
    },
  );

  /** Every name that an address to go on to was ever given. */
  const addressNames = [
    'return_to',
    'returnTo',
    'return_url',
    'refresh_url',
    'redirect_uri',
    'redirect',
    'next',
    'continue',
    'continue_url',
    'url',
    'target',
    'back',
    'to',
  ];
  const elsewhere = Object.fromEntries(addressNames.map((name) => [name, evil]));
  const proxied = { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example', Referer: evil };

  it.each(everybody)('leads nowhere that only the request names, for %s', async (kind) => {
    attacks('redirects-stay');
    let who = await askers[kind]();
    const seen = new Set<string>();
    await onEach(
      registered.filter((route) => !isStream(route)),
      who,
      async (_address, route) => {
        for (const names of [elsewhere, { return_to: '//evil.example' }]) {
          const address = `${addressOf(route, who)}?${new URLSearchParams(names)}`;
          const { headers } = await (route.method === 'GET'
            ? who.browser.get(address, proxied)
            : who.browser.post(address, names, proxied));
          if (endsAsker(route)) who = await askers[kind]();
          if (headers.location === undefined) continue;
          const { origin } = new URL(headers.location, app.url);
          expect([app.url, 'https://scalekit.test', 'https://acme.example']).toContain(origin);
          seen.add(route.path);
        }
      },
    );
    expect(seen.size).toBeGreaterThan(5);
  });

  it.each(everybody)(
    'gives pages that are in no frame, cache or referrer, and run nothing of others, to %s',
    async (kind) => {
      attacks('no-inline-code', 'no-frames', 'private-pages');
      const who = await askers[kind]();
      let pages = 0;
      await onEach(
        gets().filter((route) => !isStream(route) && !shownFiles.includes(route.path)),
        who,
        async (address) => {
          const { headers, text } = await who.browser.get(address);
          if (headers['content-type']?.startsWith('text/html') !== true) return;
          pages += 1;
          const policy = headers['content-security-policy'] ?? '';
          expect(policy).toMatch(/^default-src 'none';script-src 'self';style-src 'self';/);
          expect(policy).toContain(";frame-ancestors 'none';");
          expect(policy).not.toMatch(/unsafe|\*|data:|frame-ancestors 'self'/);
          expect(headers['x-frame-options']).toBe('DENY');
          expect(headers['referrer-policy']).toBe('no-referrer');
          expect(headers['cache-control']).toBe('no-store');
          expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle="|\son\w+="/);
          const loaded = [...text.matchAll(/<(?:script|img|link|iframe)\b[^>]*?(?:src|href)="([^"]*)"/g)];
          for (const [, url = ''] of loaded) expect(new URL(url, app.url).origin).toBe(app.url);
        },
      );
      expect(pages).toBeGreaterThan(30);
    },
  );

  it('sets cookies that no script reads and no form of another site brings', async () => {
    attacks('safe-cookies');
    const names = new Set<string>();
    for (const kind of everybody) {
      // An admin revokes the one before.
      acme = await anotherApp(app);
      let who = await askers[kind]();
      await onEach(
        registered.filter((route) => !isStream(route)),
        who,
        async (_address, route) => {
          const { headers } = await (route.method === 'GET'
            ? who.browser.get(`${addressOf(route, who)}?lang=de`)
            : who.browser.post(addressOf(route, who), { identifier: who.identifier, language: 'de' }));
          for (const cookie of [headers['set-cookie'] ?? []].flat() as string[]) {
            const [pair = '', ...attributes] = cookie.split('; ');
            expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Lax']));
            names.add(pair.replace(/=.*/, ''));
          }
          if (endsAsker(route)) who = await askers[kind]();
        },
      );
    }
    expect([...names].sort()).toEqual(['connect', 'connect-form', 'connect-language']);
  });
});
