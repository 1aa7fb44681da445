import {
  createUnverifiedAccounts,
  type UnverifiedAccounts,
} from '../../../../server/accounts/flow/unverifiedAccounts.js';
import {
  createUnverifiedStore,
  type UnverifiedStore,
} from '../../../../server/accounts/flow/unverifiedStore.js';
import type { AccountsReading } from '../../../../server/accounts/list/accountReader.js';
import type { AccountStatus, ConnectedAccount } from '../../../../server/scalekit/gateway.js';
import { type AuditType, createAuditTrail } from '../../../../server/store/auditTrail.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';
import { ada, anAccount, start } from '../accounts.js';

const reading = (statuses: Readonly<Record<string, AccountStatus>>): AccountsReading => ({
  asOf: start,
  accounts: new Map(
    Object.entries(statuses).map(([name, status]): [string, ConnectedAccount] => [
      name,
      anAccount(name, status),
    ]),
  ),
});

describe.each(databaseKinds)('accounts that nobody verified, on %s', (kind) => {
  let database: TempDatabase;
  let queries: (keyof UnverifiedStore)[];
  let unverified: UnverifiedAccounts;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    const store = createUnverifiedStore(database.db);
    queries = [];
    const counted: UnverifiedStore = {
      ...store,
      any() {
        queries.push('any');
        return store.any();
      },
      open(identifier) {
        queries.push('open');
        return store.open(identifier);
      },
    };
    unverified = accountsOn(counted);
  });

  const accountsOn = (store: UnverifiedStore) =>
    createUnverifiedAccounts({
      store,
      events: database.events,
      audit: createAuditTrail(database.db, { warn: () => undefined }),
      isTrusted: async (name) => name === 'trusted',
    });

  afterEach(() => database.close());

  let count = 0;
  async function happened(type: AuditType, at: number, connectionName = 'gmail', identifier = ada) {
    count += 1;
    const row = { id: `event ${count}`, at, type, identifier, connectionName };
    const nobody = { actor: null, reference: null, address: null, detail: null };
    await database.db
      .insertInto('auditEvents')
      .values({ ...row, ...nobody })
      .execute();
    await database.events.publish({ kind: 'accounts', identifier });
  }
  const alarm = (at: number, ...more: string[]) => happened('security.unverified_activation', at, ...more);

  const of = async (statuses: Readonly<Record<string, AccountStatus>>) => [
    ...(await unverified.of(ada, reading(statuses))),
  ];

  it('are active, and raised an alarm since their user finished a try of theirs', async () => {
    await alarm(start);
    expect(await of({ gmail: 'active', slack: 'active' })).toEqual(['gmail']);
    await happened('flow.done', start + 1, 'slack');
    await happened('flow.failed', start + 1);
    await happened('flow.done', start + 1, 'gmail', 'bob@example.com');
    expect(await of({ gmail: 'active', slack: 'active' })).toEqual(['gmail']);
    await happened('flow.done', start + 1);
    expect(await of({ gmail: 'active' })).toEqual([]);
    await alarm(start + 2);
    expect(await of({ gmail: 'active' })).toEqual(['gmail']);
  });

  it('are none that an admin has accepted since, nor any on a connection that the operator trusts', async () => {
    await alarm(start);
    await alarm(start, 'trusted');
    await happened('account.activation_accepted', start + 1);
    expect(await of({ gmail: 'active', trusted: 'active' })).toEqual([]);
    await alarm(start + 2);
    expect(await of({ gmail: 'active', trusted: 'active' })).toEqual(['gmail']);
  });

  it('are none of another user, nor any that are not active', async () => {
    await alarm(start, 'gmail', 'bob@example.com');
    expect(await of({ gmail: 'active' })).toEqual([]);
    await alarm(start);
    expect(await of({ gmail: 'disconnected' })).toEqual([]);
    expect(await of({})).toEqual([]);
  });

  it('cost no query while nobody has an alarm, and one for each reading after that', async () => {
    for (let asked = 0; asked < 3; asked += 1) expect(await of({ gmail: 'active' })).toEqual([]);
    expect(queries).toEqual(['any']);
    await alarm(start, 'gmail', 'bob@example.com');
    const same = reading({ gmail: 'active' });
    for (let asked = 0; asked < 3; asked += 1) expect((await unverified.of(ada, same)).size).toBe(0);
    expect(queries).toEqual(['any', 'any', 'open']);
  });

  it('are asked for again after a query that failed', async () => {
    await alarm(start);
    const store = createUnverifiedStore(database.db);
    let broken = true;
    const flaky = {
      ...store,
      any: async () => {
        if (broken) throw new Error('the database is gone');
        return store.any();
      },
    };
    const { of: ask } = accountsOn(flaky);
    await expect(ask(ada, reading({ gmail: 'active' }))).rejects.toThrow('gone');
    broken = false;
    expect([...(await ask(ada, reading({ gmail: 'active' })))]).toEqual(['gmail']);
  });
});
