import type { Selectable, Updateable } from 'kysely';
import type { ApiClientKeysTable, ApiClientsTable, Db } from '../../store/database/schema.js';
import { type ApiClient, type ApiClientKey, type ClientSettings, isLive } from './apiClient.js';

/** A key as it is stored: its id, and the hash of its secret. */
export interface NewKey {
  readonly id: string;
  readonly secretHash: string;
}

/** A key as it is checked. */
export interface KnownKey extends ApiClientKey {
  readonly secretHash: string;
  readonly client: ApiClient;
}

const listOf = <T extends string>(json: string) => JSON.parse(json) as readonly T[];

const toClient = ({ userChecks, ...row }: Selectable<ApiClientsTable>): ApiClient => ({
  ...row,
  scopes: listOf(row.scopes),
  returnUrls: listOf(row.returnUrls),
  confirmUrls: listOf(row.confirmUrls),
  refreshUrls: listOf(row.refreshUrls),
  moreUserChecks: listOf(userChecks),
  mayGiveAddress: row.mayGiveAddress === 1,
});

const settingsRow = (settings: ClientSettings) => ({
  name: settings.name,
  scopes: JSON.stringify(settings.scopes),
  returnUrls: JSON.stringify(settings.returnUrls),
  confirmUrls: JSON.stringify(settings.confirmUrls),
  refreshUrls: JSON.stringify(settings.refreshUrls),
  userChecks: JSON.stringify(settings.moreUserChecks),
  mayGiveAddress: settings.mayGiveAddress ? 1 : 0,
});

const keyRow = (key: NewKey, clientId: string, now: number): ApiClientKeysTable => ({
  ...key,
  clientId,
  createdAt: now,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
});

export function createApiClientStore(db: Db) {
  const keysIn = (from: Db, clientId: string): Promise<ApiClientKey[]> =>
    from
      .selectFrom('apiClientKeys')
      .select(['id', 'clientId', 'createdAt', 'expiresAt', 'revokedAt', 'lastUsedAt'])
      .where('clientId', '=', clientId)
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .execute();

  const updateKey = (from: Db, id: string, set: Updateable<ApiClientKeysTable>) =>
    from.updateTable('apiClientKeys').set(set).where('id', '=', id).execute();

  return {
    async insert(client: ApiClient, key: NewKey): Promise<void> {
      const { id, createdAt, createdBy, revokedAt } = client;
      await db.transaction().execute(async (writing) => {
        await writing
          .insertInto('apiClients')
          .values({ id, createdAt, createdBy, revokedAt, ...settingsRow(client) })
          .execute();
        await writing
          .insertInto('apiClientKeys')
          .values(keyRow(key, id, createdAt))
          .execute();
      });
    },

    async list(): Promise<ApiClient[]> {
      const rows = await db
        .selectFrom('apiClients')
        .selectAll()
        .orderBy('createdAt', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toClient);
    },

    async find(id: string): Promise<ApiClient | null> {
      const row = await db.selectFrom('apiClients').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toClient(row);
    },

    /** The newest first. */
    keysOf: (clientId: string): Promise<ApiClientKey[]> => keysIn(db, clientId),

    /** The keys that open something now, of every client. */
    async liveKeys(): Promise<KnownKey[]> {
      const clients = await db.selectFrom('apiClients').selectAll().where('revokedAt', 'is', null).execute();
      const byId = new Map(clients.map((row) => [row.id, toClient(row)]));
      const keys = await db
        .selectFrom('apiClientKeys')
        .selectAll()
        .where('revokedAt', 'is', null)
        .where((row) => row.or([row('expiresAt', 'is', null), row('expiresAt', '>', Date.now())]))
        .execute();
      return keys.flatMap((row) => {
        const client = byId.get(row.clientId);
        return client === undefined ? [] : [{ ...row, client }];
      });
    },

    /** @returns whether there is such a client that is not revoked */
    async update(id: string, settings: ClientSettings): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('apiClients')
        .set(settingsRow(settings))
        .where('id', '=', id)
        .where('revokedAt', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /**
     * Adds a key. Of the others the newest goes on until `oldUntil`, and every older one ends at once, so that no
     * more than two are live.
     * @returns whether there is such a client that is not revoked
     */
    rotate: (clientId: string, key: NewKey, now: number, oldUntil: number): Promise<boolean> =>
      db.transaction().execute(async (writing) => {
        // Written first, so that a rotation or a revocation of the same client at the same time waits for this one.
        const { numUpdatedRows } = await writing
          .updateTable('apiClients')
          .set((row) => ({ name: row.ref('name') }))
          .where('id', '=', clientId)
          .where('revokedAt', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        const live = (await keysIn(writing, clientId)).filter((one) => isLive(one, now));
        for (const { id, expiresAt } of live) {
          // The newest is the one without an end; by their times, keys of one millisecond can't be told apart.
          const goesOn = expiresAt === null && oldUntil > now;
          await updateKey(writing, id, goesOn ? { expiresAt: oldUntil } : { revokedAt: now });
        }
        await writing
          .insertInto('apiClientKeys')
          .values(keyRow(key, clientId, now))
          .execute();
        return true;
      }),

    /** @returns whether it was not revoked before */
    revoke: (id: string, now: number): Promise<boolean> =>
      db.transaction().execute(async (writing) => {
        const { numUpdatedRows } = await writing
          .updateTable('apiClients')
          .set({ revokedAt: now })
          .where('id', '=', id)
          .where('revokedAt', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await writing
          .updateTable('apiClientKeys')
          .set({ revokedAt: now })
          .where('clientId', '=', id)
          .where('revokedAt', 'is', null)
          .execute();
        return true;
      }),

    /** Notes that a key is used, unless that is noted for a time after `since`. */
    async touch(keyId: string, now: number, since: number): Promise<void> {
      await db
        .updateTable('apiClientKeys')
        .set({ lastUsedAt: now })
        .where('id', '=', keyId)
        .where((row) => row.or([row('lastUsedAt', 'is', null), row('lastUsedAt', '<', since)]))
        .execute();
    },
  };
}

export type ApiClientStore = ReturnType<typeof createApiClientStore>;
