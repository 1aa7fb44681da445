import { setImmediate as turn } from 'node:timers/promises';
import { createDirectoryStore } from '../../../server/directory/directoryStore.js';
import { createDirectorySync, type DirectorySyncOptions } from '../../../server/directory/directorySync.js';
import {
  createDirectorySyncStore,
  type DirectorySyncStore,
} from '../../../server/directory/directorySyncStore.js';
import { createLogger } from '../../../server/http/logging.js';
import type { ScalekitGateway } from '../../../server/scalekit/gateway.js';
import type { Database } from '../../../server/store/database/database.js';
import type { Job } from '../../../server/store/job.js';
import { createLocks } from '../../../server/store/locks.js';
import { deferred } from '../../support/callScript.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../support/memoryGateway.js';
import { databaseKinds, openTempDatabase, silent, type TempDatabase } from '../tempDatabase.js';
import { directoryRows, keptCounts, recounted } from './directory.js';

const user = (number: number) => `user-${String(number).padStart(3, '0')}`;

describe.each(databaseKinds)('a full sync on %s', (kind) => {
  let database: TempDatabase;
  let gateway: MemoryGateway;
  let runs: DirectorySyncStore;
  let made: Job[];

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    gateway = createMemoryGateway();
    gateway.scalekit.accountsPerPage = 5;
    runs = createDirectorySyncStore(database.db);
    made = [];
    for (const name of ['gmail', 'slack', 'exa']) gateway.scalekit.addConnection({ name });
    for (let number = 0; number < 23; number += 1) {
      gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: user(number) });
    }
    gateway.scalekit.addAccount({ connectionName: 'slack', identifier: user(0), status: 'expired' });
  });

  afterEach(async () => {
    await Promise.all(made.map((sync) => sync.stop()));
    await database.close();
  });

  interface Instance extends Partial<DirectorySyncOptions> {
    readonly on?: Database;
    readonly from?: Partial<ScalekitGateway>;
    readonly leaseMs?: number;
  }

  /** The sync of one instance, on this database. */
  function instance({ on = database, from = {}, leaseMs = 30_000, ...options }: Instance = {}): Job {
    const { db, presence } = on;
    const store = createDirectoryStore(db);
    const sync = createDirectorySync(
      {
        gateway: { ...gateway, ...from },
        store,
        runs: createDirectorySyncStore(db),
        observe: store.observe,
        lease: createLocks({ db, presence, logger: silent }, { leaseMs }).lease('directory-sync'),
        logger: createLogger('silent'),
      },
      { parallel: 2, everyMs: 3_600_000, retryMs: 1, noteEveryMs: 0, ...options },
    );
    made.push(sync);
    return sync;
  }

  /** Begins to read, and stops before the second page of gmail: exa and the first page have been read. */
  async function stopAfterTheFirstPage() {
    const [exa, firstPage, secondPage] = [1, 2, 3].map(() => gateway.script.hold('listAccountsOfConnection'));
    const looking = instance({ parallel: 1 }).look();
    await exa?.arrived;
    exa?.release();
    await firstPage?.arrived;
    firstPage?.release();
    await secondPage?.arrived;
    return { goOn: () => secondPage?.release(), looking };
  }

  /** The projection shows exactly what Scalekit has. */
  async function expectToAgree() {
    const key = (one: readonly string[]) => one.join(' ');
    const known = await directoryRows(database.db);
    expect(known.map((row) => key([row.identifier, row.connectionName, row.accountId])).sort()).toEqual(
      gateway.scalekit.accounts.map((one) => key([one.identifier, one.connectionName, one.id])).sort(),
    );
    expect(await keptCounts(database.db)).toEqual(await recounted(database.db));
  }

  const pagesRead = () => gateway.script.count('listAccountsOfConnection');
  const usersRead = () => gateway.script.count('listConnectedAccounts');
  const newest = () => runs.newest();

  it('shows all accounts of all connections afterwards, and how many there were', async () => {
    gateway.scalekit.addConnection({ name: 'off', enabled: false });
    gateway.scalekit.addAccount({ connectionName: 'off', identifier: user(1) });
    await instance().look();
    await expectToAgree();
    const run = await newest();
    expect(run).toMatchObject({ requestedBy: null, finishedAt: expect.any(Number), fault: null });
    const connections = await runs.connections(run?.id ?? '');
    expect(connections.map(({ name, accounts, total }) => [name, accounts, total])).toEqual([
      ['exa', 0, 0],
      ['gmail', 23, 23],
      ['off', 1, 1],
      ['slack', 1, 1],
    ]);
    expect(connections.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
    expect([pagesRead(), usersRead()]).toEqual([8, 0]);
  });

  it('happens again when it is due or asked for, and at no other time', async () => {
    const sync = instance();
    await sync.look();
    await sync.look();
    expect(gateway.script.count('listConnections')).toBe(1);
    expect(await runs.begin('user:kim')).toBe(true);
    expect(await runs.begin('user:lee')).toBe(false);
    await sync.look();
    expect(gateway.script.count('listConnections')).toBe(2);
    expect(await newest()).toMatchObject({ requestedBy: 'user:kim', fault: null });
    await instance({ everyMs: 0 }).look();
    expect(gateway.script.count('listConnections')).toBe(3);
  });

  it('never happens by itself when that is not wanted', async () => {
    await instance({ everyMs: null }).look();
    expect(gateway.script.count()).toBe(0);
  });

  it('misses no account that slips to another page, vanishes, appears or changes while it reads', async () => {
    await instance().look();
    await runs.begin(null);
    const { goOn, looking } = await stopAfterTheFirstPage();
    const { scalekit } = gateway;
    // What was on the second page slips to the first, which was read.
    for (const number of [0, 1, 2])
      scalekit.removeAccount({ connectionName: 'gmail', identifier: user(number) });
    scalekit.addAccount({ connectionName: 'gmail', identifier: 'newcomer' });
    scalekit.setStatus({ connectionName: 'gmail', identifier: user(20) }, 'expired');
    goOn();
    await looking;
    await expectToAgree();
    const changed = (await directoryRows(database.db)).find(({ identifier }) => identifier === user(20));
    expect(changed?.state).toBe('expired');
  });

  it('finds accounts that slipped away on its very first reading, of whom it could not know', async () => {
    const { goOn, looking } = await stopAfterTheFirstPage();
    gateway.scalekit.removeAccount({ connectionName: 'gmail', identifier: user(0) });
    goOn();
    await looking;
    await expectToAgree();
  });

  it('reads the user of an account that was on no page, before it goes', async () => {
    await instance().look();
    gateway.scalekit.removeAccount({ connectionName: 'gmail', identifier: user(7) });
    const hidden = user(9);
    const from: Partial<ScalekitGateway> = {
      async listAccountsOfConnection(name, token) {
        const page = await gateway.listAccountsOfConnection(name, token);
        return { ...page, accounts: page.accounts.filter(({ identifier }) => identifier !== hidden) };
      },
    };
    await runs.begin(null);
    await instance({ from }).look();
    await expectToAgree();
    const asked = gateway.script.calls.filter(({ method }) => method === 'listConnectedAccounts');
    expect(new Set(asked.map(({ args: [identifier] }) => identifier))).toEqual(new Set([user(7), hidden]));
  });

  it('reads the users of a connection that Scalekit has no more', async () => {
    await instance().look();
    const from: Partial<ScalekitGateway> = {
      listConnections: async () => (await gateway.listConnections()).filter(({ name }) => name !== 'slack'),
    };
    gateway.scalekit.removeAccount({ connectionName: 'slack', identifier: user(0) });
    await runs.begin(null);
    await instance({ from }).look();
    await expectToAgree();
    expect(usersRead()).toBe(1);
  });

  it('leaves out accounts of identifiers that nobody can sign in with', async () => {
    gateway.scalekit.addAccount({ connectionName: 'exa', identifier: ' untrimmed' });
    gateway.scalekit.addAccount({ connectionName: 'exa', identifier: '..' });
    gateway.scalekit.addAccount({ connectionName: 'exa', identifier: 'nu\0l' });
    await instance().look();
    expect((await directoryRows(database.db)).some(({ connectionName }) => connectionName === 'exa')).toBe(
      false,
    );
    expect(await newest()).toMatchObject({ fault: null, finishedAt: expect.any(Number) });
    expect(pagesRead()).toBe(7);
  });

  it('waits and goes on when Scalekit asks to slow down or can’t be reached', async () => {
    gateway.script.failNext('listConnections', 'unreachable', { times: 2 });
    gateway.script.failNext('listAccountsOfConnection', 'rate_limited', { times: 3 });
    await instance().look();
    await expectToAgree();
    expect(await newest()).toMatchObject({ fault: null });
  });

  it('comes to nothing when waiting would not help, says why, and lets some time pass', async () => {
    gateway.script.failNext('listAccountsOfConnection', 'credentials');
    const sync = instance();
    await sync.look();
    expect(await newest()).toMatchObject({ fault: 'credentials', finishedAt: expect.any(Number) });
    await sync.look();
    expect(gateway.script.count('listConnections')).toBe(1);
    await runs.begin('user:kim');
    await sync.look();
    await expectToAgree();
  });

  it('makes so many calls at the same time, and no more', async () => {
    for (let number = 0; number < 6; number += 1) {
      gateway.scalekit.addConnection({ name: `more-${number}` });
      gateway.scalekit.addAccount({ connectionName: `more-${number}`, identifier: user(number) });
    }
    let inside = 0;
    let most = 0;
    const allThere = deferred();
    const from: Partial<ScalekitGateway> = {
      async listAccountsOfConnection(name, token) {
        inside += 1;
        most = Math.max(most, inside);
        if (inside === 3) allThere.resolve();
        await allThere.promise;
        await new Promise(setImmediate);
        inside -= 1;
        return gateway.listAccountsOfConnection(name, token);
      },
    };
    await instance({ from, parallel: 3 }).look();
    expect(most).toBe(3);
    await expectToAgree();
  });

  it('is led by one of several instances', async () => {
    const held = gateway.script.hold('listConnections');
    const looking = instance().look();
    await held.arrived;
    const other = await database.openAgain();
    try {
      await instance({ on: other }).look();
      expect(gateway.script.count()).toBe(1);
      held.release();
      await looking;
      await instance({ on: other }).look();
      expect(gateway.script.count('listConnections')).toBe(1);
      await expectToAgree();
    } finally {
      await Promise.all(made.map((sync) => sync.stop()));
      await other.close();
    }
  });

  it('goes on where an instance was stopped, and does not begin anew', async () => {
    const third = [1, 2, 3, 4].map(() => gateway.script.hold('listAccountsOfConnection'));
    const stopped = instance({ parallel: 1 });
    const looking = stopped.look();
    for (const held of third.slice(0, 3)) {
      await held.arrived;
      held.release();
    }
    await third[3]?.arrived;
    // A page is given out in the turn after the next one was asked for.
    await turn();
    const stopping = stopped.stop();
    third[3]?.release();
    await Promise.all([looking, stopping]);
    const run = await newest();
    expect(run?.finishedAt).toBeNull();
    const begun = (await runs.connections(run?.id ?? '')).find(({ name }) => name === 'gmail');
    expect(begun).toMatchObject({ pageToken: expect.any(String), listedAt: null });
    const readBefore = pagesRead();
    await instance().look();
    await expectToAgree();
    expect(await newest()).toMatchObject({ id: run?.id, fault: null, finishedAt: expect.any(Number) });
    // Two of seven pages were written.
    expect(pagesRead() - readBefore).toBeLessThanOrEqual(5);
  });

  it('is taken over when the instance that led is dead', async () => {
    const held = gateway.script.hold('listAccountsOfConnection');
    // Its lease is over as soon as it is made, and it renews nothing, as a dead one.
    const dead = instance({ parallel: 1, leaseMs: -1, renewLeaseMs: 3_600_000 });
    const looking = dead.look();
    await held.arrived;
    await instance().look();
    await expectToAgree();
    expect(await newest()).toMatchObject({ fault: null, finishedAt: expect.any(Number) });
    held.release();
    await dead.stop();
    await looking;
    await expectToAgree();
  });
});
