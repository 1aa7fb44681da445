import { randomUUID } from 'node:crypto';
import { groupBy } from '../kernel/groupBy.js';
import { hashed } from '../kernel/hashed.js';
import type { Db } from '../store/database/schema.js';
import type { MailKind } from './mailKinds.js';
import { type OutboxMail, toMail } from './outboxStore.js';

/** An account that stopped working although its user did nothing. */
export interface Incident {
  readonly kind: MailKind;
  readonly identifier: string;
  readonly connectionName: string;
  readonly accountId: string;
}

export interface WatchedAccount {
  readonly connectionName: string;
  readonly accountId: string;
}

/**
 * Names an incident, so that it makes one mail: by the time since which the account had been seen active. When it
 * changed would not do, since an event and a read of the same change may tell different times.
 */
const keyOf = ({ identifier, connectionName, accountId }: Incident, activeSince: number) =>
  hashed(JSON.stringify([identifier, connectionName, accountId, activeSince]));

/** Times are epoch milliseconds; those of a read are when it began. */
export function createIncidentStore(db: Db) {
  const watchOf = (identifier: string, { connectionName, accountId }: WatchedAccount, readAt: number) =>
    db
      .selectFrom('activeAccounts')
      .select('seenAt')
      .where('identifier', '=', identifier)
      .where('connectionName', '=', connectionName)
      .where('accountId', '=', accountId)
      .where('seenAt', '<=', readAt)
      .executeTakeFirst();

  const deleteWatch = (identifier: string, account: WatchedAccount, seenUntil: number) =>
    db
      .deleteFrom('activeAccounts')
      .where('identifier', '=', identifier)
      .where('connectionName', '=', account.connectionName)
      .where('accountId', '=', account.accountId)
      .where('seenAt', '<=', seenUntil)
      .execute();

  const mailsOf = (identifier: string) => db.selectFrom('outbox').where('identifier', '=', identifier);

  return {
    /** The accounts of users that were seen active last, by identifier. Users without one are left out. */
    async watched(identifiers: readonly string[]): Promise<ReadonlyMap<string, readonly WatchedAccount[]>> {
      const rows = await db
        .selectFrom('activeAccounts')
        .select(['identifier', 'connectionName', 'accountId'])
        .where('identifier', 'in', identifiers)
        .execute();
      return groupBy(rows, ({ identifier }) => identifier);
    },

    /** Notes that a read showed an account active, unless it began before the account's newest incident. */
    async watch(
      identifier: string,
      { connectionName, accountId }: WatchedAccount,
      readAt: number,
    ): Promise<void> {
      const newer = await mailsOf(identifier)
        .select('id')
        .where('connectionName', '=', connectionName)
        .where('accountId', '=', accountId)
        .where('createdAt', '>=', readAt)
        .limit(1)
        .executeTakeFirst();
      if (newer !== undefined) return;
      const row = { accountId, seenAt: readAt };
      await db
        .insertInto('activeAccounts')
        .values({ identifier, connectionName, ...row })
        .onConflict((conflict) => conflict.columns(['identifier', 'connectionName']).doUpdateSet(row))
        .execute();
    },

    /** The account is no longer active, for a reason that is no incident. */
    async unwatch(identifier: string, account: WatchedAccount, readAt: number): Promise<void> {
      await deleteWatch(identifier, account, readAt);
    },

    /**
     * Puts the mail about an account into the outbox and ends the watch of it: once, whoever notices it and however
     * often.
     * @param to null when its user gets no mail
     */
    async open(incident: Incident, to: string | null, readAt: number, sendAfter: number): Promise<void> {
      const { identifier, connectionName, accountId } = incident;
      const watch = await watchOf(identifier, incident, readAt);
      if (watch === undefined) return;
      if (to !== null) {
        await db
          .insertInto('outbox')
          .values({
            id: randomUUID(),
            kind: incident.kind,
            identifier,
            connectionName,
            accountId,
            toAddress: to,
            incident: keyOf(incident, watch.seenAt),
            createdAt: Date.now(),
            sendAfter,
            tries: 0,
            nextTryAt: sendAfter,
            addressGiven: 0,
          })
          .onConflict((conflict) => conflict.column('incident').doNothing())
          .execute();
      }
      // Last: after a crash before this line the mail is made once more, and its key, the incident's, refuses it.
      await deleteWatch(identifier, incident, watch.seenAt);
    },

    /** The mails to a user that wait, and were made before a read began. */
    async waitingMails(identifier: string, readAt: number): Promise<OutboxMail[]> {
      const rows = await mailsOf(identifier)
        .selectAll()
        .where('createdAt', '<', readAt)
        .where('sentAt', 'is', null)
        .where('withdrawnAt', 'is', null)
        .where('failedAt', 'is', null)
        .execute();
      return rows.map(toMail);
    },
  };
}

export type IncidentStore = ReturnType<typeof createIncidentStore>;
