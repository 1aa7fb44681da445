import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdapterFactory, JWK, Provider } from 'oidc-provider';
import { freePort } from './freePort.js';
import { createOpenidMemory } from './openidAdapter.js';

/** What the provider says of somebody, besides `sub`. */
export type AccountClaims = Readonly<Record<string, unknown>>;

export interface TestProviderOptions {
  /** Whom one can sign in as, by `sub`. */
  readonly accounts: Readonly<Record<string, AccountClaims>>;
  /** A client without a secret. */
  readonly publicClient?: boolean;
  /** Where the claims of scopes are; userinfo when left out, as the specification has it. */
  readonly claimsIn?: 'userinfo' | 'id_token';
  /** Whether it offers to sign out there; it does when left out. */
  readonly endSession?: boolean;
  /** Whether it tells the app that was allowed first when a session ends; it does not when left out. */
  readonly backchannelLogout?: boolean;
}

/** An OpenID provider on loopback: oidc-provider, with pages of few words and faults on request. */
export interface TestProvider {
  readonly url: string;
  /** The environment of an app whose users sign in here. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes an app's callback and sign-in known. */
  allow(appOrigin: string): void;
  /** Signs with another key from now on. */
  rotateKeys(): void;
  /** Answers a path with this status from now on; null ends it. */
  answerWith(path: string, status: number | null): void;
  /** Keeps every request waiting until the returned function is called. */
  hold(): () => void;
  /** How many requests there were for a path. */
  count(path: string): number;
  stop(): Promise<void>;
  /** Comes back at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Loads oidc-provider, which warns of every Node.js that is older than 22 or not yet a long-term one. */
async function loadQuietly() {
  const { warn } = console;
  const warnOfOthers = (...told: unknown[]) => {
    if (!String(told[0]).includes('Unsupported runtime')) warn(...told);
  };
  Object.assign(console, { warn: warnOfOthers });
  try {
    return await import('oidc-provider');
  } finally {
    Object.assign(console, { warn });
  }
}

const oidc = await loadQuietly();

const secret = 'the-secret-of-the-test-client-0123456789';
const replacedLogout = 'https://replaced.example/logout';
const claims = { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'roles', 'login'] };

let keys = 0;
/** Made once, since making one takes its time. */
let firstKey: JWK | null = null;

function newKey(): JWK {
  keys += 1;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${keys}`, use: 'sig', alg: 'RS256' } as JWK;
}

/** Asks whether somebody wants to sign out here, too. @param form without a button */
function signOutPage(context: { body: unknown }, form: string): void {
  const yes = '<input type="hidden" name="logout" value="yes"><button>Sign out here too</button></form>';
  context.body = `<!doctype html><title>Provider</title><h1>Sign out?</h1>${form.replace('</form>', yes)}`;
}

interface ProviderParts {
  readonly memory: AdapterFactory;
  readonly key: JWK;
  /** The addresses that browsers may be sent back to. */
  readonly allowed: ReadonlySet<string>;
  /** Where the end of a session is told. */
  logoutAt(): string;
}

function makeProvider(issuer: string, options: TestProviderOptions, parts: ProviderParts): Provider {
  const isPublic = options.publicClient ?? false;
  const provider = new oidc.Provider(issuer, {
    clients: [
      {
        client_id: 'connect',
        ...(isPublic ? {} : { client_secret: secret }),
        token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
        redirect_uris: ['https://replaced.example/'],
        ...(options.backchannelLogout
          ? { backchannel_logout_uri: replacedLogout, backchannel_logout_session_required: true }
          : {}),
      },
    ],
    adapter: parts.memory,
    claims,
    conformIdTokenClaims: options.claimsIn !== 'id_token',
    cookies: { keys: ['a key of the tests'] },
    jwks: { keys: [parts.key] },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: options.backchannelLogout ?? false },
      rpInitiatedLogout: { enabled: options.endSession ?? true, logoutSource: signOutPage },
    },
    // The app's address is known only once it listens. By itself the provider reaches no loopback address either.
    fetch: (url, { method, headers, body } = {}) =>
      fetch(url === replacedLogout ? parts.logoutAt() : url, { method, headers, body } as RequestInit),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 600,
      Grant: 600,
      Session: 600,
    },
    renderError(context, out) {
      context.body = `<h1>Provider error</h1><p>${out.error}: ${out.error_description ?? ''}</p>`;
    },
    findAccount: (_context, sub) => {
      const told = options.accounts[sub];
      return told === undefined ? undefined : { accountId: sub, claims: () => ({ sub, ...told }) };
    },
    async loadExistingGrant({ oidc }) {
      const { client, session, provider: self } = oidc;
      const grant = new self.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  // The ports of the apps are known only once they listen.
  Object.assign(provider.Client.prototype, {
    redirectUriAllowed: (uri: string) => parts.allowed.has(uri),
    postLogoutRedirectUriAllowed: (uri: string) => parts.allowed.has(uri),
  });
  return provider;
}

/** The page on which somebody signs in, or does not. */
function interactionPage(action: string, accounts: TestProviderOptions['accounts']): string {
  const form = (value: string, label: string) =>
    `<form method="post" action="${action}"><input type="hidden" name="account" value="${value}"><button>${label}</button></form>`;
  const people = Object.keys(accounts).map((sub) => form(sub, `Continue as ${sub}`));
  return `<!doctype html><title>Provider</title><h1>Sign in at the provider</h1>${people.join('')}${form('', 'Deny')}`;
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function interact(
  provider: Provider,
  accounts: TestProviderOptions['accounts'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html');
    response.end(interactionPage(request.url ?? '', accounts));
    return;
  }
  const accountId = (await bodyOf(request)).get('account') ?? '';
  const result = accountId === '' ? { error: 'access_denied' } : { login: { accountId } };
  await provider.interactionFinished(request, response, result);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', () => resolve((server.address() as AddressInfo).port));
  });
}

const stopped = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Starts a provider on a free port of `localhost`, which is another site than the `127.0.0.1` of the test apps. */
export async function startTestProvider(options: TestProviderOptions): Promise<TestProvider> {
  const allowed = new Set<string>();
  const statuses = new Map<string, number>();
  const counts = new Map<string, number>();
  let held: Promise<void> = Promise.resolve();
  let provider: Provider | null = null;
  let logoutAt = '';

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?', 1);
    counts.set(path, (counts.get(path) ?? 0) + 1);
    await held;
    const status = statuses.get(path);
    if (status !== undefined)
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Trouble</h1>');
    else if (path === '/favicon.ico') response.writeHead(204).end();
    else if (provider === null) response.destroy();
    else if (path.startsWith('/interaction/')) await interact(provider, options.accounts, request, response);
    else await provider.callback()(request, response);
  }

  const newServer = () =>
    createServer({ keepAliveTimeout: 0 }, (request, response) => {
      handle(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
  let server = newServer();
  const port = await listen(server, await freePort());
  const url = `http://localhost:${port}`;
  const memory = createOpenidMemory();
  const useKey = (key: JWK) => {
    provider = makeProvider(url, options, { memory, key, allowed, logoutAt: () => logoutAt });
  };
  firstKey ??= newKey();
  useKey(firstKey);

  return {
    url,
    env: {
      AUTH_MODE: 'oidc',
      OIDC_ISSUER_URL: url,
      OIDC_CLIENT_ID: 'connect',
      ...(options.publicClient ? {} : { OIDC_CLIENT_SECRET: secret }),
    },
    allow(appOrigin) {
      if (logoutAt === '') logoutAt = `${appOrigin}/sign-in/backchannel-logout`;
      allowed.add(`${appOrigin}/sign-in/callback`);
      allowed.add(`${appOrigin}/sign-in`);
    },
    rotateKeys: () => useKey(newKey()),
    answerWith(path, status) {
      if (status === null) statuses.delete(path);
      else statuses.set(path, status);
    },
    hold() {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    count: (path) => counts.get(path) ?? 0,
    stop: () => stopped(server),
    async start() {
      server = newServer();
      await listen(server, port);
    },
    close: () => stopped(server),
  };
}
