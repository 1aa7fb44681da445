import { createFlowStore } from '../../../server/accounts/flow/flowStore.js';
import { createDirectoryStore, type DirectoryStore } from '../../../server/directory/directoryStore.js';
import { createOverviewStore } from '../../../server/directory/users/overviewStore.js';
import type { AccountStatus, ConnectedAccount } from '../../../server/scalekit/gateway.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { aFlow } from '../accounts/flow/flows.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import {
  ada,
  anAccount,
  bob,
  directoryRows,
  keptCounts,
  recounted,
  restuck,
  start,
  stuckUsers,
} from './directory.js';

const hour = 3_600_000;

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let store: DirectoryStore;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    store = createDirectoryStore(database.db);
  });

  afterEach(() => database.close());

  const rows = () => directoryRows(database.db);
  const row = async (name = 'gmail') => (await rows()).find(({ connectionName }) => connectionName === name);

  async function expectCountsToAgree() {
    expect(await keptCounts(database.db)).toEqual(await recounted(database.db));
    expect(await stuckUsers(database.db)).toEqual(await restuck(database.db));
  }

  describe('a true read of a user', () => {
    it('is what stands there afterwards, with a user who was unknown and what they are found by', async () => {
      const slack = anAccount({ connectionName: 'slack', status: 'expired', updatedAt: null, lastUsedAt: 7 });
      await store.observe(ada, [anAccount({ tokenExpiresAt: 9 }), slack], start);
      expect(await rows()).toMatchObject([
        {
          identifier: ada,
          connectionName: 'gmail',
          accountId: `ca_gmail_${ada}`,
          state: 'active',
          since: start - 1000,
          stuckSince: null,
          authorizedAt: start - 1000,
          updatedAt: start - 1000,
          tokenExpiresAt: 9,
          seenAt: start,
        },
        { state: 'expired', since: start, stuckSince: start, authorizedAt: null, lastUsedAt: 7 },
      ]);
      const users = await database.db.selectFrom('users').selectAll().execute();
      expect(users).toMatchObject([{ identifier: ada, lastSeenAt: null, stuckSince: start }]);
      const terms = await database.db.selectFrom('userTerms').selectAll().execute();
      expect(terms).toEqual([{ term: ada, identifier: ada }]);
      await expectCountsToAgree();
    });

    it('lets go what is no longer there, and what the user had is counted no more', async () => {
      await store.observe(
        ada,
        [anAccount(), anAccount({ connectionName: 'slack', status: 'expired' })],
        start,
      );
      await store.observe(ada, [anAccount()], start + 1);
      expect((await rows()).map(({ connectionName }) => connectionName)).toEqual(['gmail']);
      await expectCountsToAgree();
      await store.observe(ada, [], start + 2);
      expect(await rows()).toEqual([]);
      expect(await keptCounts(database.db)).toEqual({});
    });

    it('that began earlier than another changes nothing that the later one showed', async () => {
      await store.observe(ada, [anAccount({ status: 'expired' })], start + 2);
      await store.observe(ada, [anAccount()], start + 1);
      expect(await row()).toMatchObject({ state: 'expired', seenAt: start + 2 });
      await store.observe(ada, [], start + 1);
      expect(await rows()).toHaveLength(1);
    });

    it('keeps since when a state lasts, and dates a change by Scalekit’s time if it can be that', async () => {
      await store.observe(ada, [anAccount()], start);
      await store.observe(ada, [anAccount({ updatedAt: start + 5, lastUsedAt: start + 5 })], start + 10);
      expect(await row()).toMatchObject({
        since: start - 1000,
        authorizedAt: start - 1000,
        updatedAt: start + 5,
      });
      await store.observe(ada, [anAccount({ status: 'expired', updatedAt: start + 20 })], start + 30);
      expect(await row()).toMatchObject({ since: start + 20, stuckSince: start + 20, authorizedAt: null });
      await store.observe(ada, [anAccount({ status: 'disconnected', updatedAt: start + 20 })], start + 40);
      expect(await row()).toMatchObject({ since: start + 40, stuckSince: start + 20 });
      await store.observe(ada, [anAccount({ updatedAt: null })], start + 50);
      expect(await row()).toMatchObject({ since: start + 50, stuckSince: null, authorizedAt: start + 50 });
    });

    it('of an account that took another one’s place begins anew', async () => {
      await store.observe(ada, [anAccount({ status: 'expired' })], start);
      const another = anAccount({ id: 'ca_another', status: 'expired', updatedAt: start + 5 });
      await store.observe(ada, [another], start + 10);
      expect(await row()).toMatchObject({
        accountId: 'ca_another',
        since: start + 5,
        stuckSince: start + 5,
      });
    });

    it('writes nothing while nothing changed, and notes after a while that it was seen again', async () => {
      await store.observe(ada, [anAccount()], start);
      await store.observe(ada, [anAccount()], start + 1000);
      expect(await row()).toMatchObject({ seenAt: start });
      await store.observe(ada, [anAccount()], start + hour);
      expect(await row()).toMatchObject({ seenAt: start + hour });
    });

    it('counts an account that left active by itself, on its day, once', async () => {
      await store.observe(ada, [anAccount()], start);
      const expired = [anAccount({ status: 'expired', updatedAt: start + 5 })];
      await store.observe(ada, expired, start + 10);
      await store.observe(ada, expired, start + 20);
      await store.observe(ada, [], start + 30);
      const counts = await database.db.selectFrom('dailyCounts').selectAll().execute();
      expect(counts).toEqual([{ day: '2026-03-01', connectionName: 'gmail', kind: 'expired', count: 1 }]);
    });
  });

  it('counts how often in a row an account expires soon after it was connected', async () => {
    const day = 24 * hour;
    let at = start;
    const goes = async (status: 'active' | 'expired', afterMs: number) => {
      at += afterMs;
      await store.observe(ada, [anAccount({ status, updatedAt: at })], at);
      return (await row())?.expiredTimes;
    };
    expect(await goes('active', 0)).toBe(0);
    expect(await goes('expired', day)).toBe(1);
    expect(await goes('active', day)).toBe(1);
    expect(await goes('expired', 2 * day)).toBe(2);
    await goes('active', day);
    expect(await goes('expired', day)).toBe(3);
    const overview = createOverviewStore(database.db);
    expect(await overview.unsteady()).toEqual(new Map([['gmail', 1]]));
    await goes('active', day);
    expect(await goes('expired', 20 * day)).toBe(1);
    expect(await overview.unsteady()).toEqual(new Map());
  });

  describe('an account that waits', () => {
    const waiting = [anAccount({ status: 'pending_auth' })];
    const flows = () => createFlowStore(database.db);

    async function tried(
      createdAt: number,
      end: Parameters<ReturnType<typeof flows>['end']>[1],
      why: string | null,
    ) {
      const flow = aFlow({ identifier: ada, connectionName: 'gmail', createdAt });
      await flows().create(flow, flow.id);
      await flows().end(flow.id, end, why as never, 'ref');
      const found = await database.db.selectFrom('flows').selectAll().where('id', '=', flow.id).execute();
      return found[0]?.endedAt ?? 0;
    }

    it('is not stuck while nothing was tried, or its user gave up', async () => {
      await store.observe(ada, waiting, start);
      expect(await row()).toMatchObject({ state: 'not_connected', stuckSince: null });
      for (const [index, [end, why, state]] of (
        [
          ['cancelled', null, 'not_connected'],
          ['timed_out', 'never_returned', 'pending'],
          ['failed', 'consent_denied', 'pending'],
        ] as const
      ).entries()) {
        await tried(start + index, end, why);
        await store.observe(ada, waiting, start + 10 + index);
        expect(await row()).toMatchObject({ state, stuckSince: null });
        await expectCountsToAgree();
      }
    });

    it('is stuck since its latest try failed, until another try goes otherwise', async () => {
      await tried(start, 'cancelled', null);
      const failedAt = await tried(start + 1, 'failed', 'provider_error');
      await store.observe(ada, waiting, start);
      expect(await row()).toMatchObject({ state: 'pending', stuckSince: failedAt });
      await expectCountsToAgree();
      await tried(start + 2, 'failed', 'consent_denied');
      await store.observe(ada, waiting, start + 5);
      expect(await row()).toMatchObject({ stuckSince: null });
      await expectCountsToAgree();
    });
  });

  describe('an approval', () => {
    it('makes an account active at once, as of then', async () => {
      await store.observe(ada, [anAccount({ status: 'expired' })], start);
      await store.approved(ada, 'gmail', start + 50);
      expect(await row()).toMatchObject({
        state: 'active',
        since: start + 50,
        authorizedAt: start + 50,
        stuckSince: null,
      });
      await store.observe(ada, [anAccount({ status: 'expired' })], start + 40);
      expect(await row()).toMatchObject({ state: 'active' });
      await store.observe(ada, [anAccount({ updatedAt: start + 49 })], start + 60);
      expect(await row()).toMatchObject({ state: 'active', authorizedAt: start + 50 });
      await expectCountsToAgree();
    });

    it('of an account that was active keeps since when it is', async () => {
      await store.observe(ada, [anAccount()], start);
      await store.approved(ada, 'gmail', start + 50);
      expect(await row()).toMatchObject({ since: start - 1000, authorizedAt: start + 50 });
    });

    it('of an account that nobody saw yet changes nothing', async () => {
      await store.approved(ada, 'gmail', start);
      expect(await rows()).toEqual([]);
    });
  });

  describe('a connection that has to be connected anew', () => {
    const require = (olderThan: number) =>
      database.db
        .insertInto('reconnectRequirements')
        .values({
          connectionName: 'gmail',
          olderThan,
          requiredAt: start,
          requiredBy: 'user:k',
        })
        .execute();

    it('shows older accounts as expired, until they are approved again', async () => {
      await store.observe(ada, [anAccount()], start);
      await store.observe(bob, [anAccount({ identifier: bob, updatedAt: start + 100 })], start + 100);
      await require(start + 50);
      expect(await store.restate('gmail', '')).toBeNull();
      expect(await rows()).toMatchObject([
        { identifier: ada, state: 'expired', reconnectRequired: 1, authorizedAt: start - 1000 },
        { identifier: bob, state: 'active', reconnectRequired: 0 },
      ]);
      await expectCountsToAgree();
      await store.observe(ada, [anAccount({ updatedAt: start + 200 })], start + 300);
      expect(await row()).toMatchObject({ state: 'expired', authorizedAt: start - 1000 });
      await store.approved(ada, 'gmail', start + 400);
      await store.observe(ada, [anAccount({ updatedAt: start + 400 })], start + 500);
      expect(await row()).toMatchObject({ state: 'active', reconnectRequired: 0, stuckSince: null });
      await expectCountsToAgree();
      expect(await database.db.selectFrom('dailyCounts').selectAll().execute()).toEqual([]);
    });

    it('shows them as they are once it is withdrawn', async () => {
      await store.observe(ada, [anAccount()], start);
      await require(start);
      await store.restate('gmail', '');
      await database.db
        .updateTable('reconnectRequirements')
        .set({ withdrawnAt: start + 1 })
        .execute();
      await store.restate('gmail', '');
      expect(await row()).toMatchObject({ state: 'active', reconnectRequired: 0, stuckSince: null });
      await expectCountsToAgree();
    });
  });

  describe('a page of a connection', () => {
    it('adds and changes accounts of many users, and takes none away', async () => {
      await store.observe(ada, [anAccount(), anAccount({ connectionName: 'slack' })], start);
      const page = [anAccount({ status: 'expired' }), anAccount({ identifier: bob })];
      await store.observePage('gmail', page, start + 10);
      expect((await rows()).map((one) => [one.identifier, one.connectionName, one.state])).toEqual([
        [ada, 'gmail', 'expired'],
        [ada, 'slack', 'active'],
        [bob, 'gmail', 'active'],
      ]);
      await expectCountsToAgree();
    });

    it('notes every account as seen, and leaves what is known as of later', async () => {
      await store.observe(ada, [anAccount()], start);
      await store.observe(bob, [anAccount({ identifier: bob, status: 'expired' })], start + 10);
      const page = [anAccount(), anAccount({ identifier: bob })];
      await store.observePage('gmail', page, start + 5);
      expect(await rows()).toMatchObject([
        { identifier: ada, seenAt: start + 5 },
        { identifier: bob, state: 'expired', seenAt: start + 10 },
      ]);
      expect(await store.unseen('gmail', start + 10, '', 10)).toEqual([ada]);
      expect(await store.seenSince('gmail', start + 10)).toBe(1);
    });

    it('takes more accounts than fit a statement, and the same account twice', async () => {
      const many = Array.from({ length: 1001 }, (_, number) => anAccount({ identifier: `user-${number}` }));
      await store.observePage('gmail', [...many, anAccount({ identifier: 'user-7' })], start);
      await store.observePage('gmail', many, start + 1);
      expect(await keptCounts(database.db)).toEqual({ 'gmail active': 1001 });
    });
  });

  describe('what an event tells', () => {
    const told = (changes: Partial<Parameters<DirectoryStore['told']>[1][number]> = {}) => ({
      accountId: `ca_gmail_${ada}`,
      connectionName: 'gmail',
      status: 'expired' as AccountStatus | null,
      isDeleted: false,
      occurredAt: start + 100,
      lastUsedAt: null,
      tokenExpiresAt: null,
      ...changes,
    });

    it('is taken over if it occurred after what is known, and lasts until a later read', async () => {
      await store.observe(ada, [anAccount()], start);
      await store.told(ada, [told({ lastUsedAt: 5 })]);
      expect(await row()).toMatchObject({ state: 'expired', since: start + 100, lastUsedAt: 5 });
      await store.observePage('gmail', [anAccount()], start + 50);
      expect(await row()).toMatchObject({ state: 'expired' });
      await store.observe(ada, [anAccount()], start + 150);
      expect(await row()).toMatchObject({ state: 'active' });
      await store.told(ada, [told()]);
      expect(await row()).toMatchObject({ state: 'active' });
      await expectCountsToAgree();
    });

    it('is taken over from the last of several events within a millisecond, which come in their order', async () => {
      await store.told(ada, [told({ status: 'pending_auth' })]);
      await store.told(ada, [told({ status: 'expired' })]);
      expect(await row()).toMatchObject({ state: 'expired', since: start + 100 });
      await store.told(ada, [told({ accountId: 'ca_other', status: 'active' })]);
      expect(await row()).toMatchObject({ state: 'expired', accountId: `ca_gmail_${ada}` });
      await store.told(ada, [told({ isDeleted: true })]);
      expect(await rows()).toEqual([]);
      await expectCountsToAgree();
    });

    it('without a status changes the times alone, once in a while', async () => {
      await store.observe(ada, [anAccount()], start);
      const isNews = async (news: ReturnType<typeof told>[]) =>
        (await store.withNews(new Map([[ada, news]]))).has(ada);
      expect(await isNews([told({ status: null, tokenExpiresAt: 66 })])).toBe(false);
      const later = [told({ status: null, tokenExpiresAt: 77, occurredAt: start + hour })];
      expect(await isNews(later)).toBe(true);
      await store.told(ada, later);
      expect(await row()).toMatchObject({ state: 'active', tokenExpiresAt: 77, since: start - 1000 });
    });

    it('of several accounts of a user that came one after the other keeps the last, whoever else is told of with them', async () => {
      const news = (accountId: string, at: number, isDeleted = false) =>
        told({ accountId, status: 'active', occurredAt: start + at, isDeleted });
      await Promise.all([
        store.told(ada, [news('ca_3', 30), news('ca_1', 10), news('ca_2', 20)]),
        store.told(ada, [news('ca_2', 25, true), news('ca_1', 15, true)]),
        store.told(bob, [news('ca_4', 10)]),
      ]);
      expect((await rows()).map(({ accountId }) => accountId).sort()).toEqual(['ca_3', 'ca_4']);
      await expectCountsToAgree();
    });

    it('deletes an account that is the one there is now, and no other', async () => {
      await store.observe(ada, [anAccount()], start);
      await store.told(ada, [told({ accountId: 'ca_earlier', isDeleted: true })]);
      expect(await rows()).toHaveLength(1);
      await store.told(ada, [told({ isDeleted: true })]);
      expect(await rows()).toEqual([]);
      await expectCountsToAgree();
    });

    it('adds an account that nobody saw yet, but none that a later read did not show', async () => {
      await store.told(ada, [told({ status: 'active' })]);
      expect(await row()).toMatchObject({ state: 'active', accountId: `ca_gmail_${ada}` });
      await store.told(bob, [told({ isDeleted: true }), told({ status: null })]);
      const known = { subject: `accounts:${bob}`, value: '[]', asOf: start + 200 };
      await database.db.insertInto('lastKnown').values(known).execute();
      await store.told(bob, [told({ status: 'active' })]);
      expect(await rows()).toHaveLength(1);
    });
  });

  it('keeps counts that agree with the accounts, whatever comes in whatever order', async () => {
    // A fixed row of numbers, so that a failure can be repeated.
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const statuses: AccountStatus[] = [
      'active',
      'expired',
      'pending_auth',
      'pending_verification',
      'unknown',
    ];
    const users = [ada, bob, 'carol@example.com'];
    const anyAccount = (identifier: string, connectionName: string): ConnectedAccount =>
      anAccount({
        identifier,
        connectionName,
        id: `ca_${identifier}_${random(2)}`,
        status: statuses[random(statuses.length)] ?? 'active',
        updatedAt: start + random(200),
      });
    const names = ['gmail', 'slack', 'exa'];
    for (let turn = 0; turn < 120; turn += 1) {
      const identifier = users[random(3)] ?? ada;
      const name = names[random(3)] ?? 'gmail';
      const at = start + turn + random(20);
      const some = names.filter(() => random(2) === 1);
      if (turn % 3 === 0)
        await store.observe(
          identifier,
          some.map((one) => anyAccount(identifier, one)),
          at,
        );
      else if (turn % 3 === 1)
        await store.observePage(
          name,
          users.map((user) => anyAccount(user, name)),
          at,
        );
      else {
        const { id: accountId, status, ...rest } = anyAccount(identifier, name);
        await store.told(identifier, [
          { ...rest, accountId, status, isDeleted: random(3) === 0, occurredAt: at },
        ]);
      }
      if (turn % 10 === 0) await store.approved(identifier, name, at);
    }
    expect((await rows()).length).toBeGreaterThan(0);
    await expectCountsToAgree();
  });

  it('takes writers at the same time, of several instances where there can be, one after the other', async () => {
    const other = kind === 'postgres' ? await database.openAgain() : database;
    try {
      const stores = [store, createDirectoryStore(other.db)];
      const users = Array.from({ length: 20 }, (_, number) => `user-${number}`);
      const rounds = Array.from({ length: 40 }, (_, round) => {
        const at = start + round;
        const status = round % 2 === 0 ? 'active' : 'expired';
        const listed = (name: string) =>
          users.map((identifier) => anAccount({ identifier, connectionName: name, status, updatedAt: at }));
        const by = stores[round % 2] ?? store;
        if (round % 3 === 0) return by.observePage('gmail', listed('gmail').reverse(), at);
        if (round % 3 === 1) return by.observePage('slack', listed('slack'), at);
        const identifier = users[round % 20] ?? '';
        return by.observe(identifier, [anAccount({ identifier, status })], at);
      });
      await Promise.all(rounds);
      await expectCountsToAgree();
    } finally {
      if (other !== database) await other.close();
    }
  });
});
