import { type Front, startFront } from '../../support/front.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../support/memoryGateway.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/postgresDatabase.js';
import { startTestApp, type TestApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

const ada = 'ada@example.com';
const gmail = { connectionName: 'gmail', identifier: ada };

let gateway: MemoryGateway;
let postgres: PostgresDatabase;
let front: Front;
let url: string;
let one: TestApp;
let other: TestApp;
let chosen: TestApp;

const startInstance = () =>
  startTestApp({
    gateway,
    databaseUrl: postgres.url,
    env: { PUBLIC_URL: url, RATE_LIMIT_CONNECT_PER_MINUTE: '3' },
  });

beforeEach(async () => {
  gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  postgres = await createPostgresDatabase();
  front = await startFront();
  url = front.url;
  [one, other] = await Promise.all([startInstance(), startInstance()]);
  choose(one);
});

afterEach(async () => {
  await front.close();
  await Promise.all([one.close(), other.close()]);
  await postgres.drop();
});

function choose(instance: TestApp): void {
  chosen = instance;
  front.choose(instance.port);
}

/** Sends the next requests to the instance that did not get the last ones. */
function move(): void {
  choose(chosen === one ? other : one);
}

/** The next event that the instance which is not chosen hears. */
const heardElsewhere = () =>
  new Promise<unknown>((resolve) => {
    const stop = (chosen === one ? other : one).deps.events.subscribe((event) => {
      stop();
      resolve(event);
    });
  });

function consentTo(link: string | undefined): string {
  const consent = gateway.scalekit.consent(link ?? '');
  if (consent === null) throw new Error('no browser comes back');
  return consent.returnUrl.slice(url.length);
}

describe('two instances on one database', () => {
  it('take a user over from each other in the middle of every step', async () => {
    const visitor = new Visitor(url);
    await visitor.get('/sign-in');
    move();
    expect((await visitor.post('/sign-in', { identifier: ada })).status).toBe(303);
    move();
    expect((await visitor.get('/connections')).text).toContain('0 of 1 connected.');
    move();
    const started = await visitor.post('/connections/gmail/connect');
    expect(started.headers.location).toMatch(/^https:\/\/scalekit\.test\//);
    move();
    // What one of them changed the other hears within a moment.
    const heardOfReturn = heardElsewhere();
    const returned = await visitor.get(consentTo(started.headers.location));
    expect(returned.headers.location).toMatch(/^\/connections\/gmail\/status\?flow=/);
    await heardOfReturn;
    move();
    expect((await visitor.follow(returned)).text).toContain('Gmail is connected');
    move();
    expect((await visitor.get('/connections')).text).toContain('1 of 1 connected.');
    await visitor.get('/connections/gmail/disconnect');
    move();
    const heardOfDisconnect = heardElsewhere();
    expect((await visitor.post('/connections/gmail/disconnect')).status).toBe(303);
    await heardOfDisconnect;
    move();
    expect((await visitor.get('/connections')).text).toContain('0 of 1 connected.');
    move();
    expect((await visitor.post('/sign-out')).status).toBe(303);
    move();
    expect((await visitor.get('/connections')).headers.location).toMatch(/^\/sign-in/);
  });

  it('let a return from consent be used once, whichever of them gets it', async () => {
    const visitor = await new Visitor(url).signIn(ada);
    const { location } = (await visitor.post('/connections/gmail/connect')).headers;
    const path = consentTo(location);
    const first = visitor.get(path);
    move();
    const answers = await Promise.all([first, visitor.get(path), visitor.get(path)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(gateway.script.count('verifyConnectedAccountUser')).toBe(1);
  });

  it('carry on with a flow whose instance is gone', async () => {
    const visitor = await new Visitor(url).signIn(ada);
    const { location } = (await visitor.post('/connections/gmail/connect')).headers;
    await one.close();
    move();
    const returned = await visitor.get(consentTo(location));
    expect((await visitor.follow(returned)).text).toContain('Gmail is connected');
    one = await startInstance();
  });

  it('drop what they keep of a user as soon as the other changed it', async () => {
    gateway.scalekit.addAccount(gmail);
    expect((await other.deps.reader.read(ada)).accounts.size).toBe(1);
    const visitor = await new Visitor(url).signIn(ada);
    await visitor.get('/connections/gmail/disconnect');
    const heard = heardElsewhere();
    await visitor.post('/connections/gmail/disconnect');
    expect(await heard).toEqual({ kind: 'accounts', identifier: ada });
    expect((await other.deps.reader.read(ada)).accounts.size).toBe(0);
  });

  it('neither keep nor share a read that began before the other’s change', async () => {
    gateway.scalekit.addAccount(gmail);
    const held = gateway.script.hold('listConnectedAccounts');
    const old = other.deps.reader.read(ada);
    await held.arrived;
    const heard = heardElsewhere();
    await one.deps.reader.changed(ada);
    await heard;
    const fresh = other.deps.reader.read(ada);
    held.release();
    expect(await fresh).not.toBe(await old);
    expect(await other.deps.reader.read(ada)).toBe(await fresh);
  });

  it('drop everything when changes may have been missed', async () => {
    attacks('listen-cut');
    await Promise.all([one.deps.reader.read(ada), other.deps.reader.read(ada)]);
    const missed = Promise.all([heardElsewhere(), move(), heardElsewhere()]);
    gateway.scalekit.addAccount(gmail);
    await postgres.run(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
    );
    await missed;
    for (const { deps } of [one, other]) expect((await deps.reader.read(ada)).accounts.size).toBe(1);
  });

  it('count the starts of one user together', async () => {
    const visitor = await new Visitor(url).signIn(ada);
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      statuses.push((await visitor.post('/connections/gmail/connect')).status);
      move();
    }
    expect(statuses).toEqual([303, 303, 303, 429, 429]);
  });
});
