import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeEvent, ChangeEvents, Moment } from '../../../../server/store/database/changeEvents.js';
import type { Database } from '../../../../server/store/database/database.js';
import { createPostgresChangeEvents } from '../../../../server/store/database/postgresChangeEvents.js';
import { afterEach, attacks, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';
import {
  databaseKinds,
  openTempDatabase,
  postgresOfThisFile,
  silent,
  type TempDatabase,
} from '../../tempDatabase.js';

const ada = { kind: 'accounts', identifier: 'ada@example.com' } as const;
const bob = { kind: 'sessions', identifier: 'bob "🦊" \\' } as const;

/** Collects what is told, and lets a test wait for something to be among it. */
function listenTo(events: ChangeEvents, moment?: Moment) {
  const heard: ChangeEvent[] = [];
  const waiting = new Set<() => void>();
  const stop = events.subscribe((event) => {
    heard.push(event);
    for (const check of waiting) check();
  }, moment);
  const until = (wanted: (event: ChangeEvent) => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!heard.some(wanted)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { heard, stop, until };
}

describe.each(databaseKinds)('change events on %s', (kind) => {
  let database: TempDatabase;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(() => database.close());

  it('reach every listener of this instance before publishing returns', async () => {
    const [one, other] = [listenTo(database.events), listenTo(database.events)];
    const published = database.events.publish(ada);
    expect([one.heard, other.heard]).toEqual([[ada], [ada]]);
    await published;
  });

  it('reach nobody who has stopped listening', async () => {
    const listener = listenTo(database.events);
    listener.stop();
    await database.events.publish(ada);
    expect(listener.heard).toEqual([]);
  });
});

describe('change events between instances on PostgreSQL', () => {
  let here: TempDatabase;
  let there: Database;

  beforeEach(async () => {
    here = await openTempDatabase('postgres');
    there = await here.openAgain();
  });

  afterEach(async () => {
    await there.close();
    await here.close();
  });

  /** Cuts the connections on which instances listen. */
  const cutListening = async () =>
    (await postgresOfThisFile()).run(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
    );

  it('reach the other instance, each once, in order, and their own once', async () => {
    const [near, far] = [listenTo(here.events), listenTo(there.events)];
    await here.events.publish(bob);
    await here.events.publish(ada);
    await far.until((event) => event.kind === 'accounts');
    await there.events.publish(bob);
    await near.until(() => near.heard.length === 3);
    expect(far.heard).toEqual([bob, ada, bob]);
    expect(near.heard).toEqual([bob, ada, bob]);
  });

  it('reach who makes browsers ask again once they are on their way to the other instance', async () => {
    const { pool } = here;
    if (pool === null) throw new Error('PostgreSQL has a pool');
    const [near, far] = [listenTo(here.events, 'spread'), listenTo(there.events)];
    const taken = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    const published = here.events.publish(ada);
    await pause(0);
    expect([near.heard, far.heard]).toEqual([[], []]);
    for (const client of taken) client.release();
    await published;
    expect(near.heard).toEqual([ada]);
    await far.until((event) => event.kind === 'accounts');
    await there.events.publish(bob);
    await near.until((event) => event.kind === 'sessions');
    expect(near.heard).toEqual([ada, bob]);
  });

  it('take the longest identifier', async () => {
    const longest = { kind: 'accounts', identifier: '🦊"\\'.repeat(25) } as const;
    const far = listenTo(there.events);
    await here.events.publish(longest);
    await far.until((event) => event.kind === 'accounts');
    expect(far.heard).toEqual([longest]);
  });

  it('are heard again after listening was cut, and what may have been missed is told', async () => {
    attacks('listen-cut');
    const [near, far] = [listenTo(here.events), listenTo(there.events)];
    await cutListening();
    await Promise.all([near, far].map(({ until }) => until((event) => event.kind === 'missed')));
    await here.events.publish(ada);
    await far.until((event) => event.kind === 'accounts');
    expect(far.heard).toEqual([{ kind: 'missed' }, ada]);
    expect(near.heard).toEqual([{ kind: 'missed' }, ada]);
  });

  it('that could not be told are told as missed once the database can be reached again', async () => {
    const far = listenTo(there.events);
    if (here.pool === null) throw new Error('PostgreSQL has a pool');
    const broken = new Error('Connection terminated unexpectedly');
    const query = jest.spyOn(here.pool, 'query').mockImplementation(() => Promise.reject(broken));
    await Promise.all([here.events.publish(ada), here.events.publish(bob)]);
    // And once more while that is tried again.
    while (query.mock.calls.length < 4) await pause(5);
    await here.events.publish(ada);
    query.mockRestore();
    await far.until((event) => event.kind === 'missed');
    await here.events.publish(bob);
    await far.until((event) => event.kind === 'sessions');
    expect(far.heard).toEqual([{ kind: 'missed' }, bob]);
  });

  it('of a version that knows more kinds do no harm', async () => {
    const far = listenTo(there.events);
    const { run } = await postgresOfThisFile();
    for (const payload of [
      'nonsense',
      '{}',
      'null',
      '{"from":"x","event":{"kind":"new","identifier":"a"}}',
    ]) {
      await run('select pg_notify($1, $2)', ['connect_accounts_changes', payload]);
    }
    await here.events.publish(ada);
    await far.until((event) => event.kind === 'accounts');
    expect(far.heard).toEqual([ada]);
  });

  it('still reach their own instance while the database does not answer, and publishing does not fail', async () => {
    const pool = there.pool;
    if (pool === null) throw new Error('PostgreSQL has a pool');
    const warnings: string[] = [];
    const logger = { ...silent, warn: (_details: object, message: string) => void warnings.push(message) };
    // Nothing listens on the port that discards.
    const events = await createPostgresChangeEvents('postgres://nobody@127.0.0.1:9/none', pool, logger);
    expect(events.isListening()).toBe(false);
    await there.close();
    const [listener, spread] = [listenTo(events), listenTo(events, 'spread')];
    await events.publish(ada);
    await events.close();
    there = await here.openAgain();
    expect([listener.heard, spread.heard]).toEqual([[ada], [ada]]);
    expect(warnings).toContain('the other instances could not be told of a change');
    expect(warnings).toContain('no changes of other instances are heard');
  });
});
