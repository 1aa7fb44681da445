import { Validator } from '@seriousme/openapi-schema-validator';
import supertest, { type Response } from 'supertest';
import type { ApiDescription, Operation } from '../../../server/api/openApiTypes.js';
import { webhookBodies } from '../../../server/api/webhooks/webhookSchemas.js';
import { createApp } from '../../../server/app.js';
import { type ClientEventType, clientEventTypes } from '../../../server/store/clientEventStore.js';
import { routesOf } from '../../support/appRoutes.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { info, tokenIn } from '../../unit/onboarding/onboardings.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { exampleFaultsOf, faultsOf } from './describedAnswers.js';

const returnUrl = 'https://acme.example/back';

let app: JourneyApp;
let key: string;
let description: ApiDescription;

beforeAll(async () => {
  app = await startJourneyApp();
  const settings = someSettings({ scopes: ['onboarding', 'status:read', 'users:write'] });
  ({ key } = await app.deps.apiClients.create(settings, { actor: 'command' }));
  description = (await supertest(app.url).get('/api/v1/openapi.json')).body as ApiDescription;
});

afterAll(() => app.close());

function ask(method: 'get' | 'post' | 'delete', path: string, body?: object, withKey: string | null = key) {
  const request = supertest(app.url)[method](path);
  if (withKey !== null) request.set('Authorization', `Bearer ${withKey}`);
  return body === undefined ? request : request.send(body);
}

const sessions = '/api/v1/onboarding-sessions';
const users = `/api/v1/users/${encodeURIComponent(ada)}`;
const aSession = {
  identifier: ada,
  connections: [{ name: 'gmail' }, { name: 'exa', required: false }],
  return_url: returnUrl,
};

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(description)));
    expect({ valid, errors }).toMatchObject({ valid: true });
    expect(description.openapi).toBe('3.1.0');
    expect(description.servers).toEqual([{ url: app.url }]);
  });

  it('has every route that other apps can ask, and no other', () => {
    const registered = routesOf(createApp(app.deps))
      .filter(({ path }) => path.startsWith('/api/') || path.startsWith('/.well-known/'))
      .filter(({ path }) => path !== '/api/v1/docs')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(registered.sort());
  });

  it('names the parameters of its paths, and the scope of each operation', () => {
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const { parameters, security, operationId } of Object.values(methods)) {
        const inPath = parameters
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => `{${name}}`);
        expect([operationId, ...inPath]).toEqual([operationId, ...(path.match(/\{\w+\}/g) ?? [])]);
        expect(security.flatMap(({ apiKey }) => apiKey)).toEqual([]);
      }
    }
    expect(description.paths[sessions]?.post).toMatchObject({
      security: [{ apiKey: [] }],
      'x-scope': 'onboarding',
    });
    expect(description.paths['/api/v1/openapi.json']?.get?.security).toEqual([]);
  });

  it('is made of the schemas that requests are checked with', () => {
    const schema = description.paths[sessions]?.post?.requestBody?.content['application/json']?.schema;
    expect(schema).toEqual({ $ref: '#/components/schemas/NewOnboardingSession' });
    expect(description.components.schemas.NewOnboardingSession).toMatchObject({
      additionalProperties: false,
      required: ['identifier', 'connections', 'return_url'],
      properties: {
        identifier: { type: 'string', minLength: 1, maxLength: 100, description: expect.any(String) },
        user_check: { enum: ['confirm', 'sign_in', 'none'], default: 'confirm' },
        open_minutes: { minimum: 1, maximum: 20_160, default: 5 },
      },
    });
  });

  it('tells what every route really answers', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const { paths } = description;
    const session = paths[`${sessions}/{id}`];
    const confirm = paths[`${sessions}/{id}/confirm`]?.post;
    const status = paths['/api/v1/users/{identifier}/connections']?.get;
    const invite = paths['/api/v1/users/{identifier}/connections/{name}/invitations']?.post;
    const erase = paths['/api/v1/users/{identifier}']?.delete;
    const created = await ask('post', sessions, aSession);
    const one = `${sessions}/${created.body.id}`;
    const { sessions: onboardings } = app.deps.onboarding;
    const start = await onboardings.start(tokenIn(created.body.url), info);
    if (start === null) throw new Error('it did not start');
    const confirmUrl = new URL((await onboardings.confirmUrlOf(start.session, start.cookie)) ?? '');
    const said = { nonce: confirmUrl.searchParams.get('nonce'), identifier: ada };
    const answers: [Operation | undefined, number, Response][] = [
      [paths[sessions]?.post, 201, created],
      [paths[sessions]?.post, 400, await ask('post', sessions, {})],
      [paths[sessions]?.post, 415, await ask('post', sessions)],
      [paths[sessions]?.post, 401, await ask('post', sessions, aSession, null)],
      [session?.get, 200, await ask('get', one)],
      [session?.get, 404, await ask('get', `${sessions}/obs_x`)],
      [confirm, 200, await ask('post', `${one}/confirm`, said)],
      [confirm, 403, await ask('post', `${one}/confirm`, { nonce: 'x', identifier: ada })],
      [session?.delete, 200, await ask('delete', one)],
      [confirm, 409, await ask('post', `${one}/confirm`, said)],
      [status, 200, await ask('get', `${users}/connections`)],
      [status, 400, await ask('get', `${users}/connections?connections=nowhere`)],
      [invite, 200, await ask('post', `${users}/connections/gmail/invitations`)],
      [invite, 404, await ask('post', `${users}/connections/nowhere/invitations`)],
      [invite, 403, await ask('post', `${users}/connections/exa/invitations`, { address: 'a@b.example' })],
      [paths['/api/v1/client']?.get, 200, await ask('get', '/api/v1/client')],
      [
        paths['/.well-known/jwks.json']?.get,
        200,
        await ask('get', '/.well-known/jwks.json', undefined, null),
      ],
      [paths['/api/v1/openapi.json']?.get, 200, await ask('get', '/api/v1/openapi.json', undefined, null)],
      [erase, 200, await ask('delete', users)],
    ];
    await app.signIn(ada);
    await app.deps.users.seen(ada, null, 'ada@mail.example');
    answers.push([invite, 202, await ask('post', `${users}/connections/exa/invitations`)]);
    app.gateway.script.failAll('unreachable');
    await app.deps.reader.changed(ada);
    answers.push([status, 200, await ask('get', `${users}/connections`)]);
    answers.push([status, 503, await ask('get', '/api/v1/users/new/connections')]);
    answers.push([erase, 503, await ask('delete', users)]);
    app.gateway.script.recover();
    const told = answers.map(([operation, expected, answer]) => [
      operation?.operationId,
      expected,
      faultsOf(description, operation, answer),
    ]);
    expect(told).toEqual(
      answers.map(([operation, , { status: really }]) => [operation?.operationId, really, null]),
    );
  });

  it('has an example of every body, which the schema of that body accepts', () => {
    const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));
    expect(operations.flatMap((one) => exampleFaultsOf(description, one))).toEqual([]);
    const bodies = operations.flatMap(({ requestBody }) => requestBody?.content['application/json'] ?? []);
    expect(bodies).toHaveLength(3);
    for (const { example } of bodies) expect(Object.keys(example as object)).not.toEqual([]);
  });

  it('has an example of an onboarding that a client with those addresses can really create', async () => {
    const { example } = description.paths[sessions]?.post?.requestBody?.content['application/json'] ?? {};
    const created = await ask('post', sessions, example as object);
    expect(created.status).toBe(201);
    expect((await ask('get', `${sessions}/${created.body.id}`)).body).toMatchObject({
      identifier: 'ada@example.com',
      connections: [{ name: 'gmail', required: true }],
      return_url: returnUrl,
    });
  });

  it('tells of each webhook its headers and its body, with an example that the body’s own schema takes', async () => {
    expect(Object.keys(description.webhooks).sort()).toEqual([...clientEventTypes].sort());
    const { text } = await supertest(app.url).get('/api/v1/docs');
    const words = text.replaceAll('&#39;', "'").replaceAll('&#34;', '"');
    for (const [type, { post }] of Object.entries(description.webhooks)) {
      const { example } = post.requestBody.content['application/json'] ?? {};
      expect(webhookBodies[type as ClientEventType].parse(example)).toMatchObject({ type });
      expect(JSON.stringify(example)).not.toContain('connected_as');
      expect(post.parameters.map(({ name }) => name)).toEqual([
        'webhook-id',
        'webhook-timestamp',
        'webhook-signature',
      ]);
      expect(words).toContain(`id="${post.operationId}"`);
      expect(words).toContain(JSON.stringify(example, null, 2));
    }
  });

  it('shows each operation in the list beside them, as a command, and its answer', async () => {
    const { text } = await supertest(app.url).get('/api/v1/docs');
    const words = text.replaceAll('&#39;', "'").replaceAll('&#34;', '"');
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, { operationId, parameters, responses }] of Object.entries(methods)) {
        expect(words).toContain(`<a href="#${operationId}"><span class="docs-verb">${method.toUpperCase()}<`);
        const filled = parameters
          .filter((parameter) => parameter.in === 'path')
          .reduce(
            (address, { name, example }) => address.replace(`{${name}}`, encodeURIComponent(example)),
            path,
          );
        const verb = method === 'get' ? '' : `-X ${method.toUpperCase()} `;
        expect(words).toContain(`curl ${verb}'${app.url}${filled}`);
        for (const response of Object.values(responses)) {
          if ('$ref' in response) continue;
          const { example } = response.content['application/json'] ?? {};
          expect(words).toContain(JSON.stringify(example, null, 2));
        }
      }
    }
  });

  it('can be read by anybody as a page, without anything from elsewhere', async () => {
    const { status, type, text, headers } = await supertest(app.url).get('/api/v1/docs');
    expect([status, type]).toEqual([200, 'text/html']);
    expect(headers['set-cookie']).toBeUndefined();
    for (const methods of Object.values(description.paths)) {
      for (const { operationId } of Object.values(methods)) expect(text).toContain(`id="${operationId}"`);
    }
    expect(text).toContain('<code>connections[].name</code>');
    expect(text).toMatch(/one of confirm, sign_in, none, confirm when left out/);
    expect(text).not.toMatch(/undefined|\[object|(src|href)="https?:/);
  });
});
