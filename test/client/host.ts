import { createServer } from 'node:http';
import createClient from 'openapi-fetch';
import type { components, paths, webhooks } from './generated/api.js';

/**
 * The side of another app, on a client that is generated from the API's description: what does not fit the description does not compile.
 */

const { CONNECT_URL = '', OWN_URL = '', API_KEY = '' } = process.env;
const api = createClient<paths>({ baseUrl: CONNECT_URL, headers: { Authorization: `Bearer ${API_KEY}` } });
/** Whoever is signed in, by the app's own session. */
const identifier = 'ada@example.com';

type Problem = components['schemas']['Problem'];
type Outcome = components['schemas']['Outcome'];
type Told = webhooks['onboarding.completed']['post']['requestBody']['content']['application/json'];

/** Every kind is one that the description lists. */
function inWords({ kind, reason }: Outcome): string {
  switch (kind) {
    case 'connected':
    case 'already_connected':
      return 'connected';
    case 'skipped':
    case 'not_done':
      return kind;
    case 'failed':
      return reason === 'consent_denied' ? 'denied' : `failed: ${reason}`;
  }
}

/** The compiler says so when a code is none of the description's. */
const isGone = ({ code }: Problem): boolean => code === 'onboarding_unknown' || code === 'onboarding_ended';

export const toldOf = ({ data }: Told): string =>
  (data.connections ?? []).map(({ name, outcome }) => `${name}: ${outcome && inWords(outcome)}`).join(', ');

async function connect(): Promise<string> {
  const { data, error } = await api.POST('/api/v1/onboarding-sessions', {
    body: { identifier, connections: [{ name: 'gmail' }], return_url: `${OWN_URL}/connected` },
  });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data.url;
}

async function confirm(id: string, nonce: string): Promise<string> {
  const { data, error } = await api.POST('/api/v1/onboarding-sessions/{id}/confirm', {
    params: { path: { id } },
    body: { nonce, identifier },
  });
  if (error) throw new Error(isGone(error) ? 'it has ended' : error.detail);
  return data.continue_url;
}

async function standing(id: string | null): Promise<string> {
  const { data } = await api.GET('/api/v1/users/{identifier}/connections', {
    params: { path: { identifier }, query: { connections: 'gmail' } },
  });
  const state = data?.connections[0]?.state ?? 'unknown';
  if (id === null) return `gmail is ${state}`;
  const session = await api.GET('/api/v1/onboarding-sessions/{id}', { params: { path: { id } } });
  const outcome = session.data?.connections[0]?.outcome ?? null;
  return `gmail is ${state}, ready: ${data?.ready}, outcome: ${outcome && inWords(outcome)}`;
}

createServer(async ({ url = '' }, response) => {
  const { pathname, searchParams: came } = new URL(url, OWN_URL);
  const goTo = (address: string) => response.writeHead(303, { Location: address }).end();
  const id = came.get('unverified_session_id');
  if (pathname === '/connect') return goTo(await connect());
  if (pathname === '/confirm') return goTo(await confirm(id ?? '', came.get('nonce') ?? ''));
  response.end(await standing(id));
}).listen(Number(new URL(OWN_URL).port), '127.0.0.1');
