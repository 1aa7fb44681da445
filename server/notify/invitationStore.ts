import { randomUUID } from 'node:crypto';
import { hashed } from '../kernel/hashed.js';
import type { Db } from '../store/database/schema.js';
import type { InvitationKind } from './mailKinds.js';

/** A mail that somebody asked for. */
export interface AskedMail {
  readonly kind: InvitationKind;
  readonly identifier: string;
  readonly connectionName: string;
  readonly to: string;
  /** Whether the caller chose the address. */
  readonly addressGiven: boolean;
  /** The key of the principal that asked. */
  readonly requestedBy: string;
  /** The caller's key for the request. */
  readonly key: string;
}

const requestKeyOf = ({ requestedBy, key, identifier, connectionName }: AskedMail) =>
  hashed(JSON.stringify([requestedBy, key, identifier, connectionName]));

const kinds: readonly InvitationKind[] = ['invitation', 'reminder'];

export function createInvitationStore(db: Db) {
  const isThere = async (requestKey: string) =>
    (await db
      .selectFrom('outbox')
      .select('id')
      .where('requestKey', '=', requestKey)
      .limit(1)
      .executeTakeFirst()) !== undefined;

  const thereOrPaused = async (requestKey: string) => ((await isThere(requestKey)) ? 'there' : 'paused');

  const latestOf = ({ identifier, connectionName }: AskedMail) =>
    db
      .selectFrom('outbox')
      .select(['id', 'createdAt'])
      .where('identifier', '=', identifier)
      .where('connectionName', '=', connectionName)
      .where('kind', 'in', kinds)
      .orderBy('createdAt', 'desc')
      .limit(1)
      .executeTakeFirst();

  return {
    /**
     * Puts a mail into the outbox: one for each request however often it comes, and none while there is one about
     * the same user and connection that is younger than the pause.
     * @returns `added`, `there` when the outbox has the mail of this request already, or `paused`
     */
    async add(mail: AskedMail, pauseMs: number): Promise<'added' | 'there' | 'paused'> {
      const requestKey = requestKeyOf(mail);
      if (await isThere(requestKey)) return 'there';
      const now = Date.now();
      const latest = await latestOf(mail);
      // The mail that is too young may be this request's own, made since by another call of it.
      if (latest !== undefined && latest.createdAt > now - pauseMs) return thereOrPaused(requestKey);
      const { identifier, connectionName } = mail;
      const added = await db
        .insertInto('outbox')
        .values({
          id: randomUUID(),
          kind: mail.kind,
          identifier,
          connectionName,
          // The mail names no account: it is about the one that exists when it goes out.
          accountId: '',
          toAddress: mail.to,
          // The key names the mail before it, so that only one of two requests at the same time adds a mail.
          incident: hashed(JSON.stringify(['asked', identifier, connectionName, latest?.id ?? null])),
          createdAt: now,
          sendAfter: now,
          tries: 0,
          nextTryAt: now,
          requestedBy: mail.requestedBy,
          requestKey,
          addressGiven: Number(mail.addressGiven),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      return added === undefined ? thereOrPaused(requestKey) : 'added';
    },
  };
}

export type InvitationStore = ReturnType<typeof createInvitationStore>;
