import { randomBytes, randomUUID } from 'node:crypto';
import ejs from 'ejs';
import express, { type Express, type Request, type Response } from 'express';
import session from 'express-session';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { Webhook } from 'standardwebhooks';

declare module 'express-session' {
  interface SessionData {
    identifier?: string;
    /** The onboarding that this browser was sent to, and the word that is bound to it. */
    onboarding?: { id: string; state: string };
  }
}

export interface ExampleHostOptions {
  /** The public URL of Connect accounts. */
  readonly connectUrl: string;
  readonly clientId: string;
  readonly apiKey: string;
  /** The origin of this app, as its addresses are registered with. */
  readonly ownUrl: string;
  /** What the user is asked to connect, and what the tool needs. */
  readonly connections: readonly { readonly name: string; readonly required: boolean }[];
  /** Of the webhooks that Connect accounts sends to `/webhooks`; null where it sends none. */
  readonly webhookSecret: string | null;
  /** Does the agent's work for a user, who has connected what it needs. @returns what came of it, in lines */
  runTool(identifier: string): Promise<readonly string[]>;
}

interface WebhookEvent {
  readonly type: string;
  readonly data: Readonly<Partial<Record<string, string>>>;
}

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title><%= heading %></title><link rel="icon" href="data:,"><style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.75rem; line-height: 1.2; } h2 { margin-top: 2rem; font-size: 1rem; }
form, p { margin: 0.75rem 0; } button, input { min-height: 2.75rem; padding: 0 1rem; border-radius: 0.5rem; font: inherit; }
li { overflow-wrap: anywhere; }
</style></head><body><main>
<h1><%= heading %></h1>
<% for (const line of lines) { %><p><%= line %></p><% } %>
<% if (identifier) { %><p>Signed in as <%= identifier %></p>
<% for (const { name, state } of states) { %><p><%= name %>: <%= state %></p><% } %>
<form method="post" action="/connect"><button>Connect your accounts</button></form>
<p><button id="in-a-window" type="button" disabled>Connect in a window</button></p>
<form method="post" action="/run"><button>Run the tool</button></form>
<% if (told.length > 0) { %><h2>Told by webhooks</h2><ul><% for (const one of told) { %><li><%= one %></li><% } %></ul><% } %>
<script type="module">
  import { connect, finish } from '<%= connectUrl %>/assets/connect.js';
  const opening = document.querySelector('#in-a-window');
  opening.addEventListener('click', async () => {
    await connect(async () => (await fetch('/session', { method: 'POST' })).json());
    location.assign('/');
  });
  // Before the module is there a click would do nothing.
  opening.disabled = false;
  // A window that came back is closed; a page that came back is not.
  if (<%= isReturn %> && (await finish())) document.querySelector('h1').textContent = 'You can close this window';
</script>
<% } else { %>
<form method="post" action="/sign-in"><label>Identifier <input name="identifier" required></label> <button>Sign in</button></form>
<% } %></main></body></html>`;

/** As many as the page shows. */
const mostTold = 20;

/** Another app that has its users connect their accounts: everything that such an app has to do, and no more. */
export function createExampleHost(options: ExampleHostOptions): Express {
  const { connectUrl, clientId, apiKey, ownUrl, connections, webhookSecret, runTool } = options;
  const resultKeys = createRemoteJWKSet(new URL(`${connectUrl}/.well-known/jwks.json`));
  /** The results that were taken, until they expire; in a database where there is more than one process. */
  const taken = new Map<string, number>();
  /** What came by webhooks, by their ids, since each may come more than once; in a database as well. */
  const told = new Map<string, { identifier: string; text: string }>();

  async function ask(method: 'GET' | 'POST', path: string, body?: object) {
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      ...(body && { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }),
    };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${connectUrl}/api/v1${path}`, init);
    return { ok: answer.ok, body: (await answer.json()) as Record<string, unknown> };
  }

  /** How the user's connections stand, as far as anybody can tell. */
  async function statesOf(identifier: string): Promise<readonly { name: string; state: string }[]> {
    const query = new URLSearchParams({ connections: connections.map(({ name }) => name).join(',') });
    const { ok, body } = await ask('GET', `/users/${encodeURIComponent(identifier)}/connections?${query}`);
    return ok ? (body.connections as { name: string; state: string }[]) : [];
  }

  async function show(request: Request, response: Response, heading: string, ...lines: string[]) {
    const { identifier } = request.session;
    const isReturn = request.path === '/connected';
    const states = identifier === undefined || isReturn ? [] : await statesOf(identifier);
    const ofUser = [...told.values()].filter((one) => one.identifier === identifier).map(({ text }) => text);
    const values = { heading, lines, identifier, connectUrl, isReturn, states, told: ofUser.reverse() };
    response.send(ejs.render(page, values));
  }

  /** Has the user connect what the agent needs. @returns what the API answered, or null when it refused, with words */
  async function begin(request: Request) {
    const { identifier } = request.session;
    const state = randomBytes(16).toString('base64url');
    const asked = { identifier, connections, state, return_url: `${ownUrl}/connected` };
    const made = await ask('POST', '/onboarding-sessions', asked);
    if (made.ok) request.session.onboarding = { id: String(made.body.id), state };
    return made;
  }

  function takeOnce({ jti, exp = 0 }: JWTPayload): boolean {
    const now = Date.now() / 1000;
    for (const [id, until] of taken) if (until < now) taken.delete(id);
    if (jti === undefined || taken.has(jti)) return false;
    taken.set(jti, exp);
    return true;
  }

  /** What the result says, if it is ours, of this browser's onboarding and user, and new; else null. */
  async function resultOf({ query, session: own }: Request): Promise<JWTPayload | null> {
    const { onboarding, identifier } = own;
    if (onboarding === undefined || identifier === undefined || query.state !== onboarding.state) return null;
    const verified = await jwtVerify(String(query.signed_result), resultKeys, {
      issuer: connectUrl,
      audience: clientId,
      subject: identifier,
      typ: 'onboarding-result+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'jti'],
    }).catch(() => null);
    const payload = verified?.payload;
    if (payload?.session_id !== onboarding.id || payload.state !== onboarding.state) return null;
    return takeOnce(payload) ? payload : null;
  }

  /** What a webhook tells, if it is from Connect accounts (Standard Webhooks); else null. */
  function eventIn({ body, headers }: Request): WebhookEvent | null {
    if (webhookSecret === null) return null;
    try {
      return new Webhook(webhookSecret).verify(body, headers as Record<string, string>) as WebhookEvent;
    } catch {
      return null;
    }
  }

  const app = express();
  app.use(
    session({
      secret: randomBytes(32).toString('hex'),
      name: 'example_host',
      cookie: { sameSite: 'lax', httpOnly: true },
      resave: false,
      saveUninitialized: false,
    }),
  );
  app.use(express.urlencoded({ extended: false }));

  // It stands before anything that parses JSON: what is signed are the bytes.
  app.post('/webhooks', express.raw({ type: 'application/json', limit: '64kb' }), (request, response) => {
    const event = eventIn(request);
    if (event === null) return void response.sendStatus(400);
    const id = String(request.get('webhook-id'));
    const { identifier = '', connection = '', status = '' } = event.data;
    told.set(id, { identifier, text: [event.type, connection, status].filter(Boolean).join(' ') });
    for (const oldest of [...told.keys()].slice(0, -mostTold)) told.delete(oldest);
    response.sendStatus(204);
  });

  app.get('/', (request, response) => show(request, response, 'Acme Assistant'));

  // Whoever says so: the sign-in of a real app stands here.
  app.post('/sign-in', (request, response) => {
    request.session.identifier = String(request.body.identifier);
    response.redirect(303, '/');
  });

  app.post('/connect', async (request, response) => {
    if (request.session.identifier === undefined) return response.redirect(303, '/');
    const { ok, body } = await begin(request);
    if (!ok) return show(request, response, 'It did not start', String(body.detail));
    response.redirect(303, String(body.url));
  });

  // The same, for a window of its own.
  app.post('/session', async (request, response) => {
    if (request.session.identifier === undefined) return void response.sendStatus(401);
    const { ok, body } = await begin(request);
    response.status(ok ? 201 : 502).json(body);
  });

  // Whose browser came here is told by this app's own session, and by nothing in the address.
  app.get('/confirm', async (request, response) => {
    const { identifier } = request.session;
    if (identifier === undefined) return show(request, response, 'Sign in first');
    const { nonce, unverified_session_id: id } = request.query;
    const path = `/onboarding-sessions/${encodeURIComponent(String(id))}/confirm`;
    const confirmed = await ask('POST', path, { nonce: String(nonce), identifier });
    if (!confirmed.ok) {
      return show(request, response.status(403), 'This is not yours', String(confirmed.body.detail));
    }
    response.redirect(303, String(confirmed.body.continue_url));
  });

  app.get('/connected', async (request, response) => {
    const result = await resultOf(request);
    if (result === null) return show(request, response.status(400), 'This return proves nothing');
    delete request.session.onboarding;
    const outcomes = result.connections as { name: string; outcome: { kind: string } }[];
    const lines = outcomes.map(({ name, outcome }) => `${name}: ${outcome.kind}`);
    show(request, response, `Onboarding ${String(result.status)}`, ...lines);
  });

  app.post('/run', async (request, response) => {
    const { identifier = '' } = request.session;
    const needed = connections.filter(({ required }) => required).map(({ name }) => name);
    const query = new URLSearchParams({ connections: needed.join(',') });
    const { ok, body } = await ask('GET', `/users/${encodeURIComponent(identifier)}/connections?${query}`);
    const mayAct = ok && body.ready === true && body.stale === false;
    if (!mayAct) return show(request, response, 'The tool may not act for you yet');
    await show(request, response, 'The tool ran', ...(await runTool(identifier)));
  });

  return app;
}
