import type { ConnectedAccount } from '../scalekit/gateway.js';
import { eventMillis } from './eventTime.js';
import { type EventAccount, eventTypes, type WebhookEvent } from './webhookEvent.js';

/** An event about an account, with the time at which it occurred. */
export interface DatedEvent extends WebhookEvent {
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
 * The newest event of each account, by account id. Events arrive in any order.
 * @param last when the last event of each account occurred, by account id
 */
export function newestEvents(
  events: readonly WebhookEvent[],
  last: ReadonlyMap<string, string>,
): Map<string, DatedEvent> {
  const newest = new Map<string, DatedEvent>();
  for (const event of events.filter(isDated)) {
    const { id } = event.account;
    // Of two events of the same time the deletion counts.
    if (event.occurredAt >= (last.get(id) ?? '') && newest.get(id)?.type !== eventTypes.deleted) {
      newest.set(id, event);
    }
  }
  return newest;
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
  const later = events.filter(({ occurredAt }) => occurredAt !== null && eventMillis(occurredAt) > asOf);
  const newest = newestEvents(later, last);
  if (!accounts.some(({ id }) => newest.has(id))) return null;
  return accounts.flatMap((account) => {
    const event = newest.get(account.id);
    if (event === undefined || eventMillis(event.occurredAt) < (account.updatedAt ?? 0)) return [account];
    return event.type === eventTypes.deleted ? [] : [revised(account, event)];
  });
}
