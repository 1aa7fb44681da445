import {
  type ApiClients,
  createApiClients,
  longestOverlapMs,
} from '../../../../server/identity/clients/apiClients.js';
import { createAuditTrail } from '../../../../server/store/auditTrail.js';
import type { Database } from '../../../../server/store/database/database.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '../../../support/jest.js';
import { databaseKinds, openTempDatabase, silent, type TempDatabase } from '../../tempDatabase.js';
import { someSettings } from './clients.js';
import { logoOf, pngOf, svgOf } from './logoFiles.js';

const by = { actor: 'user:katherine@example.com', reference: 'K7F-2QD', address: '127.0.0.1' };
const hour = 3_600_000;

describe.each(databaseKinds)('API clients on %s', (kind) => {
  let database: TempDatabase;
  let clients: ApiClients;

  const clientsOn = ({ db, events }: Database) =>
    createApiClients({ db, events, audit: createAuditTrail(db, silent) });

  const audited = () =>
    database.db.selectFrom('auditEvents').select(['type', 'actor', 'detail']).orderBy('at').execute();

  beforeEach(async () => {
    database = await openTempDatabase(kind);
    clients = clientsOn(database);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
  });

  /** Has it be so much later, and stay so. */
  function laterBy(ms: number): void {
    const now = Date.now() + ms;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  }

  it('are made, listed, found, and known by their key', async () => {
    const settings = someSettings({ moreUserChecks: ['none'], mayGiveAddress: true });
    const { client, key } = await clients.create(settings, by);
    expect(client).toMatchObject({ ...settings, createdBy: by.actor, revokedAt: null });
    expect(await clients.list()).toEqual([client]);
    expect(await clients.find(client.id)).toMatchObject({ client, keys: [{ lastUsedAt: null }] });
    expect(await clients.verify(key)).toEqual(client);
    expect(await audited()).toEqual([
      { type: 'client.created', actor: by.actor, detail: `${client.id} Acme Assistant` },
    ]);
  });

  it('leave nothing of the key in the database', async () => {
    const { key } = await clients.create(someSettings(), by);
    const secret = key.slice(-72, -8);
    for (const table of ['apiClients', 'apiClientKeys', 'auditEvents'] as const) {
      expect(JSON.stringify(await database.db.selectFrom(table).selectAll().execute())).not.toContain(secret);
    }
  });

  it('are not known by a guess: another secret for a real id, another id, a cut key', async () => {
    const { key } = await clients.create(someSettings(), by);
    const { key: other } = await clients.create(someSettings(), by);
    const { newApiKey } = await import('../../../../server/identity/clients/apiKey.js');
    const { crc32 } = await import('node:zlib');
    const mixed = `${key.slice(4, 20)}_${other.slice(21, 85)}`;
    const forged = `cak_${mixed}${crc32(mixed).toString(16).padStart(8, '0')}`;
    expect(forged).toHaveLength(key.length);
    for (const guess of [forged, newApiKey().text, key.slice(0, -1), key.slice(0, 20), '', 'cak_']) {
      expect(await clients.verify(guess)).toBeNull();
    }
    expect(await clients.verify(key)).not.toBeNull();
  });

  it('note the use of a key at most once a minute', async () => {
    const { client, key } = await clients.create(someSettings(), by);
    const lastUsed = async () => (await clients.find(client.id))?.keys[0]?.lastUsedAt;
    laterBy(0);
    await clients.verify(key);
    const first = await lastUsed();
    expect(first).toEqual(expect.any(Number));
    laterBy(59_000);
    await clients.verify(key);
    expect(await lastUsed()).toBe(first);
    laterBy(2_000);
    await clients.verify(key);
    expect(await lastUsed()).toBe(Date.now());
  });

  it('change, and the change counts at once', async () => {
    const { client, key } = await clients.create(someSettings(), by);
    await clients.verify(key);
    expect(await clients.update(client.id, someSettings({ scopes: ['onboarding'] }), by)).toBe(true);
    expect((await clients.verify(key))?.scopes).toEqual(['onboarding']);
    expect(await clients.update('nobody', someSettings(), by)).toBe(false);
  });

  it('get a new key, while the old one goes on until its time is up', async () => {
    const { client, key: old } = await clients.create(someSettings(), by);
    laterBy(0);
    const fresh = (await clients.rotate(client.id, hour, by)) ?? '';
    expect(await clients.verify(old)).not.toBeNull();
    expect(await clients.verify(fresh)).not.toBeNull();
    laterBy(hour - 1_000);
    expect(await clients.verify(old)).not.toBeNull();
    laterBy(1_000);
    expect(await clients.verify(old)).toBeNull();
    expect(await clients.verify(fresh)).not.toBeNull();
  });

  it('have two live keys at most, and an old one never lives longer for a rotation', async () => {
    const { client, key: first } = await clients.create(someSettings(), by);
    const second = (await clients.rotate(client.id, hour, by)) ?? '';
    const third = (await clients.rotate(client.id, 2 * hour, by)) ?? '';
    expect(await clients.verify(first)).toBeNull();
    expect(await clients.verify(second)).not.toBeNull();
    const fourth = (await clients.rotate(client.id, 0, by)) ?? '';
    for (const ended of [first, second, third]) expect(await clients.verify(ended)).toBeNull();
    expect(await clients.verify(fourth)).not.toBeNull();
  });

  it('go on with the key before the newest, however fast one follows the other', async () => {
    laterBy(0);
    const { client, key } = await clients.create(someSettings(), by);
    const keys = [key];
    for (let times = 0; times < 8; times += 1) {
      keys.push((await clients.rotate(client.id, hour, by)) ?? '');
      const live = await Promise.all(keys.map((one) => clients.verify(one)));
      expect(keys.filter((_, index) => live[index] !== null)).toEqual(keys.slice(-2));
    }
  });

  it('keep two live keys at most when several rotate at once', async () => {
    const { client } = await clients.create(someSettings(), by);
    const keys = await Promise.all([1, 2, 3, 4].map(() => clients.rotate(client.id, hour, by)));
    const live = await Promise.all(keys.map((key) => clients.verify(key ?? '')));
    expect(live.filter((one) => one !== null)).toHaveLength(2);
  });

  it('bound how long an old key goes on', async () => {
    const { client, key } = await clients.create(someSettings(), by);
    await clients.rotate(client.id, 10 * longestOverlapMs, by);
    laterBy(longestOverlapMs + 1);
    expect(await clients.verify(key)).toBeNull();
  });

  it('end for good when they are revoked, with every key, and only then', async () => {
    const { client, key } = await clients.create(someSettings(), by);
    const { key: other } = await clients.create(someSettings(), by);
    const second = (await clients.rotate(client.id, hour, by)) ?? '';
    for (const one of [key, second, other]) expect(await clients.verify(one)).not.toBeNull();
    expect(await clients.revoke(client.id, by)).toBe(true);
    for (const one of [key, second]) expect(await clients.verify(one)).toBeNull();
    expect(await clients.verify(other)).not.toBeNull();
    expect(await clients.revoke(client.id, by)).toBe(false);
    expect(await clients.rotate(client.id, hour, by)).toBeNull();
    expect(await clients.update(client.id, someSettings(), by)).toBe(false);
  });

  it('have a logo, which is another’s as well where both are the same, and none once it is removed', async () => {
    const { client } = await clients.create(someSettings(), by);
    const { client: other } = await clients.create(someSettings(), by);
    expect(client.logo).toBeNull();
    const logo = logoOf(pngOf(40, 10));
    for (const { id } of [client, other]) expect(await clients.setLogo(id, logo, by)).toBe(true);
    const found = (await clients.find(client.id))?.client.logo;
    expect(found).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), width: 1000, height: 250 });
    const hash = found?.hash ?? '';
    expect((await clients.list()).map((one) => one.logo?.hash)).toEqual([hash, hash]);
    expect(await clients.logo(hash)).toEqual({ type: 'image/png', body: logo.body });
    expect(await clients.removeLogo(client.id, by)).toBe(true);
    expect(await clients.removeLogo(client.id, by)).toBe(false);
    expect(await clients.logo(hash)).not.toBeNull();
    expect(await clients.setLogo(other.id, logoOf(svgOf()), by)).toBe(true);
    expect(await clients.logo(hash)).toBeNull();
    expect((await clients.find(client.id))?.client.logo).toBeNull();
  });

  it('lose their logo when they are revoked, and get no other', async () => {
    const { client } = await clients.create(someSettings(), by);
    await clients.setLogo(client.id, logoOf(svgOf()), by);
    const hash = (await clients.find(client.id))?.client.logo?.hash ?? '';
    expect(await clients.logo(hash)).not.toBeNull();
    await clients.revoke(client.id, by);
    expect(await clients.logo(hash)).toBeNull();
    expect(await clients.setLogo(client.id, logoOf(svgOf()), by)).toBe(false);
    expect(await clients.setLogo('nobody', logoOf(svgOf()), by)).toBe(false);
    expect(await database.db.selectFrom('clientLogos').selectAll().execute()).toEqual([]);
  });

  it('lose their logo on an instance that was told nothing, within a second', async () => {
    const { client } = await clients.create(someSettings(), by);
    await clients.setLogo(client.id, logoOf(svgOf()), by);
    const hash = (await clients.find(client.id))?.client.logo?.hash ?? '';
    const elsewhere = await database.openAgain();
    const others = clientsOn({
      ...elsewhere,
      events: { ...elsewhere.events, subscribe: () => () => undefined },
    });
    expect(await others.logo(hash)).not.toBeNull();
    await clients.removeLogo(client.id, by);
    laterBy(1_000);
    expect(await others.logo(hash)).toBeNull();
    await elsewhere.close();
  });

  it('end on an instance that was told nothing, within a second', async () => {
    const { client, key } = await clients.create(someSettings(), by);
    const elsewhere = await database.openAgain();
    const others = createApiClients({
      db: elsewhere.db,
      events: { ...elsewhere.events, subscribe: () => () => undefined },
      audit: createAuditTrail(elsewhere.db, silent),
    });
    expect(await others.verify(key)).not.toBeNull();
    await clients.revoke(client.id, by);
    laterBy(1_000);
    expect(await others.verify(key)).toBeNull();
    await elsewhere.close();
  });
});

describe('API clients of two instances on PostgreSQL', () => {
  it('end on the other as soon as it is told', async () => {
    const database = await openTempDatabase('postgres');
    const elsewhere = await database.openAgain();
    const make = ({ db, events }: Database) =>
      createApiClients({ db, events, audit: createAuditTrail(db, silent) });
    const [here, there] = [make(database), make(elsewhere)];
    const { client, key } = await here.create(someSettings(), by);
    // What was read stays good for as long as time stands still, so that only the word of it can end it.
    const now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    expect(await there.verify(key)).not.toBeNull();
    const told = new Promise<void>((resolve) => {
      elsewhere.events.subscribe(({ kind }) => kind === 'clients' && resolve());
    });
    await here.revoke(client.id, by);
    await told;
    expect(await there.verify(key)).toBeNull();
    jest.restoreAllMocks();
    await elsewhere.close();
    await database.close();
  });
});
