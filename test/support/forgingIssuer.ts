import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Forgery {
  /** What the ID token says, over what an honest one would. */
  claims?: Readonly<Record<string, unknown>>;
  /** Leaves these claims out. */
  without?: readonly string[];
  /** Signs with a key that the issuer does not publish. */
  otherKey?: boolean;
  /** Says that it is not signed, and is not. */
  unsigned?: boolean;
  /** Sends another `iss` back with the browser (RFC 9207). */
  issuerOfRedirect?: string;
  /** Says this in its settings, over what an honest one would; null is said as null. */
  settings?: Readonly<Record<string, unknown>>;
  /** Signs with a secret (HS256) in place of a key. */
  secretSigned?: boolean;
  /** Refuses userinfo with this status. */
  userInfoStatus?: number;
  /** Is done before userinfo is answered, while the app waits for it. */
  beforeUserInfo?: () => Promise<unknown>;
  /** Whom userinfo is about. */
  userInfo?: Readonly<Record<string, unknown>>;
  /** Comes back with an error in place of a code. */
  error?: string;
  /** What it says of that error. */
  errorDescription?: string;
  /** Refuses the code with this answer (RFC 6749, 5.2). */
  tokenError?: { readonly error: string; readonly error_description: string };
}

/** An OpenID provider that signs everybody in at once, and lies as it is told. */
export interface ForgingIssuer {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it signs with, as `own`. */
  readonly key: KeyObject;
  forge(forgery: Forgery): void;
  /** Publishes one more key. */
  publish(kid: string, key: KeyObject): void;
  /** How often its keys were asked for. */
  keysAsked(): number;
  /** How often tokens were asked for since the last time that this was called. */
  tokensAsked(): number;
  close(): Promise<void>;
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenOf(
  claims: object,
  { unsigned, otherKey, secretSigned }: Forgery,
  keys: Record<'own' | 'other', KeyObject>,
): string {
  if (secretSigned) {
    const content = `${base64({ alg: 'HS256' })}.${base64(claims)}`;
    return `${content}.${createHmac('sha256', 'a shared secret').update(content).digest('base64url')}`;
  }
  const header = unsigned ? { alg: 'none' } : { alg: 'RS256', kid: 'own' };
  const content = `${base64(header)}.${base64(claims)}`;
  if (unsigned) return `${content}.`;
  const key = otherKey ? keys.other : keys.own;
  return `${content}.${createSign('RSA-SHA256').update(content).sign(key).toString('base64url')}`;
}

const newPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
/** Made once, since making them takes its time. */
let pairs: Record<'own' | 'other', ReturnType<typeof newPair>> | null = null;

/** Starts one on a free port of `localhost`. */
export async function startForgingIssuer(): Promise<ForgingIssuer> {
  pairs ??= { own: newPair(), other: newPair() };
  const { own, other } = pairs;
  const keys = { own: own.privateKey, other: other.privateKey };
  const published = [{ kid: 'own', key: own.publicKey }];
  let keysAsked = 0;
  let tokensAsked = 0;
  let forgery: Forgery = {};
  let url = '';

  function idToken(nonce: string): string {
    const now = Math.floor(Date.now() / 1000);
    const honest = {
      iss: url,
      aud: 'connect',
      sub: 'mallory',
      name: 'Mallory',
      iat: now,
      exp: now + 600,
      nonce,
    };
    const claims = Object.entries({ ...honest, ...forgery.claims });
    return tokenOf(
      Object.fromEntries(claims.filter(([name]) => !forgery.without?.includes(name))),
      forgery,
      keys,
    );
  }

  /** The code is the nonce of the try, so that nothing has to be kept of it. */
  function redirectOf({ searchParams }: URL): string {
    const back = new URL(searchParams.get('redirect_uri') ?? '');
    back.searchParams.set('state', searchParams.get('state') ?? '');
    if (forgery.settings?.authorization_response_iss_parameter_supported !== false)
      back.searchParams.set('iss', forgery.issuerOfRedirect ?? url);
    if (forgery.error === undefined) back.searchParams.set('code', searchParams.get('nonce') ?? '');
    else back.searchParams.set('error', forgery.error);
    if (forgery.errorDescription !== undefined)
      back.searchParams.set('error_description', forgery.errorDescription);
    return back.href;
  }

  const answers: Readonly<Record<string, (sent: URLSearchParams) => object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer: url,
      authorization_endpoint: `${url}/auth`,
      token_endpoint: `${url}/token`,
      userinfo_endpoint: `${url}/me`,
      jwks_uri: `${url}/jwks`,
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ['RS256'],
      ...forgery.settings,
    }),
    '/jwks': () => {
      keysAsked += 1;
      return {
        keys: published.map(({ kid, key }) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' })),
      };
    },
    '/token': (sent) => {
      tokensAsked += 1;
      return { access_token: 'a-token', token_type: 'Bearer', id_token: idToken(sent.get('code') ?? '') };
    },
    '/me': () => ({ sub: forgery.claims?.sub ?? 'mallory', ...forgery.userInfo }),
  };

  const server = createServer(async (request, response) => {
    const asked = new URL(request.url ?? '/', url);
    // Some issuers have a path.
    const path = asked.pathname.endsWith('/.well-known/openid-configuration')
      ? '/.well-known/openid-configuration'
      : asked.pathname;
    if (path === '/me' && forgery.userInfoStatus !== undefined)
      response.writeHead(forgery.userInfoStatus, { 'content-type': 'application/json' }).end('{}');
    else if (path === '/auth') response.writeHead(302, { location: redirectOf(asked) }).end();
    else if (answers[path] === undefined) response.writeHead(404).end();
    else {
      const refusal = path === '/token' ? forgery.tokenError : undefined;
      if (path === '/me') await forgery.beforeUserInfo?.();
      response.writeHead(refusal === undefined ? 200 : 400, { 'content-type': 'application/json' });
      const sent = new URLSearchParams(await text(request));
      response.end(JSON.stringify(refusal ?? answers[path]?.(sent)));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  url = `http://localhost:${(server.address() as AddressInfo).port}`;

  return {
    url,
    env: { AUTH_MODE: 'oidc', OIDC_ISSUER_URL: url, OIDC_CLIENT_ID: 'connect' },
    key: own.privateKey,
    publish: (kid, key) => void published.push({ kid, key }),
    keysAsked: () => keysAsked,
    tokensAsked() {
      const asked = tokensAsked;
      tokensAsked = 0;
      return asked;
    },
    forge(next) {
      forgery = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
