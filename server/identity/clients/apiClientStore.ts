import type { Selectable, Updateable } from 'kysely';
import type { ApiClientKeysTable, ApiClientsTable, Db } from '../../store/database/schema.js';
import {
  type ApiClient,
  type ApiClientKey,
  type ClientLogo,
  type ClientSettings,
  isLive,
} from './apiClient.js';
import type { LogoFile, LogoType } from './logoFile.js';

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

/** The content of a logo. */
export type LogoContent = Pick<LogoFile, 'type' | 'body'>;

/** A client, and its logo if it has one. */
interface ClientRow extends Selectable<ApiClientsTable> {
  readonly logoHash: string | null;
  readonly logoWidth: number | null;
  readonly logoHeight: number | null;
}

function logoIn({ logoHash: hash, logoWidth: width, logoHeight: height }: ClientRow): ClientLogo | null {
  return hash === null || width === null || height === null ? null : { hash, width, height };
}

const clientsIn = (from: Db) =>
  from
    .selectFrom('apiClients')
    .leftJoin('clientLogos', 'clientLogos.clientId', 'apiClients.id')
    .selectAll('apiClients')
    .select([
      'clientLogos.hash as logoHash',
      'clientLogos.width as logoWidth',
      'clientLogos.height as logoHeight',
    ]);

const toClient = (all: ClientRow): ApiClient => {
  const { userChecks, logoHash, logoWidth, logoHeight, ...row } = all;
  return {
    ...row,
    scopes: listOf(row.scopes),
    returnUrls: listOf(row.returnUrls),
    confirmUrls: listOf(row.confirmUrls),
    refreshUrls: listOf(row.refreshUrls),
    moreUserChecks: listOf(userChecks),
    mayGiveAddress: row.mayGiveAddress === 1,
    logo: logoIn(all),
  };
};

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

  /**
   * Has every other change of a client wait for this one, which writes before all else.
   * @returns whether there is such a client that is not revoked
   */
  async function hold(writing: Db, clientId: string): Promise<boolean> {
    const { numUpdatedRows } = await writing
      .updateTable('apiClients')
      .set((row) => ({ name: row.ref('name') }))
      .where('id', '=', clientId)
      .where('revokedAt', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

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
      const rows = await clientsIn(db)
        .orderBy('apiClients.createdAt', 'desc')
        .orderBy('apiClients.id')
        .execute();
      return rows.map(toClient);
    },

    async find(id: string): Promise<ApiClient | null> {
      const row = await clientsIn(db).where('apiClients.id', '=', id).executeTakeFirst();
      return row === undefined ? null : toClient(row);
    },

    /** The newest first. */
    keysOf: (clientId: string): Promise<ApiClientKey[]> => keysIn(db, clientId),

    /** The keys that open something now, of every client. */
    async liveKeys(): Promise<KnownKey[]> {
      const clients = await clientsIn(db).where('apiClients.revokedAt', 'is', null).execute();
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
        if (!(await hold(writing, clientId))) return false;
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
        for (const table of ['clientLogos', 'clientWebhooks', 'clientDeliveries'] as const) {
          await writing.deleteFrom(table).where('clientId', '=', id).execute();
        }
        return true;
      }),

    /** @returns whether there is such a client that is not revoked */
    setLogo: (clientId: string, hash: string, logo: LogoFile, now: number): Promise<boolean> =>
      db.transaction().execute(async (writing) => {
        if (!(await hold(writing, clientId))) return false;
        const { type, width, height } = logo;
        const row = { hash, type, width, height, content: logo.body.toString('base64'), changedAt: now };
        await writing
          .insertInto('clientLogos')
          .values({ clientId, ...row })
          .onConflict((conflict) => conflict.column('clientId').doUpdateSet(row))
          .execute();
        return true;
      }),

    /** @returns whether it had one */
    async removeLogo(clientId: string): Promise<boolean> {
      const { numDeletedRows } = await db
        .deleteFrom('clientLogos')
        .where('clientId', '=', clientId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    /** The hashes of all logos. */
    logoHashes: (): Promise<{ readonly id: string }[]> =>
      db.selectFrom('clientLogos').select('hash as id').execute(),

    async logoContent(hash: string): Promise<LogoContent | null> {
      const row = await db
        .selectFrom('clientLogos')
        .select(['type', 'content'])
        .where('hash', '=', hash)
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return null;
      return { type: row.type as LogoType, body: Buffer.from(row.content, 'base64') };
    },

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
