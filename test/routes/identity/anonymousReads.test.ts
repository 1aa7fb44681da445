import { createApp } from '../../../server/app.js';
import { type RegisteredRoute, routesOf } from '../../support/appRoutes.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { type OpenidApp, startOpenidApp } from '../../support/openidApp.js';
import { databaseKinds, postgresOfThisFile } from '../../unit/tempDatabase.js';
import { startJourneyApp } from '../accounts/flow/journeys.js';

type App = Pick<OpenidApp, 'url' | 'deps' | 'close'>;

const databaseOf = async (kind: (typeof databaseKinds)[number]) =>
  kind === 'postgres' ? { databaseUrl: (await postgresOfThisFile()).url } : {};

const starts: readonly [string, (options: { databaseUrl?: string }) => Promise<App>][] = [
  ['the development sign-in', startJourneyApp],
  ['a provider', startOpenidApp],
];

const places = databaseKinds.flatMap((kind) => starts.map(([name, start]) => [kind, name, start] as const));

describe.each(places)('somebody who is not signed in, on %s with %s,', (kind, _name, start) => {
  let app: App;
  let routes: RegisteredRoute[];

  beforeAll(async () => {
    app = await start(await databaseOf(kind));
    routes = routesOf(createApp(app.deps));
  });

  afterAll(() => app.close());

  /** How many rows each table has; limits that are counted in PostgreSQL are counts and no more. */
  async function rows(): Promise<Record<string, number>> {
    const { db } = app.deps;
    const tables = (await db.introspection.getTables()).filter(({ name }) => name !== 'rate_limits');
    const counts = tables.map(async ({ name }) => {
      const found = await db
        .selectFrom(name as 'sessions')
        .selectAll()
        .execute();
      return [name, found.length] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  async function ask(method: string, path: string): Promise<Response> {
    const response = await fetch(app.url + path.replaceAll(/:\w+/g, 'gmail'), {
      method,
      headers: { accept: 'text/html' },
      redirect: 'manual',
    });
    await response.arrayBuffer();
    return response;
  }

  it.each(['GET', 'HEAD'])('has nothing written by %s of any route', async (method) => {
    attacks('looking-writes-nothing');
    const before = await rows();
    const asked = routes.filter((route) => route.method === 'GET');
    expect(asked.length).toBeGreaterThan(50);
    for (const { path } of asked) await ask(method, path);
    expect(await rows()).toEqual(before);
  });

  it('gets no session, and has none kept, by any request', async () => {
    const before = await rows();
    const cookies: string[] = [];
    for (const { method, path } of routes) cookies.push(...(await ask(method, path)).headers.getSetCookie());
    expect(cookies.filter((cookie) => cookie.startsWith('connect='))).toEqual([]);
    const { sessions, sign_in_tries } = before;
    expect(await rows()).toMatchObject({ sessions, sign_in_tries });
  });

  it('still gets a form that works', async () => {
    attacks('looking-writes-nothing');
    const page = await fetch(`${app.url}/sign-in`);
    const token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const [cookie = ''] = page.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
    const sent = await fetch(`${app.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body: new URLSearchParams({ _csrf: token, identifier: 'ada@example.com' }),
    });
    expect(sent.status).toBe(303);
  });
});
