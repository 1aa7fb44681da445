import { randomBytes, randomUUID } from 'node:crypto';
import ejs from 'ejs';
import express, { type Express, type Request, type Response } from 'express';
import session from 'express-session';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

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
}

const page = `<!doctype html><html lang="en"><title>Example host</title><link rel="icon" href="data:,"><main>
<h1><%= heading %></h1>
<% for (const line of lines) { %><p><%= line %></p><% } %>
<% if (identifier) { %><p>Signed in as <%= identifier %></p>
<form method="post" action="/connect"><button>Connect your accounts</button></form>
<form method="post" action="/run"><button>Run the tool</button></form><% } else { %>
<form method="post" action="/sign-in"><label>Identifier <input name="identifier"></label><button>Sign in</button></form>
<% } %></main></html>`;

/** Another app that has its users connect their accounts: everything that such an app has to do, and no more. */
export function createExampleHost(options: ExampleHostOptions): Express {
  const { connectUrl, clientId, apiKey, ownUrl, connections } = options;
  const resultKeys = createRemoteJWKSet(new URL(`${connectUrl}/.well-known/jwks.json`));
  /** The results that were taken, until they expire; in a database where there is more than one process. */
  const taken = new Map<string, number>();

  async function ask(method: 'GET' | 'POST', path: string, body?: object) {
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      ...(body && { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }),
    };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${connectUrl}/api/v1${path}`, init);
    return { ok: answer.ok, body: (await answer.json()) as Record<string, unknown> };
  }

  const show = (request: Request, response: Response, heading: string, ...lines: string[]) =>
    response.send(ejs.render(page, { heading, lines, identifier: request.session.identifier }));

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

  app.get('/', (request, response) => void show(request, response, 'Example host'));

  // Whoever says so: the sign-in of a real app stands here.
  app.post('/sign-in', (request, response) => {
    request.session.identifier = String(request.body.identifier);
    response.redirect(303, '/');
  });

  app.post('/connect', async (request, response) => {
    const { identifier } = request.session;
    if (identifier === undefined) return response.redirect(303, '/');
    const state = randomBytes(16).toString('base64url');
    const asked = { identifier, connections, state, return_url: `${ownUrl}/connected` };
    const made = await ask('POST', '/onboarding-sessions', asked);
    if (!made.ok) return void show(request, response, 'It did not start', String(made.body.detail));
    request.session.onboarding = { id: String(made.body.id), state };
    response.redirect(303, String(made.body.url));
  });

  // Whose browser came here is told by this app's own session, and by nothing in the address.
  app.get('/confirm', async (request, response) => {
    const { identifier } = request.session;
    if (identifier === undefined) return void show(request, response, 'Sign in first');
    const { nonce, unverified_session_id: id } = request.query;
    const path = `/onboarding-sessions/${encodeURIComponent(String(id))}/confirm`;
    const confirmed = await ask('POST', path, { nonce: String(nonce), identifier });
    if (!confirmed.ok) {
      return void show(request, response.status(403), 'This is not yours', String(confirmed.body.detail));
    }
    response.redirect(303, String(confirmed.body.continue_url));
  });

  app.get('/connected', async (request, response) => {
    const result = await resultOf(request);
    if (result === null) return void show(request, response.status(400), 'This return proves nothing');
    delete request.session.onboarding;
    const outcomes = result.connections as { name: string; outcome: string }[];
    const lines = outcomes.map(({ name, outcome }) => `${name}: ${outcome}`);
    show(request, response, `Onboarding ${String(result.status)}`, ...lines);
  });

  app.post('/run', async (request, response) => {
    const { identifier = '' } = request.session;
    const needed = connections.filter(({ required }) => required).map(({ name }) => name);
    const query = new URLSearchParams({ connections: needed.join(',') });
    const { ok, body } = await ask('GET', `/users/${encodeURIComponent(identifier)}/connections?${query}`);
    if (ok && body.ready === true && body.stale === false)
      return void show(request, response, 'The tool ran');
    show(request, response, 'The tool may not act for you yet');
  });

  return app;
}
