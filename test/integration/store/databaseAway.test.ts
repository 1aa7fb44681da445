import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import supertest, { type Response } from 'supertest';
import { createApiClients } from '../../../server/identity/clients/apiClients.js';
import { createSandbox, type Sandbox } from '../../../server/sandbox/sandbox.js';
import { createAuditTrail } from '../../../server/store/auditTrail.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import {
  anotherApp,
  type OtherApp,
  type UnderWay,
  underWay,
} from '../../routes/onboarding/onboardingJourneys.js';
import { type Front, startFront } from '../../support/front.js';
import { type InstanceProcess, startInstance } from '../../support/instanceProcess.js';
import {
  afterAll,
  afterEach,
  attacks,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '../../support/jest.js';
import { findPostgres } from '../../support/postgres.js';
import { type PostgresServer, startPostgres } from '../../support/postgresServer.js';
import { startTcpFront, type TcpFront } from '../../support/tcpFront.js';
import { Visitor } from '../../support/visitor.js';
import { silent } from '../../unit/tempDatabase.js';
import { eventBody, secret, signedHeaders } from '../../unit/webhooks/deliveries.js';

const ada = 'ada@example.com';

let server: PostgresServer;
let network: TcpFront;
let sandbox: Sandbox;
let front: Front;
let folder: string;
let instance: InstanceProcess;
let acme: OtherApp;
let visitor: Visitor;
let onboarding: UnderWay;

beforeAll(async () => {
  server = await startPostgres(await findPostgres());
  network = await startTcpFront(Number(new URL(server.url).port));
  sandbox = await createSandbox({ seed: 'default' });
  front = await startFront();
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  const url = new URL(server.url);
  url.port = String(network.port);
  instance = await startInstance(folder, {
    PUBLIC_URL: front.url,
    DATABASE_URL: url.href,
    SESSION_SECRET: 'a secret of the tests that is long enough',
    SCALEKIT_ENVIRONMENT_URL: sandbox.url,
    SCALEKIT_CLIENT_ID: 'sandbox',
    SCALEKIT_CLIENT_SECRET: 'sandbox',
    SCALEKIT_WEBHOOK_SECRETS: secret,
    RATE_LIMIT_CONNECT_PER_MINUTE: '1000',
    RATE_LIMIT_SIGN_IN_PER_MINUTE: '1000',
  });
  front.choose(instance.port);
  const database = await openDatabase({ dataDir: folder, databaseUrl: server.url }, silent);
  const apiClients = createApiClients({ ...database, audit: createAuditTrail(database.db, silent) });
  acme = await anotherApp(
    { url: front.url, deps: { apiClients } },
    { scopes: ['onboarding', 'status:read'] },
  );
  await database.close();
});

afterAll(async () => {
  await instance.stop();
  await front.close();
  await sandbox.close();
  await network.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  visitor = await new Visitor(front.url).signIn(ada);
  onboarding = await underWay({ url: front.url }, acme);
});

afterEach(() => {
  expect(instance.stderr()).toBe('');
});

let users = 0;

/** Somebody of whom nothing is kept in memory, so that there is no answer without the database. */
const newUser = () => `user-${++users}`;

function deliverWebhook(): Promise<Response> {
  const body = JSON.stringify(eventBody('updated', { id: 'ca_1', identifier: ada }));
  return supertest(front.url).post('/webhooks/scalekit').set(signedHeaders(body)).send(body);
}

/** Everything that needs the database, by who asks for it. */
const requests: Readonly<Record<string, () => Promise<Response>>> = {
  'GET /sign-in': () => visitor.get('/sign-in'),
  'GET /connections': () => visitor.get('/connections'),
  'POST connect': () => visitor.post('/connections/gmail/connect'),
  'POST /sign-out': () => visitor.post('/sign-out'),
  'GET /admin/users': () => visitor.get('/admin/users'),
  'status.json': () => visitor.getJson('/connections/gmail/status.json'),
  'the stream of changes': () => visitor.getJson('/events'),
  'an ask of the API': () => acme.send('get', `/api/v1/users/${newUser()}/connections`),
  'a webhook': deliverWebhook,
  'the steps of an onboarding': () => onboarding.browser.get(onboarding.steps),
  'a connect of an onboarding': () =>
    onboarding.browser.post(`${onboarding.steps}/connections/gmail/connect`),
};

function expectUnavailable(response: Response): void {
  expect([response.status, response.headers['retry-after']]).toEqual([503, '5']);
  expect(response.headers['set-cookie']).toBeUndefined();
  if (response.type.endsWith('json')) expect(response.body.code).toBe('database_unavailable');
  else expect(response.text).toContain('We can’t reach our records right now');
}

/** Asks again until the database is there for it. */
async function untilAnswered(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await ask();
    if (response.status !== 503) return response;
  }
}

async function expectAllIsWell(): Promise<void> {
  expect((await untilAnswered(() => visitor.getJson('/readyz'))).body.database).toBe('answers');
  // The pool may still hold connections that were cut.
  expect((await untilAnswered(() => visitor.get('/connections'))).text).toContain('data-connection="gmail"');
  expect((await untilAnswered(deliverWebhook)).status).toBe(200);
  expect((await visitor.post('/connections/gmail/connect')).status).toBe(303);
  expect((await onboarding.browser.get(onboarding.steps)).text).toContain('Gmail');
  expect((await requests['an ask of the API']?.())?.status).toBe(200);
}

describe.each(['fast', 'crash'] as const)('while PostgreSQL is stopped (%s)', (how) => {
  it('everything says that it is not available and when to come back, and goes on by itself afterwards', async () => {
    attacks('postgres-away');
    await server.pause(how);
    const answers = new Map<string, Response>();
    for (const [name, ask] of Object.entries(requests)) answers.set(name, await ask());
    expect([...answers].filter(([, { status }]) => status !== 503).map(([name]) => name)).toEqual([]);
    answers.forEach(expectUnavailable);
    const anonymous = new Visitor(front.url);
    expectUnavailable(await anonymous.get('/sign-in'));
    expect((await anonymous.getJson('/readyz')).status).toBe(503);
    expect((await anonymous.get('/healthz')).status).toBe(200);
    await server.resume();
    await expectAllIsWell();
  });
});

describe.each(['refuse', 'swallow'] as const)('while the network to PostgreSQL is cut (%s)', (how) => {
  it('pages say that it is not available, and go on by themselves afterwards', async () => {
    attacks('postgres-away');
    network.cut(how);
    const asked = ['GET /connections', 'POST connect', 'an ask of the API', 'a webhook', 'GET /sign-in'];
    const began = Date.now();
    const answers = await Promise.all(asked.map((name) => requests[name]?.()));
    for (const response of answers) if (response) expectUnavailable(response);
    // Nine seconds, and what a busy machine takes.
    expect(Date.now() - began).toBeLessThan(14_000);
    expect(answers).toHaveLength(asked.length);
    network.mend();
    await expectAllIsWell();
  });
});
