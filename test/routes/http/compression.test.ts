import { createApp } from '../../../server/app.js';
import { adminPaths, apiBase, paths, routesWithSecrets } from '../../../server/paths.js';
import { type Answer, Client, formsOf, linksOf } from '../../compare/client.js';
import { type RegisteredRoute, routesOf } from '../../support/appRoutes.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { adaSignsIn } from '../../unit/notify/mails.js';
import { ada, bob, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const katherine = 'katherine@example.com';

let app: JourneyApp;

beforeAll(async () => {
  app = await startJourneyApp({ sandboxOrigin: 'http://127.0.0.1:3999' });
  app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada, status: 'expired' });
  await adaSignsIn(app.deps.db);
  await (await signedIn(ada)).get('/connections');
});

afterAll(() => app.close());

async function signedIn(identifier: string): Promise<Client> {
  const client = new Client(app.url);
  const [form] = formsOf((await client.get('/sign-in')).text);
  await client.post('/sign-in', { ...form?.fields, identifier });
  return client;
}

describe('what is compressed', () => {
  const encodingOf = async (path: string, accepted: string | undefined, client: Client) => {
    const headers: Record<string, string> = accepted === undefined ? {} : { 'accept-encoding': accepted };
    const { headers: answered, text } = await client.get(path, headers);
    return [answered.get('content-encoding'), answered.get('vary'), text.includes('</html>')];
  };

  it.each([
    ['br, gzip', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', null],
    ['zstd', null],
  ])('is a page, for who takes %s', async (accepted, encoding) => {
    const client = await signedIn(ada);
    expect(await encodingOf('/connections', accepted, client)).toEqual([
      encoding,
      'Accept-Language, Cookie, Accept-Encoding',
      true,
    ]);
  });

  it('is the JSON of the API, and an export, of which nothing is lost', async () => {
    const admin = await signedIn(katherine);
    const json = await admin.get(`${apiBase}/openapi.json`, { 'accept-encoding': 'br' });
    expect([json.headers.get('content-encoding'), JSON.parse(json.text).openapi]).toEqual(['br', '3.1.0']);
    const [, form] = formsOf((await admin.get(adminPaths.exportUsers())).text);
    const exported = (accepted: string) =>
      admin.send('POST', adminPaths.exportUsers(), {
        headers: { 'accept-encoding': accepted },
        body: new URLSearchParams(form?.fields),
      });
    const [csv, plain] = [await exported('gzip'), await exported('identity')];
    expect([csv.headers.get('content-encoding'), plain.headers.get('content-encoding')]).toEqual([
      'gzip',
      null,
    ]);
    expect(csv.text).toContain(ada);
    expect(csv.text).toBe(plain.text);
  });

  it('is no stream of events', async () => {
    const user = await signedIn(ada);
    const stop = new AbortController();
    const answer = await user.ask(new URL('/events', app.url), 'GET', {
      headers: { 'accept-encoding': 'br, gzip' },
      signal: stop.signal,
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(answer.headers.get('content-encoding')).toBeNull();
    stop.abort();
  });
});

/** What tests find in an answer and what is no secret: masks of tokens, marks, tags and names of files. */
const open = [
  /name="_csrf" value="[^"]*"/g,
  /data-(?:session|etag)="[^"]*"/g,
  /\/assets\/[\w./+-]+/g,
  // The example of a public key in RFC 7515, appendix A.3.
  /f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU|x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0/g,
  // Of public keys.
  /(?:"|&#34;)(?:kid|x|y)(?:"|&#34;):\s*(?:"|&#34;)[\w-]*/g,
];

/** A key, or at least 190 random bits in base64url: nothing else has capitals, small letters and digits for so long. */
const secretIn = (text: string): string | undefined => {
  const rest = open.reduce((left, pattern) => left.replace(pattern, ''), text);
  const runs = rest.match(/[\w-]{32,}/g) ?? [];
  return runs.find((run) => /^cak_/.test(run) || (/[A-Z]/.test(run) && /[a-z]/.test(run) && /\d/.test(run)));
};

interface Seen {
  readonly route: string;
  readonly secret: string | undefined;
  readonly encoding: string | null;
}

const inAnApp =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';
const startedFrom = () => `${app.url}${paths.onboardingStart('Xy3'.repeat(16))}`;

const isStream = (path: string) => /^(?:\/onboarding\/[^/]+)?\/events$/.test(path);

/** What is typed where a form is empty. */
const typed = {
  name: 'Acme',
  identifier: bob,
  scopes: 'status:read',
  overlap: '24',
};

/** Asks for everything that answers lead to, in the name of several people, and notes what came. */
class Crawl {
  readonly seen: Seen[] = [];
  readonly routes: readonly (RegisteredRoute & { readonly pattern: RegExp })[];

  constructor(routes: readonly RegisteredRoute[]) {
    this.routes = routes.map((route) => ({
      ...route,
      pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`),
    }));
  }

  /** An address of each page. */
  addresses(): string[] {
    const values = { ':identifier': encodeURIComponent(ada), ':name': 'gmail' };
    return this.routes
      .filter(({ method, path }) => method === 'GET' && !isStream(path))
      .map(({ path }) => path.replace(/:\w+/g, (name) => values[name as keyof typeof values] ?? 'x'));
  }

  routeOf(method: string, address: string): string {
    const { pathname } = new URL(address, app.url);
    return this.routes.find((one) => one.method === method && one.pattern.test(pathname))?.path ?? 'none';
  }

  async send(client: Client, method: string, address: string, options: RequestInit = {}): Promise<Answer> {
    const headers = {
      'accept-encoding': 'br, gzip',
      // The page on which a language is chosen repeats where its reader came from.
      ...(new URL(address, app.url).pathname === paths.language ? { referer: startedFrom() } : {}),
      // So does, in the window of another app, the page of a link.
      ...(/^\/connect\//.test(new URL(address, app.url).pathname) ? { 'user-agent': inAnApp } : {}),
      ...(options.headers as Record<string, string>),
    };
    const answer = await client.send(method, address, { ...options, headers });
    // A redirect is checked as a whole: its address is no page.
    const secret = answer.location === null ? secretIn(answer.text) : undefined;
    const encoding = answer.headers.get('content-encoding');
    this.seen.push({ route: this.routeOf(method, address), secret, encoding });
    return answer;
  }

  /** @returns whatever of this app an answer names: links, and addresses in its text */
  leadsOf({ text, location }: Answer): string[] {
    const said = text.replaceAll('&amp;', '&').replaceAll('&#34;', '"');
    const whole = said.match(/https?:\/\/127\.0\.0\.1:\d+[^\s"'<>)]*/g) ?? [];
    return [...linksOf(text), ...whole, ...(location === null ? [] : [location])]
      .map((address) => new URL(address, app.url))
      .filter(
        ({ origin, pathname }) =>
          origin === app.url && !isStream(pathname) && !pathname.startsWith('/assets'),
      )
      .map(({ href }) => href);
  }

  /** Follows every link and sends every form, each kind a few times. */
  async explore(client: Client, starts: readonly string[], sendsForms = true): Promise<void> {
    const times = new Map<string, number>();
    const isNew = (kind: string, most: number) => {
      const count = times.get(kind) ?? 0;
      times.set(kind, count + 1);
      return count < most;
    };
    const queue = starts.map((start) => new URL(start, app.url).href);
    for (let address = queue.shift(); address !== undefined; address = queue.shift()) {
      if (!isNew(address, 1) || !isNew(this.routeOf('GET', address), 20)) continue;
      const page = await this.send(client, 'GET', address);
      queue.push(...this.leadsOf(page));
      for (const { method, url, fields } of formsOf(page.text)) {
        const target = new URL(url, address);
        const kind = `POST ${this.routeOf('POST', target.href)}`;
        const fits = sendsForms && method === 'post' && target.origin === app.url && !/sign-out/.test(url);
        if (!fits || !isNew(kind, 2)) continue;
        const body = new URLSearchParams({ ...typed, ...fields });
        for (const [name, value] of Object.entries(typed)) if (body.get(name) === '') body.set(name, value);
        const answer = await this.send(client, 'POST', target.href, { body });
        queue.unshift(...this.leadsOf(answer));
      }
    }
  }
}

describe('what shows a secret', () => {
  let crawl: Crawl;
  const ofAda = `/users/${encodeURIComponent(ada)}`;

  type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

  /** Asks the API, as another app that was just registered. */
  async function asOtherApp<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
    const scopes = ['onboarding', 'status:read', 'users:write'] as const;
    const settings = someSettings({ scopes, moreUserChecks: ['none'] });
    const { key } = await app.deps.apiClients.create(settings, { actor: 'command' });
    const client = new Client(app.url);
    return work((method, path, body) =>
      crawl.send(client, method, apiBase + path, {
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  }

  /** Sends a browser through an onboarding. */
  async function onboard(ask: Ask, check: string): Promise<void> {
    const made = await ask('POST', '/onboarding-sessions', {
      identifier: ada,
      connections: [{ name: 'gmail' }, { name: 'exa' }],
      return_url: 'https://acme.example/back',
      confirm_url: 'https://acme.example/confirm',
      user_check: check,
    });
    const { id, url } = JSON.parse(made.text) as { id: string; url: string };
    const browser = new Client(app.url);
    const [form] = formsOf((await crawl.send(browser, 'GET', url)).text);
    const sent = { body: new URLSearchParams(form?.fields) };
    const started = await crawl.send(browser, 'POST', form?.url ?? '', sent);
    const nonce = new URL(started.location ?? app.url).searchParams.get('nonce');
    if (nonce !== null) {
      const told = await ask('POST', `/onboarding-sessions/${id}/confirm`, { nonce, identifier: ada });
      await crawl.explore(browser, crawl.leadsOf(told));
    }
    await crawl.explore(browser, [`/onboarding/${id}`]);
    await ask('GET', `/onboarding-sessions/${id}`);
  }

  beforeAll(async () => {
    crawl = new Crawl(routesOf(createApp(app.deps)));
    const found = await asOtherApp(async (ask) => [
      await ask('GET', '/client'),
      await ask('GET', `${ofAda}/connections`),
      await ask('POST', `${ofAda}/connections/gmail/invitations`, {}),
    ]);
    const outbox = await crawl.send(new Client(app.url), 'GET', '/sandbox-outbox');
    const starts = [
      // What others are mailed about is there until somebody sends all forms.
      adminPaths.newMailing({ connection: 'gmail', state: 'expired' }),
      adminPaths.mailUser(ada, 'gmail'),
      ...['/', '/account', '/sandbox-outbox', '/admin', '/admin/clients', adminPaths.user(ada)],
      ...crawl.leadsOf(outbox),
      ...crawl.addresses(),
      ...found.flatMap((answer) => crawl.leadsOf(answer)),
    ];
    await crawl.explore(new Client(app.url), starts, false);
    for (const identifier of [katherine, bob]) await crawl.explore(await signedIn(identifier), starts);
    // The forms that were sent revoke what asked before.
    for (const check of ['none', 'sign_in', 'confirm']) await asOtherApp((ask) => onboard(ask, check));
    await crawl.explore(await signedIn(ada), starts);
  });

  it('is never compressed', () => {
    const wrong = crawl.seen.filter(({ secret, encoding }) => secret !== undefined && encoding !== null);
    expect(wrong).toEqual([]);
  });

  it('is on the list, and the list has nothing else', () => {
    const found = crawl.seen.filter(({ secret }) => secret !== undefined).map(({ route }) => route);
    expect([...new Set(found)].sort()).toEqual([...routesWithSecrets].sort());
  });

  it('is looked for on every page', () => {
    const asked = new Set(crawl.seen.map(({ route }) => route));
    const left = crawl.routes.filter(({ method, path }) => method === 'GET' && !asked.has(path));
    expect(left.filter(({ path }) => !isStream(path))).toEqual([]);
    const compressed = crawl.seen.filter(({ encoding }) => encoding === 'br').map(({ route }) => route);
    expect(new Set(compressed).size).toBeGreaterThan(25);
  });
});
