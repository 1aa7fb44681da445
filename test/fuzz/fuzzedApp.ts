import { type ApiDescription, inlined } from '../../server/api/openApiTypes.js';
import { createApp } from '../../server/app.js';
import { everyone } from '../../server/directory/users/userFilter.js';
import { createMetrics } from '../../server/http/metrics/metricsRegistry.js';
import { createUnsubscribeLinks } from '../../server/notify/unsubscribeLinks.js';
import { adminPaths, onboardingPaths, paths } from '../../server/paths.js';
import { seedConnections } from '../../server/sandbox/seed.js';
import { Client, formsOf } from '../compare/client.js';
import { type RegisteredRoute, routesOf } from '../support/appRoutes.js';
import { seedDirectory } from '../support/seedDirectory.js';
import { type SandboxedApp, startSandboxedApp } from '../support/testApp.js';
import { someSettings } from '../unit/identity/clients/clients.js';
import { logoOf, svgOf } from '../unit/identity/clients/logoFiles.js';
import { addMail } from '../unit/notify/mails.js';
import { untilProcessed, webhookEnv } from '../unit/webhooks/deliveries.js';
import type { WireAnswer } from './exchange.js';
import { FuzzedPlace, type Player, stranger } from './fuzzedPlace.js';
import { Knowledge } from './known.js';
import { type Person, stands } from './shots.js';

const clientSettings = () =>
  someSettings({
    scopes: ['onboarding', 'status:read', 'users:write'],
    moreUserChecks: ['none', 'sign_in'],
    mayGiveAddress: true,
  });

const offered = seedConnections.filter(({ enabled = true }) => enabled);
const admins = Array.from({ length: 200 }, (_one, index) => `admin-${index}@example.com`);

/** So high that they refuse nobody here. */
export const limits = {
  RATE_LIMIT_CONNECT_PER_MINUTE: '100000',
  RATE_LIMIT_SIGN_IN_PER_MINUTE: '100000',
  RATE_LIMIT_ONBOARDING_PER_MINUTE: '100000',
  RATE_LIMIT_API_PER_MINUTE: '1000000',
  RATE_LIMIT_API_FAILURES_PER_MINUTE: '100000',
};

const env = {
  ...webhookEnv,
  ...limits,
  METRICS_TOKEN: 'the-token-of-the-fuzzing',
  ADMIN_IDENTIFIERS: admins.join(),
};

/** Before security headers: what is for the machines that run the app. */
const bare = /^[^?]*\/(?:readyz|healthz|metrics)\/?(?:\?|$)/i;
/** What a browser may keep. */
const kept =
  /\/(?:assets|client-logos|logos)\/|\/logo\/?(?:\?|$)|\/\.well-known\/|\/openapi\.json|\/status\.json|\/events\/?(?:\?|$)/i;

/** What an app says of its answers. */
export const pageRules = {
  isBare: (path: string) => bare.test(path),
  isKept: (path: string) => kept.test(path),
  isReferred: true,
  // What comes with a browser is the provider's answer, as far as the app can tell.
  mayBlame: (path: string) => /\/sign-in\/callback/i.test(path),
  mayHangUp: () => false,
};

const tokenIn = (page: string) => formsOf(page).find(({ fields }) => fields._csrf)?.fields._csrf ?? '';

/** Whether somebody is no longer who they were, by an answer to them. */
const isOver = (who: Person, { status, headers }: WireAnswer): boolean =>
  status === 401 ||
  (who === 'onboarding' && [409, 410].includes(status)) ||
  (headers.get('location')?.[0] ?? '').startsWith(paths.signIn) ||
  (headers.get('set-cookie') ?? []).some((cookie) => /^connect(?:-onboarding[^=]*)?=/.test(cookie));

/** People of the real app against the real sandbox, and much to see there. */
class Cast {
  private made = 0;

  constructor(
    readonly app: SandboxedApp,
    readonly knowledge: Knowledge,
  ) {}

  async signedIn(identifier: string): Promise<Client> {
    const client = new Client(this.app.url);
    const [form] = formsOf((await client.get(paths.signIn)).text);
    const answer = await client.post(paths.signIn, { ...form?.fields, identifier });
    if (answer.status !== 303) throw new Error(`the sign-in answered ${answer.status}`);
    return client;
  }

  private async newKey(): Promise<string> {
    return (await this.app.deps.apiClients.create(clientSettings(), { actor: 'command' })).key;
  }

  /** An onboarding that nobody has opened yet. */
  private async asked(key: string): Promise<{ id: string; url: string }> {
    this.made += 1;
    const made = await new Client(this.app.url).send('POST', '/api/v1/onboarding-sessions', {
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        identifier: `guest-${this.made}@example.com`,
        connections: offered.map(({ name }) => ({ name, required: name === 'gmail' })),
        return_url: 'https://acme.example/back',
        user_check: 'none',
      }),
    });
    if (made.status !== 201) throw new Error(`the onboarding was refused: ${made.text}`);
    return JSON.parse(made.text) as { id: string; url: string };
  }

  /** A browser in an onboarding, and before another that it has not begun. */
  private async onboarded() {
    const client = new Client(this.app.url);
    const key = await this.newKey();
    const { id, url } = await this.asked(key);
    const [form] = formsOf((await client.get(url)).text);
    await client.post(form?.url ?? '', form?.fields ?? {});
    const other = await this.asked(key);
    const page = await client.get(other.url);
    const start = new URL(other.url).searchParams.get('token') ?? '';
    return { client, id, start, startCsrf: tokenIn(page.text) };
  }

  /** Begins to connect, and consents. @returns the flow, and what the browser comes back with */
  private async started(client: Client, page: string): Promise<Player['own']> {
    const form = formsOf((await client.get(page)).text).find(({ url }) =>
      /\/(?:slack|gmail)\/connect/.test(url),
    );
    const link = (await client.post(form?.url ?? '', form?.fields ?? {})).location ?? '';
    const consent = await new Client(new URL(link).origin).post(link, { outcome: 'allow' });
    const { searchParams } = new URL(consent.location ?? '');
    const flow = await this.app.deps.db
      .selectFrom('flows')
      .select('id')
      .orderBy('createdAt', 'desc')
      .executeTakeFirst();
    return {
      [stands.flow]: flow?.id ?? '',
      [stands.state]: searchParams.get('state') ?? '',
      [stands.authRequest]: searchParams.get('auth_request_id') ?? '',
    };
  }

  async join(person: Person): Promise<Player> {
    const client = new Client(this.app.url);
    this.made += 1;
    switch (person) {
      case 'nobody': {
        const page = await client.get(paths.signIn);
        return { ...stranger, cookies: client.cookies, own: { [stands.csrf]: tokenIn(page.text) } };
      }
      case 'user': {
        const user = await this.signedIn(`user-${this.made}@example.com`);
        const page = await user.get(paths.account);
        const own = { ...(await this.started(user, paths.connections)), [stands.csrf]: tokenIn(page.text) };
        return { ...stranger, cookies: user.cookies, own };
      }
      case 'admin': {
        const admin = await this.signedIn(admins[this.made % admins.length] ?? '');
        const page = await admin.get(paths.account);
        return { ...stranger, cookies: admin.cookies, own: { [stands.csrf]: tokenIn(page.text) } };
      }
      case 'onboarding': {
        const { client: guest, id, start, startCsrf } = await this.onboarded();
        const page = await guest.get(onboardingPaths.steps(id));
        const started = await this.started(guest, onboardingPaths.steps(id));
        const ofPage = { [stands.csrf]: tokenIn(page.text), [stands.onboarding]: id };
        const ofStart = { [stands.startCsrf]: startCsrf, [stands.start]: start };
        return { ...stranger, cookies: guest.cookies, own: { ...started, ...ofPage, ...ofStart } };
      }
      case 'client': {
        const key = await this.newKey();
        const own = { [stands.onboarding]: (await this.asked(key)).id };
        return { ...stranger, authorization: `Bearer ${key}`, own };
      }
      case 'wrong key':
        return { ...stranger, authorization: 'Bearer cak_wrong' };
    }
  }

  /** Lets there be something of everything, and looks at all pages. */
  async fill(routes: readonly RegisteredRoute[]): Promise<void> {
    const { app, knowledge } = this;
    const { db, apiClients, clientWebhooks, audit } = app.deps;
    const ada = 'ada@example.com';
    await seedDirectory(db, { users: 10, connections: offered.map(({ name }) => name), accountsPerUser: 3 });
    for (const [connectionName, status] of [
      ['gmail', 'ACTIVE'],
      ['slack', 'EXPIRED'],
      ['github', 'DISCONNECTED'],
    ] as const)
      app.sandbox.control.setAccount({ connectionName, identifier: ada, status });
    for (const end of [{}, { sentAt: 1 }, { withdrawnAt: 1 }, { failedAt: 1 }]) await addMail(db, end);
    const mailing = {
      id: '00000000-0000-4000-8000-000000000001',
      endedAt: null,
      createdAt: 1,
      goneThrough: 4,
    };
    await db
      .insertInto('mailings')
      .values({
        ...mailing,
        filter: JSON.stringify(everyone),
        users: 5,
        createdBy: 'user:x',
        connectionName: 'gmail',
      })
      .execute();
    await audit.record({ type: 'flow.failed', actor: null, identifier: ada, detail: 'consent_denied' });
    const now = Date.now();
    const clients: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      const { client } = await apiClients.create(clientSettings(), { actor: 'command' });
      clients.push(client.id);
      await clientWebhooks.set(client, 'https://acme.example/hook', { actor: 'command' });
      await apiClients.setLogo(client.id, logoOf(svgOf()), { actor: 'command' });
      const id = `evt_${index}`;
      const about = {
        identifier: ada,
        connectionName: 'gmail',
        payload: '{}',
        type: 'connection.needs_user',
      };
      const times = { createdAt: now, nextTryAt: now, givenUpAt: now, failedAt: now, lastError: 'timed_out' };
      await db
        .insertInto('clientDeliveries')
        .values({ ...about, ...times, id, clientId: client.id, sequence: index, byScope: 1 })
        .execute();
      knowledge.learn(adminPaths.sendDeliveryAgain(client.id, id));
    }
    const links = createUnsubscribeLinks(app.deps.sessionSecrets, app.url);
    knowledge.learn(links.urlFor({ address: ada, identifier: ada }));
    knowledge.learn(paths.status('slack', stands.flow));
    knowledge.learn(paths.openLink('slack', stands.flow));
    knowledge.learn(paths.onboardingStart(stands.start));
    knowledge.learn(`${paths.userVerify}?auth_request_id=${stands.authRequest}&state=${stands.state}`);
    knowledge.learn(`/onboarding/${stands.onboarding}`);
    knowledge.learn(`/api/v1/onboarding-sessions/${stands.onboarding}`);
    const user = await this.signedIn(ada);
    const everywhere = routes
      .filter(({ method, path }) => method === 'GET' && !path.includes(':'))
      .map(({ path }) => path);
    const admin = await this.signedIn(admins[0] ?? '');
    await knowledge.explore(
      admin,
      [...everywhere, adminPaths.user(ada), adminPaths.client(clients[0] ?? '')],
      150,
    );
    await knowledge.explore(user, [paths.connections, paths.connect('gmail'), paths.account], 40);
    await knowledge.explore(
      new Client(app.url),
      [paths.sandboxOutbox, paths.signInAndReturn(paths.account)],
      30,
    );
    const { client: guest, id, start } = await this.onboarded();
    const ownPages = [paths.onboardingStart(start), onboardingPaths.steps(id), onboardingPaths.leave(id)];
    await knowledge.explore(guest, ownPages, 30, { [id]: stands.onboarding, [start]: stands.start });
    app.takeLog();
  }
}

/** An app that is fuzzed. */
export interface FuzzedApp {
  readonly place: FuzzedPlace;
  /** Does the work of the background on what the requests have left there. @throws Error when any of it fails */
  works(): Promise<void>;
  /** Whether the app still serves. @throws Error */
  serves(): Promise<void>;
}

/** Starts the real app against the real sandbox, with people in it, and much to see. */
export async function startFuzzedApp(): Promise<FuzzedApp> {
  const app = await startSandboxedApp({ env, metrics: createMetrics() });
  const routes = routesOf(createApp(app.deps));
  const description = (await (await fetch(`${app.url}/api/v1/openapi.json`)).json()) as ApiDescription;
  const knowledge = new Knowledge(routes, inlined(description.paths, description.components.schemas));
  const cast = new Cast(app, knowledge);
  await cast.fill(routes);
  const place = new FuzzedPlace({
    origin: app.url,
    routes,
    knowledge,
    rules: { ...pageRules, leadsTo: [app.sandbox.url, 'https://acme.example'] },
    join: (person) => cast.join(person),
    isOver,
    takeLog: app.takeLog,
    close: app.close,
  });
  return {
    place,
    async works() {
      const { db, webhooks, connectedAs, directory, mailings, mails, reconnectPass } = app.deps;
      const jobs = [
        webhooks.worker,
        connectedAs.job,
        mails.sender,
        directory,
        mailings.runner,
        reconnectPass,
      ];
      for (const job of jobs) job.start();
      await untilProcessed(db, webhooks.worker);
      await Promise.all(jobs.map((job) => job.stop()));
      const failed = app.logLines().filter(({ level }) => Number(level) >= 50);
      if (failed.length > 0) throw new Error(JSON.stringify(failed[0]));
    },
    async serves() {
      for (const path of ['/healthz', '/readyz', paths.signIn]) {
        const { status } = await fetch(app.url + path, { redirect: 'manual' });
        if (status !== 200) throw new Error(`${path} answers ${status}`);
      }
      const page = await (await cast.signedIn('somebody-else@example.com')).get(paths.connections);
      if (page.status !== 200) throw new Error(`the list answers ${page.status}`);
      place.forget();
    },
  };
}
