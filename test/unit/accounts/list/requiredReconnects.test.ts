import { createFlowStore } from '../../../../server/accounts/flow/flowStore.js';
import { mustReconnect } from '../../../../server/accounts/list/reconnectRule.js';
import {
  createReconnectStore,
  type ReconnectStore,
} from '../../../../server/accounts/list/reconnectStore.js';
import {
  createRequiredReconnects,
  type RequiredReconnects,
} from '../../../../server/accounts/list/requiredReconnects.js';
import { createDirectoryStore } from '../../../../server/directory/directoryStore.js';
import { createReconnectPass } from '../../../../server/directory/reconnectPass.js';
import { createReconnectPassStore } from '../../../../server/directory/reconnectPassStore.js';
import { createLogger } from '../../../../server/http/logging.js';
import type { ConnectedAccount } from '../../../../server/scalekit/gateway.js';
import { createLocks } from '../../../../server/store/locks.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../../tempDatabase.js';
import { ada, anAccount, start } from '../accounts.js';
import { aFlow } from '../flow/flows.js';

const required = (connectionName: string, olderThan: number) => ({
  connectionName,
  olderThan,
  requiredAt: olderThan,
  requiredBy: 'user:kat',
});

describe('what has to be connected anew', () => {
  it.each([
    ['active', null, true],
    ['active', start - 1, true],
    ['active', start, false],
    ['expired', null, false],
    ['pending_auth', null, false],
    ['disconnected', start - 1, false],
  ] as const)('of an account that is %s, approved at %s: %s', (status, authorizedAt, expected) => {
    expect(mustReconnect({ status }, authorizedAt, { olderThan: start })).toBe(expected);
    expect(mustReconnect({ status }, authorizedAt, undefined)).toBe(false);
    expect(mustReconnect(undefined, authorizedAt, { olderThan: start })).toBe(false);
  });
});

describe.each(databaseKinds)('required reconnects on %s', (kind) => {
  let database: TempDatabase;
  let reads: number;
  let reconnects: RequiredReconnects;

  const counted = (store: ReconnectStore): ReconnectStore => ({
    ...store,
    list() {
      reads += 1;
      return store.list();
    },
    authorizedAt(...pair) {
      reads += 1;
      return store.authorizedAt(...pair);
    },
  });

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    reads = 0;
    const { db, events } = database;
    reconnects = createRequiredReconnects({ store: counted(createReconnectStore(db)), events });
  });

  afterEach(() => database.close());

  const accounts = (...list: ConnectedAccount[]) =>
    new Map(list.map((one) => [one.connectionName, one] as const));
  const mine = async (...list: ConnectedAccount[]) => [...(await reconnects.of(ada, accounts(...list)))];
  const flowDone = async (id: string, endedAt: number) => {
    const flow = aFlow({ id, identifier: ada, connectionName: 'gmail', status: 'done' });
    await createFlowStore(database.db).create(flow, id);
    await database.db.updateTable('flows').set({ endedAt }).where('id', '=', id).execute();
  };

  it('cost one query in all while there is none', async () => {
    for (let count = 0; count < 5; count += 1) expect(await mine(anAccount('gmail'))).toEqual([]);
    expect(reads).toBe(1);
  });

  it('concern active accounts of that connection, until a flow of it is done', async () => {
    await flowDone('before', start - 1);
    await reconnects.require(required('gmail', start));
    expect(await mine(anAccount('gmail'), anAccount('slack'))).toEqual(['gmail']);
    expect(await mine(anAccount('gmail', 'expired'), anAccount('slack'))).toEqual([]);
    await flowDone('after', start + 1);
    expect(await mine(anAccount('gmail'))).toEqual([]);
  });

  it('go by what the directory knows, too', async () => {
    await createDirectoryStore(database.db).observe(ada, [anAccount('gmail')], start + 5);
    await reconnects.require(required('gmail', start));
    expect(await mine(anAccount('gmail'))).toEqual([]);
    await reconnects.require(required('gmail', start + 10));
    expect(await mine(anAccount('gmail'))).toEqual(['gmail']);
  });

  it('are taken back once, and told to everybody who keeps them', async () => {
    await reconnects.require(required('gmail', start));
    expect(await mine(anAccount('gmail'))).toEqual(['gmail']);
    const told: unknown[] = [];
    database.events.subscribe((event) => told.push(event));
    expect(await reconnects.withdraw('gmail')).toBe(true);
    expect(told).toEqual([{ kind: 'requirements' }]);
    expect(await mine(anAccount('gmail'))).toEqual([]);
    expect(await reconnects.withdraw('gmail')).toBe(false);
  });

  it('are known on another instance within a moment', async () => {
    const again = await database.openAgain();
    const events = kind === 'sqlite' ? database.events : again.events;
    const other = createRequiredReconnects({ store: createReconnectStore(again.db), events });
    expect((await other.all()).size).toBe(0);
    const heard = new Promise<void>((resolve) => {
      events.subscribe((event) => {
        if (event.kind === 'requirements') resolve();
      });
    });
    await reconnects.require(required('gmail', start));
    await heard;
    expect((await other.all()).get('gmail')).toEqual(required('gmail', start));
    await again.close();
  });

  describe('in the directory', () => {
    const passOn = () =>
      createReconnectPass({
        store: createReconnectPassStore(database.db),
        directory: createDirectoryStore(database.db),
        events: database.events,
        lease: createLocks({ ...database, logger: createLogger('silent') }).lease('required reconnects'),
        logger: createLogger('silent'),
      });
    const rows = () =>
      database.db
        .selectFrom('directoryAccounts')
        .select(['connectionName', 'state', 'reconnectRequired'])
        .orderBy('connectionName')
        .execute();
    const requirements = () => database.db.selectFrom('reconnectRequirements').selectAll().execute();

    it('are shown by a pass, and no longer after another one when they are taken back', async () => {
      const directory = createDirectoryStore(database.db);
      await directory.observe(
        ada,
        [anAccount('exa', 'expired'), anAccount('gmail'), anAccount('slack')],
        start,
      );
      const active = () => createReconnectPassStore(database.db).activeAccounts('gmail');
      expect(await active()).toBe(1);
      await reconnects.require(required('gmail', start + 1));
      const pass = passOn();
      await pass.look();
      expect(await rows()).toEqual([
        { connectionName: 'exa', state: 'expired', reconnectRequired: 0 },
        { connectionName: 'gmail', state: 'expired', reconnectRequired: 1 },
        { connectionName: 'slack', state: 'active', reconnectRequired: 0 },
      ]);
      expect(await active()).toBe(0);
      expect(await requirements()).toMatchObject([{ appliedAt: expect.any(Number) }]);
      await reconnects.withdraw('gmail');
      await pass.look();
      expect((await rows()).map(({ state }) => state)).toEqual(['expired', 'active', 'active']);
      expect(await requirements()).toEqual([]);
      expect(await active()).toBe(1);
      await pass.stop();
    });

    it('go on after a pass that died, and follow a change that came while one went on', async () => {
      const directory = createDirectoryStore(database.db);
      await directory.observe(ada, [anAccount('gmail')], start);
      await reconnects.require(required('gmail', start + 1));
      const store = createReconnectPassStore(database.db);
      const before = await store.pending();
      if (before === null) throw new Error('nothing is pending');
      await reconnects.require(required('gmail', start + 2));
      await store.applied(before);
      expect(await store.pending()).toMatchObject({ requiredAt: start + 2 });
      const pass = passOn();
      await pass.look();
      expect(await store.pending()).toBeNull();
      await pass.stop();
    });
  });
});
