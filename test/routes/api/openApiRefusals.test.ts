import supertest, { type Response } from 'supertest';
import type { ApiDescription, Method } from '../../../server/api/openApiTypes.js';
import type { Scope } from '../../../server/identity/clients/apiClient.js';
import type { ScalekitErrorKind } from '../../../server/scalekit/scalekitError.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { startTcpFront, type TcpFront } from '../../support/tcpFront.js';
import type { TestAppOptions } from '../../support/testApp.js';
import { someSettings } from '../../unit/identity/clients/clients.js';
import { ada, type JourneyApp, startJourneyApp } from '../accounts/flow/journeys.js';
import { faultsOf } from './describedAnswers.js';

const allScopes = ['onboarding', 'status:read', 'users:write'] as const;

interface Asked {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One app, and a client of it. */
class Stage {
  private constructor(
    readonly app: JourneyApp,
    readonly key: string,
  ) {}

  static async open(options: Partial<TestAppOptions> = {}): Promise<Stage> {
    const app = await startJourneyApp(options as Parameters<typeof startJourneyApp>[0]);
    return new Stage(app, await Stage.keyOf(app, allScopes));
  }

  static async keyOf({ deps }: JourneyApp, scopes: readonly Scope[]): Promise<string> {
    return (await deps.apiClients.create(someSettings({ scopes }), { actor: 'command' })).key;
  }

  ask({ method, path, body, headers = {} }: Asked, key: string | null = this.key) {
    const request = supertest(this.app.url)[method](path);
    if (key !== null) request.set('Authorization', `Bearer ${key}`);
    request.set(headers);
    return body === undefined ? request : request.send(body as object);
  }
}

const sessions = '/api/v1/onboarding-sessions';
const user = `/api/v1/users/${encodeURIComponent(ada)}`;
const aSession = {
  identifier: ada,
  connections: [{ name: 'gmail' }],
  return_url: 'https://acme.example/back',
};
const said = { nonce: 'x', identifier: ada };

/** What each operation is asked for when nothing is wrong with the request. */
const requests: Readonly<Record<string, Asked>> = {
  readUserConnections: { method: 'get', path: `${user}/connections` },
  inviteUser: { method: 'post', path: `${user}/connections/gmail/invitations`, body: {} },
  eraseUser: { method: 'delete', path: user },
  listConnections: { method: 'get', path: '/api/v1/connections' },
  listOnboardingSessions: { method: 'get', path: sessions },
  createOnboardingSession: { method: 'post', path: sessions, body: aSession },
  readOnboardingSession: { method: 'get', path: `${sessions}/obs_x` },
  cancelOnboardingSession: { method: 'delete', path: `${sessions}/obs_x` },
  confirmOnboardingSession: { method: 'post', path: `${sessions}/obs_x/confirm`, body: said },
  readOwnClient: { method: 'get', path: '/api/v1/client' },
  readResultKeys: { method: 'get', path: '/.well-known/jwks.json' },
  readDescription: { method: 'get', path: '/api/v1/openapi.json' },
};

const requestOf = (id: string): Asked => {
  const request = requests[id];
  if (request === undefined) throw new Error(`nobody knows how to ask ${id}`);
  return request;
};

let stage: Stage;
let limited: Stage;
let down: Stage;
let broken: Stage;
let away: Stage;
let network: TcpFront;
let postgres: PostgresDatabase;
let withoutSignIn: Stage;
let description: ApiDescription;

beforeAll(async () => {
  stage = await Stage.open();
  limited = await Stage.open({ env: { RATE_LIMIT_API_PER_MINUTE: '1' } });
  await limited.ask(requestOf('readOwnClient'));
  [down, broken] = [await Stage.open(), await Stage.open()];
  await broken.app.deps.db.destroy();
  postgres = await createPostgresDatabase();
  const url = new URL(postgres.url);
  network = await startTcpFront(Number(url.port));
  url.port = String(network.port);
  away = await Stage.open({ databaseUrl: url.href });
  network.cut('refuse');
  withoutSignIn = await Stage.open({
    env: {
      PUBLIC_URL: 'https://connect.example',
      TRUST_PROXY: '1',
      SESSION_SECRET: 'a secret of the tests that is long enough',
      SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.example',
      SCALEKIT_CLIENT_ID: 'id',
      SCALEKIT_CLIENT_SECRET: 'secret',
    },
  });
  description = (await stage.ask(requestOf('readDescription'))).body as ApiDescription;
});

afterAll(async () => {
  await Promise.all([stage, limited, down, broken, away, withoutSignIn].map(({ app }) => app.close()));
  await network.close();
  await postgres.drop();
});

const outage = (kind: ScalekitErrorKind) => (request: Asked) => {
  down.app.gateway.script.failAll(kind);
  return down.ask(request);
};

const isList = ({ method, path }: Asked) =>
  method === 'get' && [sessions, '/api/v1/connections'].includes(path);

/** How a request comes to be refused with a status, whatever is asked; more for single operations below. */
const refusals: Readonly<Record<number, (request: Asked) => PromiseLike<Response>>> = {
  400: (request) =>
    stage.ask(
      request.path === sessions && request.method === 'post'
        ? { ...request, body: {} }
        : isList(request)
          ? { ...request, path: `${request.path}?nobody=1` }
          : {
              ...request,
              path: request.path.replace(encodeURIComponent(ada), '%00').replace('obs_x', '%00'),
            },
    ),
  401: (request) => stage.ask(request, 'cak_wrong'),
  403: async (request) => stage.ask(request, await Stage.keyOf(stage.app, [])),
  404: (request) => stage.ask({ ...request, path: request.path.replace('gmail', 'nowhere') }),
  413: (request) => stage.ask({ ...request, body: { long: 'x'.repeat(65 * 1024) } }),
  415: (request) => stage.ask({ ...request, headers: { 'Content-Type': 'text/plain' }, body: 'x' }),
  422: async (request) => {
    const headers = { 'Idempotency-Key': `key of ${request.path}`.replaceAll(' ', '-') };
    await stage.ask({ ...request, headers });
    const path = request.path.replace('gmail', 'exa');
    return stage.ask({
      ...request,
      path,
      headers,
      body: request.path === sessions ? { ...aSession, state: 'x' } : {},
    });
  },
  429: (request) => limited.ask(request),
  500: (request) => broken.ask(request),
  502: outage('unexpected'),
  503: (request) => away.ask(request),
  504: outage('timeout'),
};

/** Somebody who has another identifier now. */
const former = 'ada.byron@example.com';

async function givenUp(request: Asked): Promise<Response> {
  const row = { identifier: former, renamedTo: ada, retiredAt: Date.now() };
  await stage.app.deps.db.insertInto('retiredIdentifiers').values(row).execute();
  await stage.app.deps.events.publish({ kind: 'sessions', identifier: former });
  const answer = await stage.ask(request);
  await stage.app.deps.db.deleteFrom('retiredIdentifiers').execute();
  await stage.app.deps.events.publish({ kind: 'sessions', identifier: former });
  return answer;
}

const conflicts: Readonly<Record<string, () => PromiseLike<Response>>> = {
  readUserConnections: () =>
    givenUp({ method: 'get', path: `/api/v1/users/${encodeURIComponent(former)}/connections` }),
  createOnboardingSession: () =>
    givenUp({ ...requestOf('createOnboardingSession'), body: { ...aSession, identifier: former } }),
  inviteUser: () => withoutSignIn.ask(requestOf('inviteUser')),
  // Made anew as often as it is deleted.
  eraseUser() {
    stage.app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    stage.app.gateway.script.failNext('deleteConnectedAccount', 'not_found', { times: 5 });
    return stage.ask(requestOf('eraseUser'));
  },
  async confirmOnboardingSession() {
    const { body } = await stage.ask(requestOf('createOnboardingSession'));
    return stage.ask({ ...requestOf('confirmOnboardingSession'), path: `${sessions}/${body.id}/confirm` });
  },
};

describe('what the description says that a request is refused with', () => {
  const operations = () => Object.values(description.paths).flatMap((methods) => Object.values(methods));

  it('happens, for each operation and each status, and looks as described', async () => {
    expect(
      operations()
        .map(({ operationId }) => operationId)
        .sort(),
    ).toEqual(Object.keys(requests).sort());
    for (const operation of operations()) {
      const { operationId } = operation;
      const statuses = Object.keys(operation.responses).map(Number);
      for (const status of statuses.filter((one) => one >= 400)) {
        const refuse = status === 409 ? conflicts[operationId] : refusals[status];
        const answer = await refuse?.(requestOf(operationId));
        const faults = answer === undefined ? 'nobody knows how' : faultsOf(description, operation, answer);
        expect([operationId, answer?.status, faults]).toEqual([operationId, status, null]);
      }
    }
  });

  it('is all that happens, whatever is wrong with a request', async () => {
    const ways = [...Object.values(refusals), outage('unreachable')];
    for (const operation of operations()) {
      for (const refuse of ways) {
        const answer = await refuse(requestOf(operation.operationId));
        const told = [operation.operationId, answer.status, faultsOf(description, operation, answer)];
        expect(told).toEqual([operation.operationId, answer.status, null]);
      }
    }
  });
});
