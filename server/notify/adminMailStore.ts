import { randomUUID } from 'node:crypto';
import { hashed } from '../kernel/hashed.js';
import type { Db } from '../store/database/schema.js';

/** A mail to an admin about an API client. */
export interface NewAdminMail {
  readonly kind: string;
  /** The admin. */
  readonly identifier: string;
  readonly to: string;
  readonly clientId: string;
}

/** Mails to admins in the outbox, and whether what they are about is still so. */
export function createAdminMailStore(db: Db) {
  return {
    /** Puts a mail into the outbox, within the transaction that makes it due. */
    async add({ kind, identifier, to, clientId }: NewAdminMail, now: number, within: Db): Promise<void> {
      await within
        .insertInto('outbox')
        .values({
          id: randomUUID(),
          kind,
          identifier,
          connectionName: '',
          accountId: clientId,
          toAddress: to,
          incident: hashed(JSON.stringify([kind, identifier, clientId, now])),
          createdAt: now,
          sendAfter: now,
          tries: 0,
          nextTryAt: now,
          addressGiven: 0,
        })
        .execute();
    },

    /** The name of a client whose webhooks are switched off, or null when they are not. */
    async switchedOff(clientId: string): Promise<string | null> {
      const row = await db
        .selectFrom('clientWebhooks')
        .innerJoin('apiClients', 'apiClients.id', 'clientWebhooks.clientId')
        .select('apiClients.name')
        .where('clientId', '=', clientId)
        .where('offAt', 'is not', null)
        .executeTakeFirst();
      return row?.name ?? null;
    },
  };
}

export type AdminMailStore = ReturnType<typeof createAdminMailStore>;
