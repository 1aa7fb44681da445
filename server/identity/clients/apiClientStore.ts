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

const toClient = (row: Selectable<ApiClientsTable>): ApiClient => ({
  id: row.id,
  name: row.name,
  scopes: listOf(row.scopes),
  returnUrls: listOf(row.return_urls),
  confirmUrls: listOf(row.confirm_urls),
  refreshUrls: listOf(row.refresh_urls),
  moreUserChecks: listOf(row.user_checks),
  mayGiveAddress: row.may_give_address === 1,
  createdAt: row.created_at,
  createdBy: row.created_by,
  revokedAt: row.revoked_at,
});

const toKey = (row: Omit<Selectable<ApiClientKeysTable>, 'secret_hash'>): ApiClientKey => ({
  id: row.id,
  clientId: row.client_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  lastUsedAt: row.last_used_at,
});

const settingsRow = (settings: ClientSettings) => ({
  name: settings.name,
  scopes: JSON.stringify(settings.scopes),
  return_urls: JSON.stringify(settings.returnUrls),
  confirm_urls: JSON.stringify(settings.confirmUrls),
  refresh_urls: JSON.stringify(settings.refreshUrls),
  user_checks: JSON.stringify(settings.moreUserChecks),
  may_give_address: settings.mayGiveAddress ? 1 : 0,
});

const keyRow = (key: NewKey, clientId: string, now: number) => ({
  id: key.id,
  client_id: clientId,
  secret_hash: key.secretHash,
  created_at: now,
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
});

export function createApiClientStore(db: Db) {
  const keysIn = async (from: Db, clientId: string) => {
    const rows = await from
      .selectFrom('api_client_keys')
      .select(['id', 'client_id', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'])
      .where('client_id', '=', clientId)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
    return rows.map(toKey);
  };

  const updateKey = (from: Db, id: string, set: Updateable<ApiClientKeysTable>) =>
    from.updateTable('api_client_keys').set(set).where('id', '=', id).execute();

  return {
    async insert(client: ApiClient, key: NewKey): Promise<void> {
      const { id, createdAt, createdBy, revokedAt } = client;
      const own = { id, created_at: createdAt, created_by: createdBy, revoked_at: revokedAt };
      await db.transaction().execute(async (writing) => {
        await writing
          .insertInto('api_clients')
          .values({ ...own, ...settingsRow(client) })
          .execute();
        await writing
          .insertInto('api_client_keys')
          .values(keyRow(key, id, createdAt))
          .execute();
      });
    },

    async list(): Promise<ApiClient[]> {
      const rows = await db
        .selectFrom('api_clients')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toClient);
    },

    async find(id: string): Promise<ApiClient | null> {
      const row = await db.selectFrom('api_clients').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toClient(row);
    },

    /** The newest first. */
    keysOf: (clientId: string): Promise<ApiClientKey[]> => keysIn(db, clientId),

    /** The keys that open something now, of every client. */
    async liveKeys(): Promise<KnownKey[]> {
      const clients = await db
        .selectFrom('api_clients')
        .selectAll()
        .where('revoked_at', 'is', null)
        .execute();
      const byId = new Map(clients.map((row) => [row.id, toClient(row)]));
      const keys = await db
        .selectFrom('api_client_keys')
        .selectAll()
        .where('revoked_at', 'is', null)
        .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', Date.now())]))
        .execute();
      return keys.flatMap((row) => {
        const client = byId.get(row.client_id);
        return client === undefined ? [] : [{ ...toKey(row), secretHash: row.secret_hash, client }];
      });
    },

    /** @returns whether there is such a client that is not revoked */
    async update(id: string, settings: ClientSettings): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('api_clients')
        .set(settingsRow(settings))
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
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
          .updateTable('api_clients')
          .set((row) => ({ name: row.ref('name') }))
          .where('id', '=', clientId)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        const live = (await keysIn(writing, clientId)).filter((one) => isLive(one, now));
        for (const { id, expiresAt } of live) {
          // The newest is the one without an end; by their times, keys of one millisecond can't be told apart.
          const goesOn = expiresAt === null && oldUntil > now;
          await updateKey(writing, id, goesOn ? { expires_at: oldUntil } : { revoked_at: now });
        }
        await writing
          .insertInto('api_client_keys')
          .values(keyRow(key, clientId, now))
          .execute();
        return true;
      }),

    /** @returns whether it was not revoked before */
    revoke: (id: string, now: number): Promise<boolean> =>
      db.transaction().execute(async (writing) => {
        const { numUpdatedRows } = await writing
          .updateTable('api_clients')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await writing
          .updateTable('api_client_keys')
          .set({ revoked_at: now })
          .where('client_id', '=', id)
          .where('revoked_at', 'is', null)
          .execute();
        return true;
      }),

    /** Notes that a key is used, unless that is noted for a time after `since`. */
    async touch(keyId: string, now: number, since: number): Promise<void> {
      await db
        .updateTable('api_client_keys')
        .set({ last_used_at: now })
        .where('id', '=', keyId)
        .where((row) => row.or([row('last_used_at', 'is', null), row('last_used_at', '<', since)]))
        .execute();
    },
  };
}

export type ApiClientStore = ReturnType<typeof createApiClientStore>;
