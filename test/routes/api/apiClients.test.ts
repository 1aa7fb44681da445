import express from 'express';
import supertest from 'supertest';
import { errorHandler } from '../../../server/http/errorHandler.js';
import { createLanguages } from '../../../server/http/language.js';
import { createApiClientGuard, currentClient } from '../../../server/identity/clients/apiClientGuard.js';
import { newApiKey } from '../../../server/identity/clients/apiKey.js';
import { createDictionary } from '../../../server/words/words.js';
import { afterAll, attacks, beforeAll, describe, expect, it } from '../../support/jest.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';

const by = { actor: 'command' };
const ownClient = '/api/v1/client';

let app: JourneyApp;
let key: string;

const ask = (authorization: string | null, path = ownClient) => {
  const request = supertest(app.url).get(path).set('Accept', 'text/html');
  return authorization === null ? request : request.set('Authorization', authorization);
};

beforeAll(async () => {
  app = await startJourneyApp({ env: { RATE_LIMIT_API_FAILURES_PER_MINUTE: '1000' } });
  key = (await app.deps.apiClients.create(someSettings(), by)).key;
});

afterAll(() => app.close());

describe('the API', () => {
  it('tells a client who it is, and how often it may ask', async () => {
    const response = await ask(`Bearer ${key}`);
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ name: 'Acme Assistant', scopes: ['status:read'] });
    expect(response.headers['ratelimit-policy']).toBe('"api";q=6000;w=60');
    expect(response.headers.ratelimit).toMatch(/^"api";r=5\d\d\d;t=\d+$/);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('takes the scheme in any case', async () => {
    expect((await ask(`bearer ${key}`)).status).toBe(200);
  });

  it.each([
    ['no key', () => null, 'Bearer realm="api"'],
    ['another scheme', () => `Basic ${key}`, 'Bearer realm="api"'],
    ['an empty key', () => 'Bearer ', 'Bearer realm="api"'],
    ['a cut key', () => `Bearer ${key.slice(0, -1)}`, 'Bearer realm="api", error="invalid_token"'],
    ['a key with more behind it', () => `Bearer ${key} x`, 'Bearer realm="api", error="invalid_token"'],
    ['something else', () => 'Bearer x', 'Bearer realm="api", error="invalid_token"'],
  ])('answers 401 as problem+json to %s', async (_, authorization, challenge) => {
    const response = await ask(authorization());
    expect(response.status).toBe(401);
    expect(response.headers['www-authenticate']).toBe(challenge);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.body).toMatchObject({ type: 'about:blank', status: 401 });
    expect(response.text).not.toContain(key.slice(21, 60));
  });

  it('takes no key from the address or a form', async () => {
    expect((await ask(null, `${ownClient}?access_token=${key}`)).status).toBe(401);
  });

  it('answers 404 as problem+json where there is nothing', async () => {
    const response = await ask(`Bearer ${key}`, '/api/v1/nothing');
    expect(response.status).toBe(404);
    expect(response.body).toMatchObject({ code: 'not_found' });
  });

  it('reads no session and sets no cookie', async () => {
    const visitor = await app.signIn('ada@example.com');
    const response = await visitor.getJson(ownClient);
    expect(response.status).toBe(401);
    expect(response.headers['set-cookie']).toBeUndefined();
    expect((await ask(`Bearer ${key}`)).headers['set-cookie']).toBeUndefined();
  });

  it('refuses a key as soon as its client is revoked, and an old key once a rotation ended it', async () => {
    const { apiClients } = app.deps;
    const { client, key: first } = await apiClients.create(someSettings(), by);
    expect((await ask(`Bearer ${first}`)).status).toBe(200);
    const second = await apiClients.rotate(client.id, 0, by);
    expect((await ask(`Bearer ${first}`)).status).toBe(401);
    expect((await ask(`Bearer ${second}`)).status).toBe(200);
    await apiClients.revoke(client.id, by);
    expect((await ask(`Bearer ${second}`)).status).toBe(401);
    expect((await ask(`Bearer ${key}`)).status).toBe(200);
  });

  it('keeps keys out of the log', async () => {
    attacks('nothing-secret-in-logs');
    await ask(`Bearer ${key}`);
    await ask(`Bearer ${key.slice(0, -1)}`);
    expect(JSON.stringify(app.logLines())).not.toContain(key.slice(21, 60));
  });
});

describe('the guard of the API', () => {
  const serve = (limits: { requestsPerMinute?: number; failuresPerMinute?: number } = {}) => {
    const { apiClients, logger, pool } = app.deps;
    const { requireClient } = createApiClientGuard({
      apiClients,
      pool,
      requestsPerMinute: 1000,
      failuresPerMinute: 1000,
      ...limits,
    });
    const served = express();
    served.use(createLanguages(createDictionary(), 'http://localhost').choose);
    served.get('/status', requireClient('status:read'), (request, response) => {
      response.json(currentClient(request).name);
    });
    served.get('/users', requireClient('users:write'), (_request, response) => {
      response.json('written');
    });
    served.get('/unguarded.json', (request, response) => {
      response.json(currentClient(request).name);
    });
    served.use(errorHandler(logger));
    return (path: string, bearer: string) =>
      supertest(served)
        .get(path)
        .set({ Authorization: `Bearer ${bearer}`, Accept: 'application/json' });
  };

  it('asks for the scope of the route', async () => {
    const call = serve();
    expect((await call('/status', key)).body).toBe('Acme Assistant');
    const refused = await call('/users', key);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'insufficient_scope' });
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer realm="api", error="insufficient_scope", scope="users:write"',
    );
  });

  it('knows no client on a route that it does not guard', async () => {
    expect((await serve()('/unguarded.json', key)).status).toBe(401);
  });

  it('bounds each client by itself, and says when to come back', async () => {
    const { key: other } = await app.deps.apiClients.create(someSettings(), by);
    const call = serve({ requestsPerMinute: 2 });
    expect((await call('/status', key)).headers.ratelimit).toMatch(/^"api";r=1;t=\d+$/);
    expect((await call('/status', key)).headers.ratelimit).toMatch(/^"api";r=0;t=\d+$/);
    const refused = await call('/status', key);
    expect(refused.status).toBe(429);
    expect(refused.headers.ratelimit).toMatch(/^"api";r=0;t=\d+$/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await call('/status', other)).status).toBe(200);
  });

  it('bounds the guesses of an address', async () => {
    const call = serve({ failuresPerMinute: 3 });
    expect((await call('/status', key)).status).toBe(200);
    for (let guess = 0; guess < 3; guess += 1) expect((await call('/status', 'cak_x')).status).toBe(401);
    expect((await call('/status', 'cak_x')).status).toBe(429);
  });

  it('never refuses a good key for the guesses of its address', async () => {
    const call = serve({ failuresPerMinute: 3 });
    const { key: other } = await app.deps.apiClients.create(someSettings(), by);
    for (let guess = 0; guess < 40; guess += 1) await call('/status', newApiKey().text);
    expect((await call('/status', newApiKey().text)).status).toBe(429);
    for (const good of [key, other, key]) expect((await call('/status', good)).status).toBe(200);
    expect((await call('/status', newApiKey().text)).status).toBe(429);
  });
});
