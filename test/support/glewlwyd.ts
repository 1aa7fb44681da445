import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { freePort } from './freePort.js';
import { folderFor, startServerProgram } from './serverProgram.js';

/** Debian's glewlwyd as an OpenID provider, with one user. Nobody of this project wrote it. */
export interface Glewlwyd {
  /** The environment of an app whose users sign in here. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes an app's addresses known. */
  allow(appOrigin: string): Promise<void>;
  /** Signs its user in there, and lets the app know of them. @returns the cookie of its session */
  signIn(): Promise<{ readonly name: string; readonly value: string }>;
  close(): Promise<void>;
}

export interface GlewlwydOptions {
  /** Signs ID tokens with a secret in place of a key. */
  readonly signsWithSecret?: boolean;
}

const schema = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
const modules = '/usr/lib/glewlwyd';
const sessionCookie = 'GLEWLWYD2_SESSION_ID';
/** With marks that are written otherwise in some encodings. */
const clientId = 'connect-accounts';
const clientSecret = 'a_secret-of.the-tests';

/** What its administrators and users send, with the cookie of their session. */
class Session {
  cookie = '';

  constructor(private readonly url: string) {}

  async send(method: string, place: string, body: object): Promise<void> {
    const response = await fetch(`${this.url}/api/${place}`, {
      method,
      headers: { 'content-type': 'application/json', cookie: `${sessionCookie}=${this.cookie}` },
      body: JSON.stringify(body),
    });
    if (!response.ok)
      throw new Error(`glewlwyd refused ${place}: ${response.status} ${await response.text()}`);
    for (const line of response.headers.getSetCookie()) {
      const [, value] = new RegExp(`^${sessionCookie}=([^;]*)`).exec(line) ?? [];
      if (value !== undefined) this.cookie = value;
    }
  }
}

function pluginOf(issuer: string, { signsWithSecret = false }: GlewlwydOptions): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256' };
  const kinds = ['token', 'none', 'password', 'client', 'refresh', 'device'];
  return {
    module: 'oidc',
    name: 'oidc',
    display_name: 'OpenID Connect',
    parameters: {
      iss: issuer,
      'jwks-show': true,
      ...(signsWithSecret
        ? { 'jwt-type': 'sha', key: 'a secret that signs' }
        : { 'jwt-type': 'rsa', 'jwks-private': JSON.stringify({ keys: [key] }), 'default-kid': 'key-1' }),
      'jwt-key-size': '256',
      'access-token-duration': 3600,
      'refresh-token-duration': 3600,
      'code-duration': 600,
      'refresh-token-rolling': false,
      'allow-non-oidc': false,
      'auth-type-code-enabled': true,
      'auth-type-id-token-enabled': true,
      ...Object.fromEntries(kinds.map((kind) => [`auth-type-${kind}-enabled`, false])),
      'pkce-allowed': true,
      'pkce-method-plain-allowed': false,
      'subject-type': 'public',
      claims: [],
      'name-claim': 'mandatory',
      'email-claim': 'mandatory',
      'session-cookie-name': 'GLEWLWYD2_OIDC_SID',
      'session-cookie-expiration': 3600,
    },
  };
}

/** @param program where glewlwyd is */
export async function startGlewlwyd(program: string, options: GlewlwydOptions = {}): Promise<Glewlwyd> {
  const folder = folderFor('glewlwyd');
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const issuer = `${url}/api/oidc`;
  const file = path.join(folder, 'glewlwyd.db');
  const database = new Database(file);
  database.exec(readFileSync(schema, 'utf8'));
  database.close();
  const settings = {
    bind_address: '127.0.0.1',
    external_url: `${url}/`,
    login_url: 'login.html',
    api_prefix: 'api',
    log_mode: 'console',
    log_level: 'INFO',
    session_key: sessionCookie,
    admin_scope: 'g_admin',
    profile_scope: 'g_profile',
    hash_algorithm: 'SHA512',
    user_module_path: `${modules}/user`,
    client_module_path: `${modules}/client`,
    user_auth_scheme_module_path: `${modules}/scheme`,
    plugin_module_path: `${modules}/plugin`,
  };
  writeFileSync(
    path.join(folder, 'glewlwyd.conf'),
    [
      `port=${port}`,
      'cookie_secure=0',
      ...Object.entries(settings).map(([name, value]) => `${name}="${value}"`),
      `database = { type = "sqlite3"; path = "${file}"; };`,
    ].join('\n'),
  );
  const server = await startServerProgram(program, ['-c', path.join(folder, 'glewlwyd.conf')], {
    port,
    folder,
  });
  const admin = new Session(url);
  await admin.send('POST', 'auth/', { username: 'admin', password: 'password' });
  await admin.send('POST', 'mod/plugin/', pluginOf(issuer, options));
  await admin.send('POST', 'user/', {
    username: 'ada',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    password: 'analytical engine',
    scope: ['openid', 'g_profile'],
    enabled: true,
  });

  return {
    env: {
      AUTH_MODE: 'oidc',
      OIDC_ISSUER_URL: issuer,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_SCOPES: 'openid',
    },
    allow: (appOrigin) =>
      admin.send('POST', 'client/', {
        client_id: clientId,
        name: 'Connect accounts',
        confidential: true,
        password: clientSecret,
        client_secret: clientSecret,
        token_endpoint_auth_method: ['client_secret_basic'],
        redirect_uri: [`${appOrigin}/sign-in/callback`],
        authorization_type: ['code'],
        scope: ['openid'],
        enabled: true,
      }),
    async signIn() {
      const user = new Session(url);
      await user.send('POST', 'auth/', { username: 'ada', password: 'analytical engine' });
      await user.send('PUT', `auth/grant/${clientId}`, { scope: 'openid' });
      return { name: sessionCookie, value: user.cookie };
    },
    close: server.close,
  };
}
