import type { Selectable, Updateable } from 'kysely';
import { type ClientEventType, readsAllUsers, triedForMs } from '../../store/clientEventStore.js';
import { olderThan, type PageKey } from '../../store/database/newestFirst.js';
import type { ClientDeliveriesTable, ClientWebhooksTable, Db } from '../../store/database/schema.js';

/** Where a client is told of changes. Secrets are sealed. */
export type ClientWebhook = Selectable<ClientWebhooksTable>;

/**
 * How a delivery stands.
 * - `waiting`: it is tried at `nextTryAt`, unless one before it is still on its way or the address is switched off.
 * - `delivered`: the client took it.
 * - `failed`: it was given up after three days.
 */
export type DeliveryState = 'waiting' | 'delivered' | 'failed';

/** An event on its way to a client. Times are epoch milliseconds. */
export interface Delivery extends Omit<Selectable<ClientDeliveriesTable>, 'type'> {
  readonly type: ClientEventType;
  readonly state: DeliveryState;
}

function toDelivery(row: Selectable<ClientDeliveriesTable>): Delivery {
  const state = row.deliveredAt !== null ? 'delivered' : row.failedAt !== null ? 'failed' : 'waiting';
  return { ...row, type: row.type as ClientEventType, state };
}

/** The addresses of clients, and what is sent there. Each change is one statement or one transaction. */
export function createClientWebhookStore(db: Db) {
  const waiting = (from: Db = db) =>
    from
      .selectFrom('clientDeliveries as delivery')
      .innerJoin('clientWebhooks as webhook', 'webhook.clientId', 'delivery.clientId')
      .where('delivery.deliveredAt', 'is', null)
      .where('delivery.failedAt', 'is', null)
      .where('webhook.offAt', 'is', null);

  /**
   * Those that are due, and no other of the same user and connection comes before them. What an admin sent again keeps
   * nobody waiting: it is old already.
   */
  const due = (now: number, from: Db = db) =>
    waiting(from)
      .where('delivery.nextTryAt', '<=', now)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('clientDeliveries as before')
              .select('before.id')
              .whereRef('before.clientId', '=', 'delivery.clientId')
              .whereRef('before.identifier', '=', 'delivery.identifier')
              .where((row) =>
                row.or([
                  row('before.connectionName', '=', row.ref('delivery.connectionName')),
                  row.and([
                    row('before.connectionName', 'is', null),
                    row('delivery.connectionName', 'is', null),
                  ]),
                ]),
              )
              .whereRef('before.sequence', '<', 'delivery.sequence')
              .where('before.deliveredAt', 'is', null)
              .where('before.failedAt', 'is', null)
              .where('before.sentAgainAt', 'is', null),
          ),
        ),
      );

  const change = async (clientId: string, set: Updateable<ClientWebhooksTable>): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable('clientWebhooks')
      .set(set)
      .where('clientId', '=', clientId)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  };

  return {
    /** The same, within a transaction. */
    within: createClientWebhookStore,

    async find(clientId: string): Promise<ClientWebhook | null> {
      const row = await db
        .selectFrom('clientWebhooks')
        .selectAll()
        .where('clientId', '=', clientId)
        .executeTakeFirst();
      return row ?? null;
    },

    /** The address of a client, and whether it may read the status of all users now; null where it is gone or off. */
    async findToSend(clientId: string): Promise<(ClientWebhook & { readonly readsAll: boolean }) | null> {
      const row = await db
        .selectFrom('clientWebhooks')
        .innerJoin('apiClients', 'apiClients.id', 'clientWebhooks.clientId')
        .selectAll('clientWebhooks')
        .select('apiClients.scopes')
        .where('clientId', '=', clientId)
        .where('offAt', 'is', null)
        .where('apiClients.revokedAt', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { scopes, ...webhook } = row;
      return { ...webhook, readsAll: readsAllUsers(scopes) };
    },

    /** The clients whose addresses are switched off. */
    switchedOff: (): Promise<{ readonly name: string; readonly offAt: number }[]> =>
      db
        .selectFrom('clientWebhooks')
        .innerJoin('apiClients', 'apiClients.id', 'clientWebhooks.clientId')
        .select('apiClients.name')
        .select('clientWebhooks.offAt')
        .where('offAt', 'is not', null)
        .where('apiClients.revokedAt', 'is', null)
        .orderBy('offAt', 'desc')
        .$narrowType<{ offAt: number }>()
        .execute(),

    /**
     * Sets where a client is told, and switches it on.
     * @param secret sealed; it counts where the client had no address before
     * @returns whether it had none
     */
    async set(clientId: string, url: string, secret: string, now: number): Promise<boolean> {
      const on = { url, setAt: now, failingSince: null, offAt: null };
      if (await change(clientId, on)) return false;
      const added = await db
        .insertInto('clientWebhooks')
        .values({ clientId, ...on, secret })
        .onConflict((conflict) => conflict.column('clientId').doUpdateSet(on))
        .returning('secret')
        .executeTakeFirst();
      return added?.secret === secret;
    },

    /** The secret before goes on signing until `oldUntil`; an older one ends. @returns whether there is an address */
    rotate: (clientId: string, secret: string, oldUntil: number | null): Promise<boolean> =>
      db.transaction().execute(async (writing) => {
        const { numUpdatedRows } = await writing
          .updateTable('clientWebhooks')
          .set((row) => ({
            oldSecret: oldUntil === null ? null : row.ref('secret'),
            oldUntil,
            secret,
          }))
          .where('clientId', '=', clientId)
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      }),

    /** Takes an address away, and all that was sent there or waits. @returns whether there was one */
    remove: (clientId: string): Promise<boolean> =>
      db.transaction().execute(async (writing) => {
        const { numDeletedRows } = await writing
          .deleteFrom('clientWebhooks')
          .where('clientId', '=', clientId)
          .executeTakeFirst();
        await writing.deleteFrom('clientDeliveries').where('clientId', '=', clientId).execute();
        return numDeletedRows > 0n;
      }),

    /** Switches an address on again; what waits is tried at once. @returns whether there is one that was off */
    turnOn: (clientId: string, now: number): Promise<boolean> =>
      db.transaction().execute(async (writing) => {
        const { numUpdatedRows } = await writing
          .updateTable('clientWebhooks')
          .set({ offAt: null, failingSince: null })
          .where('clientId', '=', clientId)
          .where('offAt', 'is not', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await writing
          .updateTable('clientDeliveries')
          .set({ nextTryAt: now })
          .where('clientId', '=', clientId)
          .where('deliveredAt', 'is', null)
          .where('failedAt', 'is', null)
          .execute();
        return true;
      }),

    /** Notes that an address took something. */
    async noteTaken(clientId: string): Promise<void> {
      await db
        .updateTable('clientWebhooks')
        .set({ failingSince: null })
        .where('clientId', '=', clientId)
        .where('failingSince', 'is not', null)
        .execute();
    },

    /** Notes that an address did not take something. @returns since when it takes nothing, or null when it is gone or off */
    async noteNotTaken(clientId: string, now: number): Promise<number | null> {
      const row = await db
        .updateTable('clientWebhooks')
        .set((webhook) => ({ failingSince: webhook.fn.coalesce('failingSince', webhook.val(now)) }))
        .where('clientId', '=', clientId)
        .where('offAt', 'is', null)
        .returning('failingSince')
        .executeTakeFirst();
      return row?.failingSince ?? null;
    },

    /** Switches an address off. @returns whether it took nothing since then, and was on */
    async turnOff(clientId: string, failingSince: number, now: number): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('clientWebhooks')
        .set({ offAt: now })
        .where('clientId', '=', clientId)
        .where('offAt', 'is', null)
        .where('failingSince', '=', failingSince)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** The clients that something is due for. @param except those that are not asked for */
    async clientsDue(now: number, except: readonly string[]): Promise<string[]> {
      const asked = except.length === 0 ? due(now) : due(now).where('delivery.clientId', 'not in', except);
      const rows = await asked.select('delivery.clientId').distinct().execute();
      return rows.map(({ clientId }) => clientId);
    },

    /** Claims what has been due for longest for a client, one of each user and connection: until `claimedUntil` nobody else gets it. */
    async claim(clientId: string, now: number, claimedUntil: number, limit: number): Promise<Delivery[]> {
      const first = due(now)
        .where('delivery.clientId', '=', clientId)
        .select('delivery.id')
        .orderBy('delivery.nextTryAt')
        .orderBy('delivery.sequence')
        .limit(limit);
      const rows = await db
        .updateTable('clientDeliveries')
        .set((row) => ({ nextTryAt: claimedUntil, tries: row('tries', '+', 1) }))
        .where('id', 'in', first)
        // Repeated, since PostgreSQL checks only the row again when another sender was quicker.
        .where('nextTryAt', '<=', now)
        .returningAll()
        .execute();
      return rows.map(toDelivery);
    },

    /** Gives up a claim, as if it had not been tried. */
    async release(id: string, now: number): Promise<void> {
      await db
        .updateTable('clientDeliveries')
        .set((row) => ({ nextTryAt: now, tries: row('tries', '-', 1) }))
        .where('id', '=', id)
        .where('deliveredAt', 'is', null)
        .where('failedAt', 'is', null)
        .execute();
    },

    /** Notes that a client took something. Of a user who was forgotten nothing stays then. */
    async markDelivered({ id, purgedWhenDelivered }: Delivery, now: number): Promise<void> {
      const forgotten = purgedWhenDelivered === 1 ? { identifier: null, payload: null } : {};
      await db
        .updateTable('clientDeliveries')
        .set({ deliveredAt: now, failedAt: null, lastError: null, ...forgotten })
        .where('id', '=', id)
        .execute();
    },

    /** @param nextTryAt when it is tried again, or null to give it up */
    async noteFailure(id: string, error: string, nextTryAt: number | null, now: number): Promise<void> {
      await db
        .updateTable('clientDeliveries')
        .set({ lastError: error, ...(nextTryAt === null ? { failedAt: now } : { nextTryAt }) })
        .where('id', '=', id)
        .where('deliveredAt', 'is', null)
        .where('failedAt', 'is', null)
        .execute();
    },

    /** Deletes something that its client may not know any more. */
    async withdraw(id: string): Promise<void> {
      await db.deleteFrom('clientDeliveries').where('id', '=', id).execute();
    },

    /** Those of a client, the newest first. */
    async list(clientId: string, state: DeliveryState | null, before: PageKey | null, limit: number) {
      let query = db.selectFrom('clientDeliveries').selectAll().where('clientId', '=', clientId);
      if (state === 'delivered') query = query.where('deliveredAt', 'is not', null);
      if (state === 'failed') query = query.where('failedAt', 'is not', null);
      if (state === 'waiting') query = query.where('deliveredAt', 'is', null).where('failedAt', 'is', null);
      if (before !== null) query = query.where(olderThan(before));
      const rows = await query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(toDelivery);
    },

    /** How many wait, and how many were given up. */
    async counts(clientId: string): Promise<{ waiting: number; failed: number }> {
      const count = (query: ReturnType<typeof ofClient>) =>
        query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      const ofClient = () => db.selectFrom('clientDeliveries').where('clientId', '=', clientId);
      const unended = ofClient().where('deliveredAt', 'is', null).where('failedAt', 'is', null);
      const failed = ofClient().where('failedAt', 'is not', null);
      return { waiting: (await count(unended)).count, failed: (await count(failed)).count };
    },

    /** Has something sent once more, whatever became of it. @returns whether there is such a one with a body */
    async sendAgain(clientId: string, id: string, now: number): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('clientDeliveries')
        .set({
          nextTryAt: now,
          givenUpAt: now + triedForMs,
          sentAgainAt: now,
          tries: 0,
          deliveredAt: null,
          failedAt: null,
          lastError: null,
        })
        .where('id', '=', id)
        .where('clientId', '=', clientId)
        .where('payload', 'is not', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Gives up what waits for an address that is off for too long, and deletes what ended and is older than a time. */
    async tidy(now: number, createdBefore: number): Promise<void> {
      await db
        .updateTable('clientDeliveries')
        .set({ failedAt: now })
        .where('givenUpAt', '<', now)
        .where('nextTryAt', '<', now)
        .where('deliveredAt', 'is', null)
        .where('failedAt', 'is', null)
        .where(
          'clientId',
          'in',
          db.selectFrom('clientWebhooks').select('clientId').where('offAt', 'is not', null),
        )
        .execute();
      await db
        .deleteFrom('clientDeliveries')
        .where('createdAt', '<', createdBefore)
        .where((row) => row.or([row('deliveredAt', 'is not', null), row('failedAt', 'is not', null)]))
        .execute();
    },
  };
}

export type ClientWebhookStore = ReturnType<typeof createClientWebhookStore>;
