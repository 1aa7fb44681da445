import { type Answer, Client, formsOf, linksOf } from './client.js';
import { plain } from './plain.js';

/** What was answered to each thing that was asked, in the order in which it was asked. */
export type Answers = Map<string, string>;

/** Headers that say when, and how long it took. */
const timed = new Set([
  'date',
  'ratelimit',
  'keep-alive',
  'connection',
  'content-length',
  'etag',
  'x-request-id',
]);

function told({ status, headers, text, location }: Answer): string {
  const lines = [...headers]
    .filter(([name]) => !timed.has(name) && name !== 'location')
    .map(([name, value]) => plain(`${name}: ${value}`));
  return [
    String(status),
    ...lines,
    ...(location === null ? [] : [plain(`location: ${location}`)]),
    '',
    plain(text),
  ].join('\n');
}

/** A place to ask, with what is written down of it. */
export interface Place {
  readonly origin: string;
  readonly sandbox: string;
  readonly metricsToken: string;
}

const people = ['ada', 'grace', 'alan', 'katherine', 'victor'].map((name) => `${name}@example.com`);
/** Streams that never end, what would end the session of whoever looks, and what goes on in the background afterwards. */
const unfit = /^(?:\/onboarding\/[^/]+|\/connections)?\/events(\?|$)|sign-out|mailings\/new\?/;
const mostPages = 400;

/** What a person signed in as one of the samples finds by following every link, and then by sending every form. */
class Tour {
  private readonly client: Client;
  private readonly seen = new Set<string>();

  constructor(
    private readonly place: Place,
    private readonly who: string,
    private readonly answers: Answers,
  ) {
    this.client = new Client(place.origin);
  }

  private note(what: string, answer: Answer): Answer {
    const name = `${this.who}: ${plain(what)}`;
    let key = name;
    for (let time = 2; this.answers.has(key); time += 1) key = `${name} (${time})`;
    this.answers.set(key, told(answer));
    return answer;
  }

  async get(address: string, headers: Record<string, string> = {}): Promise<Answer> {
    const accept = headers.accept === undefined ? '' : ` as ${headers.accept}`;
    return this.note(`GET ${address}${accept}`, await this.client.get(address, headers));
  }

  async post(address: string, fields: Readonly<Record<string, string>>, how = ''): Promise<Answer> {
    return this.note(`POST ${address}${how}`, await this.client.post(address, fields));
  }

  async signIn(identifier: string): Promise<void> {
    const [form] = formsOf((await this.get('/sign-in')).text);
    await this.post('/sign-in', { ...form?.fields, identifier });
  }

  /** Goes where an answer leads, through the pages of consent, until a page of the app is there. */
  private async follow(answer: Answer): Promise<void> {
    let current = answer;
    for (let step = 0; step < 12; step += 1) {
      if (current.location !== null) current = await this.get(current.location);
      else {
        const form = formsOf(current.text).find(
          ({ url }) => url.includes('/consent') || url.includes('/credentials'),
        );
        if (form === undefined) return;
        current = await this.post(form.url, form.fields);
      }
    }
  }

  /** Every page that links lead to. @returns the forms on them, each kind once */
  async look(
    starts: readonly string[],
  ): Promise<{ page: string; form: ReturnType<typeof formsOf>[number] }[]> {
    const queue = [...starts];
    const forms = new Map<string, { page: string; form: ReturnType<typeof formsOf>[number] }>();
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const url = new URL(path, this.place.origin);
      url.hash = '';
      const known = plain(url.href);
      if (this.seen.has(known) || this.seen.size >= mostPages || unfit.test(url.href)) continue;
      if (![this.place.origin, this.place.sandbox].includes(url.origin)) continue;
      this.seen.add(known);
      const page = await this.get(url.href);
      if (page.location !== null) queue.push(page.location);
      queue.push(...linksOf(page.text).map((link) => new URL(link, url).href));
      for (const form of formsOf(page.text)) {
        const kind = `${form.method} ${plain(form.url)} ${Object.keys(form.fields).join()}`;
        if (form.method === 'post' && !unfit.test(form.url) && !forms.has(kind))
          forms.set(kind, { page: url.href, form });
      }
    }
    return [...forms.values()];
  }

  /** Sends a form as it stands on its page, first without its token. */
  async submit({ page, form }: { page: string; form: ReturnType<typeof formsOf>[number] }): Promise<void> {
    const { _csrf: _, ...bare } = form.fields;
    await this.post(form.url, bare, ' without a token');
    // What was done meanwhile may have changed the page.
    const now =
      formsOf((await this.client.get(page)).text).find(({ url }) => plain(url) === plain(form.url)) ?? form;
    await this.follow(await this.post(now.url, now.fields));
  }
}

const routes = [
  '/',
  '/nowhere',
  '/healthz',
  '/readyz',
  '/robots.txt',
  '/favicon.ico',
  '/operator-logo',
  '/sign-in',
  '/sign-in?another=1',
  '/sign-in/callback?code=x&state=y',
  '/account',
  '/connections',
  '/connections/gmail/status',
  '/connections/gmail/disconnect',
  '/connections/nothing/disconnect',
  '/connections/gmail/status.json',
  '/connect/gmail',
  '/connect/nothing',
  '/connect/gmail?to=x',
  '/logos/gmail',
  '/user/verify',
  '/user/verify?auth_request_id=a&state=b',
  '/user/returned',
  '/sandbox-outbox',
  '/metrics',
  '/onboarding/start',
  '/onboarding/start?token=x',
  '/onboarding/x',
  '/onboarding/x/leave',
  '/api/v1/docs',
  '/api/v1/openapi.json',
  '/.well-known/jwks.json',
  '/admin',
  '/admin/users',
  '/admin/users?sort=x',
  '/admin/users?after=x',
  '/admin/users/nobody',
  '/admin/events',
  '/admin/events?type=x',
  '/admin/events?from=2026-02-31',
  '/admin/mails',
  '/admin/mails?state=x',
  '/admin/mailings',
  '/admin/mailings/x',
  '/admin/connections',
  '/admin/connections/gmail/reconnect',
  '/admin/clients',
  '/admin/clients/x',
  '/admin/sync.json',
  '/admin/exports/users',
  '/admin/exports/events',
  '/%zz',
  '/connections/%00/status',
];

async function askApi(place: Place, key: string, answers: Answers): Promise<void> {
  const client = new Client(place.origin);
  const base = '/api/v1';
  const ada = `${base}/users/ada%40example.com`;
  const session = {
    identifier: 'ada@example.com',
    connections: [{ name: 'gmail' }, { name: 'exa', required: false }],
    return_url: 'https://acme.example/back',
    user_check: 'sign_in',
  };
  const asked: readonly [string, string, unknown?, Record<string, string>?][] = [
    ['GET', `${base}/client`],
    ['GET', `${ada}/connections`],
    ['GET', `${ada}/connections?connections=gmail,nothing`],
    ['GET', `${ada}/connections?other=1`],
    ['GET', `${base}/users/%20/connections`],
    ['POST', `${ada}/connections/gmail/invitations`, {}],
    ['POST', `${ada}/connections/gmail/invitations`, { address: 'no address' }],
    ['POST', `${ada}/connections/nothing/invitations`, {}],
    ['POST', `${base}/onboarding-sessions`, session],
    ['POST', `${base}/onboarding-sessions`, session, { 'idempotency-key': 'one' }],
    ['POST', `${base}/onboarding-sessions`, { ...session, state: 'x' }, { 'idempotency-key': 'one' }],
    [
      'POST',
      `${base}/onboarding-sessions`,
      { ...session, identifier: ' ', return_url: 'https://evil.example', more: 1 },
    ],
    [
      'POST',
      `${base}/onboarding-sessions`,
      { ...session, connections: [{ name: 'nothing' }, { name: 'gmail' }, { name: 'gmail' }, 3] },
    ],
    ['POST', `${base}/onboarding-sessions`, []],
    ['GET', `${base}/onboarding-sessions/nothing`],
    ['DELETE', `${base}/onboarding-sessions/nothing`],
    ['POST', `${base}/onboarding-sessions/nothing/confirm`, { nonce: 'x', identifier: 'ada@example.com' }],
    ['PUT', `${base}/client`],
    ['GET', `${base}/nothing`],
    ['DELETE', `${base}/users/alan%40example.com`],
  ];
  for (const authorization of ['', 'Bearer wrong', `Bearer ${key}`]) {
    for (const [method, url, body, more] of asked) {
      const headers = {
        accept: 'application/json',
        ...(authorization === '' ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...more,
      };
      const answer = await client.send(method, url, {
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const who = authorization === '' ? 'no key' : plain(authorization);
      answers.set(
        `${who}: ${method} ${url} ${JSON.stringify(body ?? null)} ${JSON.stringify(more ?? {})}`,
        told(answer),
      );
    }
  }
}

/** Makes an API client as an admin does, with every field filled in. @returns its key */
async function makeClient(place: Place, answers: Answers): Promise<string> {
  const tour = new Tour(place, 'katherine makes a client', answers);
  await tour.signIn('katherine@example.com');
  const form = formsOf((await tour.get('/admin/clients')).text).find(({ url }) => url === '/admin/clients');
  const fields = { ...form?.fields, name: 'Acme', returnUrls: 'https://acme.example/back', allowNone: 'yes' };
  await tour.post('/admin/clients', { ...fields, returnUrls: 'ftp://acme.example/*#x' });
  const client = new Client(place.origin);
  const signIn = formsOf((await client.get('/sign-in')).text)[0];
  await client.post('/sign-in', { ...signIn?.fields, identifier: 'katherine@example.com' });
  const page = formsOf((await client.get('/admin/clients')).text).find(({ url }) => url === '/admin/clients');
  const body = new URLSearchParams({ ...page?.fields, ...fields, _csrf: page?.fields._csrf ?? '' });
  for (const scope of ['onboarding', 'status:read', 'users:write']) body.append('scopes', scope);
  const made = await client.send('POST', '/admin/clients', { body });
  const shown = await client.get(made.location ?? '/');
  answers.set('katherine: the page of a new client', told(shown));
  return /cak_[\w-]+(?!_…)/.exec(shown.text.replace(/cak_\w+_…/g, ''))?.[0] ?? '';
}

/** Asks an app everything that it can be asked. */
export async function answersOf(place: Place): Promise<Answers> {
  const answers: Answers = new Map();
  const key = await makeClient(place, answers);
  for (const identifier of [null, ...people]) {
    const tour = new Tour(place, identifier?.split('@')[0] ?? 'nobody', answers);
    if (identifier !== null) await tour.signIn(identifier);
    for (const route of routes) {
      await tour.get(route);
      await tour.get(route, { accept: 'application/json' });
      await tour.post(route, {});
    }
    const forms = await tour.look(['/', '/admin', '/account']);
    for (const form of forms) await tour.submit(form);
    await tour.look(['/connections?again', '/admin?again', '/admin/events?again', '/sandbox-outbox?again']);
  }
  await askApi(place, key, answers);
  const metrics = await new Client(place.origin).get('/metrics', {
    authorization: `Bearer ${place.metricsToken}`,
  });
  const named = metrics.text.split('\n').map((line) => line.replace(/ [\d.e+-]+$|NaN$/, ''));
  answers.set(
    'the names of the metrics',
    [...new Set(named)]
      .filter((line) => !/_bucket\{|nodejs_|process_/.test(line))
      .sort()
      .join('\n'),
  );
  return answers;
}
