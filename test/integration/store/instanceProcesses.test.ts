import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createApiClients } from '../../../server/identity/clients/apiClients.js';
import type { Sandbox } from '../../../server/sandbox/sandbox.js';
import { createSandbox } from '../../../server/sandbox/sandbox.js';
import { createAuditTrail } from '../../../server/store/auditTrail.js';
import { openDatabase } from '../../../server/store/database/openDatabase.js';
import { anotherApp, pressContinue, pressStart } from '../../routes/onboarding/onboardingJourneys.js';
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
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { Visitor } from '../../support/visitor.js';
import { silent } from '../../unit/tempDatabase.js';
import { secret } from '../../unit/webhooks/deliveries.js';

const ada = 'ada@example.com';

let postgres: PostgresDatabase;
let sandbox: Sandbox;
let front: Front;
let folder: string;
let one: InstanceProcess;
let other: InstanceProcess;
const started: InstanceProcess[] = [];
let chosen: InstanceProcess;
let crashed = false;

async function start(): Promise<InstanceProcess> {
  const instance = await startInstance(folder, {
    PUBLIC_URL: front.url,
    DATABASE_URL: postgres.url,
    SESSION_SECRET: 'a secret of the tests that is long enough',
    SCALEKIT_ENVIRONMENT_URL: sandbox.url,
    SCALEKIT_CLIENT_ID: 'sandbox',
    SCALEKIT_CLIENT_SECRET: 'sandbox',
    SCALEKIT_WEBHOOK_SECRETS: secret,
    RATE_LIMIT_CONNECT_PER_MINUTE: '1000',
    RATE_LIMIT_SIGN_IN_PER_MINUTE: '1000',
  });
  started.push(instance);
  return instance;
}

beforeAll(async () => {
  postgres = await createPostgresDatabase();
  sandbox = await createSandbox({ seed: 'default', webhookRetryMs: 20 });
  front = await startFront();
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  one = await start();
  other = await start();
});

afterAll(async () => {
  await Promise.all(started.map((instance) => instance.stop()));
  await front.close();
  await sandbox.close();
  await postgres.drop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  sandbox.reset();
  sandbox.control.setWebhook({ url: `${front.url}/webhooks/scalekit`, secret });
  choose(one);
});

function choose(instance: InstanceProcess): void {
  chosen = instance;
  front.choose(instance.port);
}

/** Sends the next requests to the instance that did not get the last ones. */
function move(): void {
  choose(chosen === one ? other : one);
}

/** Ends the instance that got the last requests, and goes on at the other. */
async function crash(): Promise<void> {
  await chosen.kill();
  crashed = true;
  move();
}

/** Puts another in the place of the one that crashed. */
async function replaceCrashed(): Promise<void> {
  if (!crashed) return;
  crashed = false;
  const next = await start();
  if (chosen === one) other = next;
  else one = next;
}

afterEach(replaceCrashed);

/** Approves at the provider. @returns the path at which the browser comes back */
async function approve(link: string | undefined): Promise<string> {
  const body = new URLSearchParams({ outcome: 'allow' });
  const consented = await fetch(link ?? '', { method: 'POST', body, redirect: 'manual' });
  return (consented.headers.get('location') ?? '').slice(front.url.length);
}

/**
 * Crashes while Scalekit verifies the account of a user who came back.
 * @returns what the browser was answered, and what resolves when Scalekit has carried the verification out
 */
async function crashWhileVerifying() {
  const visitor = await new Visitor(front.url).signIn(ada);
  const started = await visitor.post('/connections/gmail/connect');
  const back = await approve(started.headers.location);
  sandbox.control.fault({ method: 'VerifyConnectedAccountUser', latencyMs: 1000 });
  const arrived = sandbox.control.waitForCall('VerifyConnectedAccountUser');
  const landed = sandbox.control.waitForCall('VerifyConnectedAccountUser', 'carried_out');
  const returning = visitor.get(back);
  await arrived;
  await crash();
  return { visitor, answer: await returning, landed };
}

/** Polls as the status page does, until its flow has ended. */
async function untilEnded(visitor: Visitor, statusPath: string): Promise<string> {
  for (;;) {
    const { status, body } = await visitor.getJson(statusPath);
    expect(status).toBe(200);
    if (body.next_poll_ms === null) return body.status;
  }
}

describe('two processes on one database', () => {
  it('take a user over from each other in the middle of every step', async () => {
    const visitor = new Visitor(front.url);
    await visitor.get('/sign-in');
    move();
    await visitor.post('/sign-in', { identifier: ada });
    move();
    await visitor.get('/connections');
    move();
    const started = await visitor.post('/connections/gmail/connect');
    move();
    const returned = await visitor.get(await approve(started.headers.location));
    move();
    expect((await visitor.follow(returned)).text).toContain('Gmail is connected');
    move();
    await visitor.get('/connections/gmail/disconnect');
    move();
    expect((await visitor.post('/connections/gmail/disconnect')).status).toBe(303);
    move();
    expect((await visitor.get('/connections')).text).toContain('Connect Gmail');
    expect(sandbox.control.account('gmail', ada)).toBeUndefined();
  });

  it('finish a flow whose process was killed while its user was at the provider', async () => {
    attacks('instance-away');
    const visitor = await new Visitor(front.url).signIn(ada);
    const started = await visitor.post('/connections/gmail/connect');
    await crash();
    const returned = await visitor.get(await approve(started.headers.location));
    expect((await visitor.follow(returned)).text).toContain('Gmail is connected');
  });

  it('find out how a verification ended whose process was killed in the middle', async () => {
    const { visitor, answer, landed } = await crashWhileVerifying();
    expect(answer.status).toBe(502);
    await landed;
    expect(await untilEnded(visitor, '/connections/gmail/status.json')).toBe('done');
    expect(sandbox.control.account('gmail', ada)?.status).toBe('ACTIVE');
  });

  it('serve a connection at once whose process was killed while it held it, however long its lease is', async () => {
    attacks('instance-away');
    const { visitor, landed } = await crashWhileVerifying();
    const held = await postgres.run(
      "update locks set expires_at = expires_at + 3600000 where name like 'pair:%' returning name",
    );
    expect(held).toHaveLength(1);
    await landed;
    await visitor.get('/connections/gmail/disconnect');
    expect((await visitor.post('/connections/gmail/disconnect')).status).toBe(303);
    expect(sandbox.control.account('gmail', ada)).toBeUndefined();
  });

  it('go on with an onboarding whose process was killed before the confirmation, and again during the consent', async () => {
    const database = await openDatabase({ dataDir: folder, databaseUrl: postgres.url }, silent);
    const audit = createAuditTrail(database.db, silent);
    const apiClients = createApiClients({ ...database, audit });
    const acme = await anotherApp({ url: front.url, deps: { apiClients } });
    await database.close();
    const { id, path } = await acme.create({ connections: [{ name: 'gmail' }] });
    const steps = `/onboarding/${id}`;
    const browser = new Visitor(front.url);
    const begun = await pressStart(browser, path);
    await crash();
    const go = await acme.confirm(begun.headers.location ?? '');
    expect((await pressContinue(browser, go)).headers.location).toBe(steps);
    await browser.get(steps);
    const connecting = await browser.post(`${steps}/connections/gmail/connect`);
    await replaceCrashed();
    const back = await approve(connecting.headers.location);
    await crash();
    expect((await browser.follow(await browser.get(back))).text).toContain('Gmail is connected');
    expect((await browser.get(steps)).text).toContain('data-step="connected"');
    const finished = await browser.post(`${steps}/finish`);
    expect(finished.headers.location).toContain('signed_result=');
    expect(await acme.statusOf(id)).toBe('complete');
    expect(sandbox.control.account('gmail', ada)?.status).toBe('ACTIVE');
  });

  it('hear of an API key that was entered, at the process that is left', async () => {
    const visitor = await new Visitor(front.url).signIn(ada);
    const { location } = (await visitor.post('/connections/exa/connect')).headers;
    await crash();
    sandbox.control.setAccount({ connectionName: 'exa', identifier: ada, status: 'ACTIVE' });
    await sandbox.control.waitForDelivery(({ type }) => type === 'connected_account.status_updated');
    const statusPath = (location ?? '').replace('/status', '/status.json');
    expect(await untilEnded(visitor, statusPath)).toBe('done');
  });
});
