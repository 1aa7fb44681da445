import { promisify } from 'node:util';
import type { SessionData } from 'express-session';
import { hashed } from '../../../server/kernel/hashed.js';
import { createLogoutStore } from '../../../server/store/logoutStore.js';
import { SessionStore } from '../../../server/store/sessionStore.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';

const idleMs = 3_600_000;
const minute = 60_000;
const id = 'an-id-of-a-session';

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TempDatabase;
  let store: SessionStore;

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    store = new SessionStore(database.db, idleMs);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
  });

  const session = (changes: Partial<SessionData> = {}): SessionData => ({
    cookie: { originalMaxAge: null },
    ...changes,
  });

  const get = (sid = id) =>
    promisify((callback: (error: unknown, value?: SessionData | null) => void) => store.get(sid, callback))();
  const set = (data: SessionData, sid = id) =>
    promisify((callback: (error?: unknown) => void) => store.set(sid, data, callback))();
  const touch = (data: SessionData, sid = id) =>
    new Promise<void>((resolve) => store.touch(sid, data, resolve));
  const destroy = (sid = id) =>
    promisify((callback: (error?: unknown) => void) => store.destroy(sid, callback))();

  const rows = () => database.db.selectFrom('sessions').selectAll().execute();
  const atTime = (now: number) => jest.spyOn(Date, 'now').mockReturnValue(now);

  const user = { identifier: 'ada@example.com', displayName: null, role: 'user' as const };

  describe('a session', () => {
    it('comes back as it was kept', async () => {
      await set(session({ user }));
      expect((await get())?.user).toEqual(user);
    });

    it('is kept under the hash of its id, so that a copy of the database signs nobody in', async () => {
      await set(session({ user }));
      const [row] = await rows();
      expect(row?.idHash).toBe(hashed(id));
      expect(JSON.stringify(row)).not.toContain(id);
      expect(await get(hashed(id))).toBeNull();
    });

    it('is not there for an id that nobody was given', async () => {
      expect(await get('another')).toBeNull();
    });

    it('ends when it is not used for its idle time', async () => {
      const now = Date.now();
      atTime(now);
      await set(session({ user }));
      atTime(now + idleMs - 1);
      expect(await get()).not.toBeNull();
      atTime(now + idleMs);
      expect(await get()).toBeNull();
    });

    it('stays destroyed when a request that began before ends after', async () => {
      await set(session({ user }));
      const loaded = (await get()) ?? session();
      await destroy();
      atTime(Date.now() + 2 * minute);
      await touch(loaded);
      expect(await get()).toBeNull();
      expect(await rows()).toEqual([]);
    });

    it('stays destroyed when a request that began before writes it after', async () => {
      await set(session({ user }));
      const loaded = (await get()) ?? session();
      await destroy();
      await set({ ...loaded, idToken: 'new' });
      expect(await rows()).toEqual([]);
    });

    it('stays destroyed when the request that began it writes it again', async () => {
      const begun = session({ user });
      await set(begun);
      await destroy();
      await set(begun);
      expect(await rows()).toEqual([]);
    });

    it('does not begin once its provider’s word is on record that it ended', async () => {
      const keys = { subjectHash: 'ada', sessionHash: 'one', issuedAt: 1000 };
      const logouts = createLogoutStore(database.db);
      await logouts.remember({ ...keys, tokenHash: 'token', expiresAt: Date.now() + minute });
      await set(session({ user, atProvider: keys }));
      expect(await rows()).toEqual([]);
      for (const other of [{ sessionHash: 'two' }, { subjectHash: 'bob' }, { issuedAt: 2000 }])
        await set(session({ user, atProvider: { ...keys, ...other } }), JSON.stringify(other));
      expect(await rows()).toHaveLength(3);
    });

    it('may be written again by the request that began it', async () => {
      const begun = session();
      await set(begun);
      begun.user = user;
      await set(begun);
      expect((await get())?.user).toEqual(user);
    });

    it('ends with all those of its user, and with no other', async () => {
      const bob = { ...user, identifier: 'bob@example.com' };
      await set(session({ user }), 'one');
      await set(session({ user }), 'two');
      await set(session({ user: bob }), 'bob');
      await set(session(), 'nobody');
      await store.destroyAllOf(user.identifier);
      expect([await get('one'), await get('two')]).toEqual([null, null]);
      expect([await get('bob'), await get('nobody')]).not.toContain(null);
    });

    it('ends after its longest time, however much it is used, also when that was lowered since', async () => {
      const now = Date.now();
      atTime(now);
      store = new SessionStore(database.db, idleMs, 2 * idleMs);
      await set(session({ user }));
      for (const part of [0.9, 1.8]) {
        atTime(now + part * idleMs);
        const loaded = await get();
        expect(loaded).not.toBeNull();
        await touch(loaded ?? session());
        await set(loaded ?? session());
      }
      expect((await rows())[0]).toMatchObject({ createdAt: now, expiresAt: now + 2 * idleMs });
      store = new SessionStore(database.db, idleMs, idleMs);
      expect(await get()).toBeNull();
      store = new SessionStore(database.db, idleMs, 2 * idleMs);
      atTime(now + 2 * idleMs);
      expect(await get()).toBeNull();
    });

    it('tells who asks when the database does not answer', async () => {
      const closed = await database.openAgain();
      await closed.close();
      store = new SessionStore(closed.db, idleMs);
      await expect(get()).rejects.toThrow();
      await expect(set(session())).rejects.toThrow();
      await expect(destroy()).rejects.toThrow();
    });
  });

  describe('using a session', () => {
    it('prolongs it, written at most once a minute', async () => {
      const now = Date.now();
      atTime(now);
      await set(session({ user }));
      const loaded = (await get()) ?? session();
      atTime(now + minute - 1);
      await touch(loaded);
      expect((await rows())[0]?.expiresAt).toBe(now + idleMs);
      atTime(now + minute);
      await touch(loaded);
      expect((await rows())[0]?.expiresAt).toBe(now + minute + idleMs);
    });

    it('does not store when it ends as a part of it', async () => {
      await set(session({ user }));
      await set((await get()) ?? session());
      expect((await rows())[0]?.data).not.toContain('storedUntil');
    });
  });

  describe('deleting what has ended', () => {
    it('leaves what lasts', async () => {
      const now = Date.now();
      atTime(now - idleMs);
      await set(session(), 'ended');
      atTime(now);
      await set(session(), 'lasting');
      await store.deleteExpired();
      expect((await rows()).map((row) => row.idHash)).toEqual([hashed('lasting')]);
    });
  });
});
