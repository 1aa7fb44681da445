import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { createApp } from '../../server/app.js';
import { createMetrics } from '../../server/http/metrics/metricsRegistry.js';
import { routes as pathsOf } from '../../server/paths.js';
import { Client, formsOf } from '../compare/client.js';
import { routesOf } from '../support/appRoutes.js';
import { type ForgingIssuer, startForgingIssuer } from '../support/forgingIssuer.js';
import { createMemoryGateway } from '../support/memoryGateway.js';
import { startTestApp } from '../support/testApp.js';
import { someSettings } from '../unit/identity/clients/clients.js';
import { limits, pageRules } from './fuzzedApp.js';
import { FuzzedPlace, type Player, stranger } from './fuzzedPlace.js';
import { Knowledge } from './known.js';
import { type Person, stands } from './shots.js';

const publicUrl = 'https://127.0.0.1/apps/connect';
const basePath = '/apps/connect';
/** What stays at the root, whatever the base path. */
const atRoot: readonly string[] = [pathsOf.readyz, pathsOf.metrics];

/** What a proxy that ends TLS says of each request. */
const ofProxy = [
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-For', '192.0.2.7'],
] as const;

/** A token by which the provider says that somebody has signed out there. */
function logoutToken({ url, key }: ForgingIssuer): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const claims = {
    iss: url,
    aud: 'connect',
    iat,
    exp: iat + 3600,
    jti: randomUUID(),
    sub: 'mallory',
    events,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt', kid: 'own' }).sign(key);
}

/** Starts the app as it is behind a proxy, below a path, with an OpenID provider. Its people have just begun to sign in. */
export async function startFuzzedFront(): Promise<FuzzedPlace> {
  const issuer = await startForgingIssuer();
  const gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  const env = { ...issuer.env, ...limits, PUBLIC_URL: publicUrl, TRUST_PROXY: '1' };
  const app = await startTestApp({ gateway, env, metrics: createMetrics() });
  const routes = routesOf(createApp(app.deps)).map(({ method, path }) => ({
    method,
    path: atRoot.includes(path) ? path : basePath + path,
  }));
  const knowledge = new Knowledge(routes);
  knowledge.learn(
    `${basePath}${pathsOf.signInCallback}?code=${stands.code}&state=${stands.state}&iss=${issuer.url}`,
  );
  knowledge.learn(`${basePath}/connections/gmail/status?flow=x`);
  knowledge.learnFields(basePath + pathsOf.backchannelLogout, { logout_token: await logoutToken(issuer) });

  async function join(person: Person): Promise<Player> {
    if (person === 'client' || person === 'wrong key') {
      const scopes = ['onboarding', 'status:read', 'users:write'] as const;
      const { key } = await app.deps.apiClients.create(someSettings({ scopes }), { actor: 'command' });
      const authorization = `Bearer ${person === 'client' ? key : 'cak_wrong'}`;
      return { ...stranger, headers: ofProxy, authorization };
    }
    const client = new Client(app.url);
    const headers = Object.fromEntries(ofProxy);
    const page = await client.get(basePath + pathsOf.signIn, headers);
    const [form] = formsOf(page.text).filter(({ fields }) => fields._csrf);
    const body = new URLSearchParams(form?.fields);
    const sent = await client.send('POST', basePath + pathsOf.signIn, { headers, body });
    const back = await fetch(sent.location ?? '', { redirect: 'manual' });
    const { searchParams } = new URL(back.headers.get('location') ?? '');
    return {
      ...stranger,
      headers: ofProxy,
      cookies: client.cookies,
      own: {
        [stands.csrf]: form?.fields._csrf ?? '',
        [stands.code]: searchParams.get('code') ?? '',
        [stands.state]: searchParams.get('state') ?? '',
      },
    };
  }

  return new FuzzedPlace({
    origin: app.url,
    routes,
    knowledge,
    rules: { ...pageRules, leadsTo: ['https://127.0.0.1', issuer.url] },
    join,
    isOver: (_person, { headers }) => headers.has('set-cookie'),
    takeLog: app.takeLog,
    async close() {
      await app.close();
      await issuer.close();
    },
  });
}
