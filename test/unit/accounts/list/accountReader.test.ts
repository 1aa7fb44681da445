import { EventEmitter } from 'node:events';
import {
  type AccountReaderOptions,
  createAccountReader,
} from '../../../../server/accounts/list/accountReader.js';
import { limitTime, remainingMs } from '../../../../server/kernel/requestBudget.js';
import { createLastKnownStore, type LastKnownStore } from '../../../../server/store/lastKnownStore.js';
import { afterEach, beforeEach, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway, type MemoryGateway } from '../../../support/memoryGateway.js';
import { openTempDatabase, type TempDatabase } from '../../tempDatabase.js';

const ada = 'ada@example.com';
const bob = 'bob@example.com';

let database: TempDatabase;
let gateway: MemoryGateway;
let writes: { subject: string; value: unknown; asOf: number }[];

function watched(store: LastKnownStore): LastKnownStore {
  return {
    read: (subject) => store.read(subject),
    write(subject, value, asOf) {
      writes.push({ subject, value, asOf });
      return store.write(subject, value, asOf);
    },
  };
}

const readerWith = (options: AccountReaderOptions = {}) =>
  createAccountReader(gateway, watched(createLastKnownStore(database.db)), options);

beforeEach(async () => {
  database = await openTempDatabase();
  gateway = createMemoryGateway();
  gateway.scalekit.addConnection({ name: 'gmail' });
  writes = [];
});

afterEach(() => database.close());

const listings = () => gateway.script.count('listConnectedAccounts');

describe('reading accounts', () => {
  it('is one call for all who ask for a user at the same time', async () => {
    const reader = readerWith({ reuseMs: 0 });
    const readings = await Promise.all([reader.read(ada), reader.read(ada), reader.read(ada)]);
    expect(listings()).toBe(1);
    expect(new Set(readings).size).toBe(1);
  });

  it('does not end for all with the time of the request that asked first', async () => {
    const seen: number[] = [];
    const asked: typeof gateway = {
      ...gateway,
      listConnectedAccounts(identifier) {
        seen.push(remainingMs());
        return gateway.listConnectedAccounts(identifier);
      },
    };
    const reader = createAccountReader(asked, createLastKnownStore(database.db), { reuseMs: 0 });
    const hold = gateway.script.hold('listConnectedAccounts');
    const unanswered = Object.assign(new EventEmitter(), { headersSent: false });
    const first = new Promise((resolve) => {
      limitTime(1)(undefined, unanswered, () => resolve(reader.read(ada)));
    });
    const second = reader.read(ada);
    await expect(first).rejects.toMatchObject({ kind: 'timeout', cutShort: true });
    hold.release();
    await expect(second).resolves.toMatchObject({ accounts: new Map() });
    expect(listings()).toBe(1);
    expect(seen).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('keeps users apart', async () => {
    gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const reader = readerWith();
    const [hers, his] = await Promise.all([reader.read(ada), reader.read(bob)]);
    expect(hers.accounts.get('gmail')?.identifier).toBe(ada);
    expect(his.accounts.size).toBe(0);
  });

  it('reuses a result for a while, and no longer', async () => {
    const patient = readerWith({ reuseMs: 60_000 });
    await patient.read(ada);
    await patient.read(ada);
    expect(listings()).toBe(1);
    const eager = readerWith({ reuseMs: 0 });
    await eager.read(ada);
    await eager.read(ada);
    expect(listings()).toBe(3);
  });

  it('says as of when it is by the time at which it began', async () => {
    const held = gateway.script.hold('listConnectedAccounts');
    const before = Date.now();
    const reading = readerWith().read(ada);
    await held.arrived;
    const arrived = Date.now();
    held.release();
    const { asOf } = await reading;
    expect(asOf).toBeGreaterThanOrEqual(before);
    expect(asOf).toBeLessThanOrEqual(arrived);
  });

  it('keeps results of so many users only, and reads again for the rest', async () => {
    const reader = readerWith({ keptUsers: 1, reuseMs: 60_000 });
    await reader.read(ada);
    await reader.read(bob);
    await reader.read(ada);
    expect(listings()).toBe(3);
  });

  it('shares a read that is under way, however many users were read meanwhile', async () => {
    const reader = readerWith({ keptUsers: 2, reuseMs: 60_000 });
    const held = gateway.script.hold('listConnectedAccounts');
    const first = reader.read(ada);
    await held.arrived;
    for (let number = 0; number < 5; number += 1) await reader.read(`user-${number}`);
    const second = reader.read(ada);
    held.release();
    expect(await second).toBe(await first);
    expect(listings()).toBe(6);
    // What it brought is kept, too.
    expect(await reader.read(ada)).toBe(await first);
    expect(listings()).toBe(6);
  });

  it('keeps the result of a busy user, and lets go of one who was not asked for lately', async () => {
    const reader = readerWith({ keptUsers: 2, reuseMs: 60_000 });
    const busy = await reader.read(ada);
    for (let number = 0; number < 5; number += 1) {
      await reader.read(`user-${number}`);
      expect(await reader.read(ada)).toBe(busy);
    }
    expect(listings()).toBe(6);
    await reader.read('user-0');
    expect(listings()).toBe(7);
  });
});

describe('a drop', () => {
  it('makes the next read a true one', async () => {
    const reader = readerWith({ reuseMs: 60_000 });
    await reader.read(ada);
    gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    reader.drop(ada);
    expect((await reader.read(ada)).accounts.size).toBe(1);
  });

  it('while a read is under way leaves it neither shared nor kept nor stored', async () => {
    const reader = readerWith({ reuseMs: 60_000 });
    const held = gateway.script.hold('listConnectedAccounts');
    const old = reader.read(ada);
    await held.arrived;
    reader.drop(ada);
    gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const fresh = await reader.read(ada);
    expect(fresh.accounts.size).toBe(1);
    gateway.scalekit.removeAccount({ connectionName: 'gmail', identifier: ada });
    held.release();
    expect((await old).accounts.size).toBe(0);
    expect(await reader.read(ada)).toBe(fresh);
    expect(writes.map(({ value }) => (value as unknown[]).length)).toEqual([1]);
  });

  it('of one user leaves the others alone', async () => {
    const reader = readerWith({ reuseMs: 60_000 });
    await Promise.all([reader.read(ada), reader.read(bob)]);
    reader.drop(ada);
    await reader.read(bob);
    expect(listings()).toBe(2);
  });
});

describe('while Scalekit cannot answer', () => {
  it('recalls what was last read, as of then, in another process too', async () => {
    gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    const { asOf } = await readerWith().read(ada);
    gateway.script.failAll('timeout');
    const answer = await readerWith().readOrRecall(ada);
    expect(answer).toMatchObject({ fresh: false, error: { kind: 'timeout' }, reading: { asOf } });
    expect(answer.reading?.accounts.get('gmail')?.status).toBe('active');
  });

  it('never takes "unreachable" for "not connected"', async () => {
    gateway.script.failAll('unreachable');
    expect(await readerWith().readOrRecall(ada)).toMatchObject({ fresh: false, reading: null });
  });

  it('recalls nothing of another user', async () => {
    gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await readerWith().read(ada);
    gateway.script.failAll('unreachable');
    expect((await readerWith().readOrRecall(bob)).reading).toBeNull();
  });

  it('fails again and again without keeping the failure', async () => {
    const reader = readerWith();
    gateway.script.failNext('listConnectedAccounts', 'unreachable');
    await expect(reader.read(ada)).rejects.toMatchObject({ kind: 'unreachable' });
    expect((await reader.readOrRecall(ada)).fresh).toBe(true);
  });
});

describe('what is stored', () => {
  it('is written once while nothing changes', async () => {
    const reader = readerWith({ reuseMs: 0 });
    for (let count = 0; count < 5; count += 1) await reader.read(ada);
    expect(writes).toHaveLength(1);
  });

  it('is written again when something changed', async () => {
    const reader = readerWith({ reuseMs: 0 });
    await reader.read(ada);
    gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await reader.read(ada);
    gateway.scalekit.setStatus({ connectionName: 'gmail', identifier: ada }, 'expired');
    await reader.read(ada);
    expect(writes).toHaveLength(3);
  });
});
