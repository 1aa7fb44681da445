import type { ConnectedAccount } from '../scalekit/gateway.js';
import { eventMillis } from './eventTime.js';
import { type EventAccount, eventTypes, type WebhookEvent } from './webhookEvent.js';

/** An event about an account, with the time at which it occurred. */
interface DatedEvent extends WebhookEvent {
  readonly occurredAt: string;
  readonly account: EventAccount;
}

const isDated = (event: WebhookEvent): event is DatedEvent =>
  event.occurredAt !== null && event.account !== null;

function revised(account: ConnectedAccount, { account: told, occurredAt }: DatedEvent): ConnectedAccount {
  return {
    ...account,
    status: told.status ?? account.status,
    updatedAt: Math.max(account.updatedAt ?? 0, eventMillis(occurredAt)),
    lastUsedAt: told.lastUsedAt ?? account.lastUsedAt,
    tokenExpiresAt: told.tokenExpiresAt ?? account.tokenExpiresAt,
  };
}

/**
 * Takes over what events say of accounts that we knew already, by their ids. An event counts if it occurred after
 * those accounts were read, and if it is the last one of its account that we heard of: they come in any order.
 * @param asOf when the accounts were read, in epoch milliseconds
 * @param last when the last event of each account occurred, by account id
 * @returns null when nothing changes
 */
export function reviseAccounts(
  accounts: readonly ConnectedAccount[],
  asOf: number,
  events: readonly WebhookEvent[],
  last: ReadonlyMap<string, string>,
): ConnectedAccount[] | null {
  const newest = new Map<string, DatedEvent>();
  for (const event of events.filter(isDated)) {
    const { id } = event.account;
    const counts = eventMillis(event.occurredAt) > asOf && event.occurredAt >= (last.get(id) ?? '');
    // Of two at the very same time a deletion is the last.
    if (counts && newest.get(id)?.type !== eventTypes.deleted) newest.set(id, event);
  }
  if (!accounts.some(({ id }) => newest.has(id))) return null;
  return accounts.flatMap((account) => {
    const event = newest.get(account.id);
    if (event === undefined || eventMillis(event.occurredAt) < (account.updatedAt ?? 0)) return [account];
    return event.type === eventTypes.deleted ? [] : [revised(account, event)];
  });
}
