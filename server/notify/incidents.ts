import { lastKnownSubject } from '../accounts/list/accountReader.js';
import type { AccountStatus, ConnectedAccount } from '../scalekit/gateway.js';
import type { LastKnownStore } from '../store/lastKnownStore.js';
import type { IncidentStore } from './incidentStore.js';
import { isInvitation, isToAdmin, type MailKind } from './mailKinds.js';
import type { OutboxMail, OutboxStore } from './outboxStore.js';
import type { RecipientStore } from './recipientStore.js';

export interface IncidentsDeps {
  readonly store: IncidentStore;
  readonly outbox: Pick<OutboxStore, 'withdraw'>;
  readonly recipients: Pick<RecipientStore, 'addressOf'>;
  readonly lastKnown: LastKnownStore;
  /** How long an account may be out of order before its user is told, in milliseconds. */
  readonly graceMs: number;
}

const kinds: Partial<Record<AccountStatus, MailKind>> = {
  expired: 'account_expired',
  disconnected: 'account_disconnected',
};

/** The kind of mail about an incident for this state, or null when there is no incident. */
export const mailKindOf = (status: AccountStatus): MailKind | null => kinds[status] ?? null;

/** Nobody is mailed about an older change, which an event told late: after an outage, last week is no news. */
const newsForMs = 24 * 3_600_000;

const watchedOf = ({ connectionName, id }: ConnectedAccount) => ({ connectionName, accountId: id });

/** Whether the account's state still fits its mail, or may still come to fit it. */
const mayBeTrue = (mail: OutboxMail, account: ConnectedAccount | undefined): boolean =>
  account?.id === mail.accountId && account.status !== 'active';

/**
 * An incident begins when an account that was seen active is expired or disconnected. What a user or an admin does
 * through this app deletes the account, so it is none. The mail about it waits for the grace time, and what it says
 * is read again before it goes out: neither a webhook nor an old read sends anything.
 */
export function createIncidents({ store, outbox, recipients, lastKnown, graceMs }: IncidentsDeps) {
  async function open(account: ConnectedAccount, kind: MailKind, readAt: number): Promise<void> {
    const { identifier, connectionName, id: accountId } = account;
    const to = await recipients.addressOf(identifier);
    await store.open({ kind, identifier, connectionName, accountId }, to, readAt, Date.now() + graceMs);
  }

  return {
    /** Takes in what a read of all of a user's accounts showed. @param readAt when the read began */
    async observe(identifier: string, accounts: readonly ConnectedAccount[], readAt: number): Promise<void> {
      const byConnection = new Map(accounts.map((account) => [account.connectionName, account]));
      const [watches, mails] = await Promise.all([
        store.watched([identifier]),
        store.waitingMails(identifier, readAt),
      ]);
      const watched = watches.get(identifier) ?? [];
      for (const seen of watched) {
        const account = byConnection.get(seen.connectionName);
        const same = account?.id === seen.accountId;
        const kind = same ? mailKindOf(account.status) : null;
        if (same && (account.status === 'active' || account.status === 'unknown')) continue;
        if (same && kind !== null) await open(account, kind, readAt);
        else await store.unwatch(identifier, seen, readAt);
      }
      const known = new Set(watched.map(({ accountId }) => accountId));
      for (const account of accounts) {
        if (account.status !== 'active' || known.has(account.id)) continue;
        await store.watch(identifier, watchedOf(account), readAt);
      }
      for (const mail of mails) {
        // A mail that somebody asked for, or that is about no account, is checked when it goes out.
        if (isInvitation(mail.kind) || isToAdmin(mail.kind)) continue;
        if (!mayBeTrue(mail, byConnection.get(mail.connectionName))) await outbox.withdraw(mail.id);
      }
    },

    /** Takes in what was last known of users' accounts, which events may have changed: what is older than a day is no news. */
    async suspect(identifiers: readonly string[]): Promise<void> {
      for (const [identifier, watched] of await store.watched(identifiers)) {
        const known = await lastKnown.read<ConnectedAccount[]>(lastKnownSubject(identifier));
        for (const account of known?.value ?? []) {
          const kind = mailKindOf(account.status);
          const seen = watched.some(({ accountId }) => accountId === account.id);
          const isNews = Date.now() - (account.updatedAt ?? 0) < newsForMs;
          if (kind !== null && seen && isNews) await open(account, kind, Date.now());
        }
      }
    },
  };
}
