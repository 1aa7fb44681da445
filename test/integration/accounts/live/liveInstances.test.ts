import { type EventStream, liveBrowser } from '../../../support/eventStream.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../../support/memoryGateway.js';
import { createPostgresDatabase, type PostgresDatabase } from '../../../support/postgresDatabase.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';

const ada = 'ada@example.com';
const bob = 'bob@example.com';

let gateway: MemoryGateway;
let postgres: PostgresDatabase;
let one: TestApp;
let other: TestApp;

beforeEach(async () => {
  gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail', provider: 'GMAIL' });
  postgres = await createPostgresDatabase();
  const start = () => startTestApp({ gateway, databaseUrl: postgres.url });
  [one, other] = await Promise.all([start(), start()]);
});

afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
  await postgres.drop();
});

/** A browser whose cookies count on both instances. */
async function signedIn(identifier: string, at = one) {
  const browser = liveBrowser(at.url);
  await browser.signIn(identifier);
  return browser;
}

const readAgain = { type: 'changed', data: '{}' };
const expectEvents = (stream: EventStream, count: number) =>
  expect(stream.events).toMatchObject(Array.from({ length: count }, () => readAgain));

describe(`streams on two instances of one database`, () => {
  it('tell a user of what was changed on the other, and nobody else', async () => {
    const [adas, bobs] = await Promise.all([signedIn(ada), signedIn(bob, other)]);
    const mine = [await adas.open()];
    adas.moveTo(other.url);
    mine.push(await adas.open());
    const theirs = await bobs.open();
    const silent = () => mine.flatMap(({ events }) => events);
    await one.deps.reader.changed(bob);
    await theirs.heard(1);
    expect(silent()).toEqual([]);
    await other.deps.reader.changed(ada);
    await Promise.all(mine.map((stream) => stream.heard(1)));
    for (const stream of mine) {
      expectEvents(stream, 1);
      expect(stream.text).not.toContain('bob');
    }
    expectEvents(theirs, 1);
  });

  it('end when the user signs out on the other, in this browser or everywhere', async () => {
    const [here, elsewhere, bobs] = await Promise.all([signedIn(ada), signedIn(ada), signedIn(bob)]);
    const [stream, second, theirs] = [await here.open(), await elsewhere.open(), await bobs.open()];
    here.moveTo(other.url);
    expect(await here.post('/sign-out')).toBe(303);
    await stream.over();
    expect(stream.response.complete).toBe(true);
    elsewhere.moveTo(other.url);
    expect(second.response.complete).toBe(false);
    expect(await elsewhere.post('/sign-out/everywhere')).toBe(303);
    await second.over();
    await one.deps.reader.changed(bob);
    await theirs.heard(1);
    expectEvents(theirs, 1);
  });

  it('end when somebody else signs in with the same browser on the other', async () => {
    const browser = await signedIn(ada);
    const old = await browser.open();
    browser.moveTo(other.url);
    await browser.post('/sign-in', { identifier: bob });
    await old.over();
    const before = old.text;
    browser.moveTo(one.url);
    const theirs = await browser.open();
    await other.deps.reader.changed(bob);
    await theirs.heard(1);
    expect(old.text).toBe(before);
    expect(before).not.toContain('bob');
  });

  it('tell everybody to read again when changes may have been missed, and find sessions that ended', async () => {
    attacks('listen-cut');
    const [adas, bobs] = await Promise.all([signedIn(ada), signedIn(bob)]);
    const [mine, theirs] = [await adas.open(), await bobs.open()];
    await postgres.run("delete from sessions where identifier = 'bob@example.com'");
    await postgres.run(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
    );
    await Promise.all([mine.heard(1), theirs.over()]);
    expectEvents(mine, 1);
  });

  it('resume on the other, and are told to read again there', async () => {
    attacks('instance-away');
    const browser = await signedIn(ada);
    const old = await browser.open();
    await old.saw('id: 0');
    one.deps.liveEvents.close();
    await old.over();
    browser.moveTo(other.url);
    const resumed = await browser.open({ 'last-event-id': '0' });
    await resumed.heard(1);
    expectEvents(resumed, 1);
  });
});
