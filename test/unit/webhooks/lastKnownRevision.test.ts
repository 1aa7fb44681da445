import type { AccountStatus, ConnectedAccount } from '../../../server/scalekit/gateway.js';
import { reviseAccounts } from '../../../server/webhooks/lastKnownRevision.js';
import type { WebhookEvent } from '../../../server/webhooks/webhookEvent.js';
import { describe, expect, it } from '../../support/jest.js';

const asOf = Date.UTC(2026, 7, 1, 10);

const account = (id: string, changes: Partial<ConnectedAccount> = {}): ConnectedAccount => ({
  id,
  connectionName: `connection of ${id}`,
  identifier: 'ada',
  status: 'active',
  updatedAt: asOf - 1000,
  lastUsedAt: null,
  tokenExpiresAt: null,
  ...changes,
});

/** @param after nanoseconds after the accounts were read */
function event(
  id: string,
  after: number,
  status: AccountStatus | null,
  type = 'status_updated',
): WebhookEvent {
  const second = new Date(asOf + Math.floor(after / 1e9) * 1000).toISOString().slice(0, 19);
  return {
    id: `evt_${after}`,
    source: 'webhook',
    webhookId: 'msg',
    type: `connected_account.${type}`,
    occurredAt: `${second}.${String(after % 1e9).padStart(9, '0')}Z`,
    account: {
      id,
      identifier: 'ada',
      connectionName: null,
      connectionId: null,
      status,
      oldStatus: null,
      tokenExpiresAt: null,
      lastUsedAt: 5,
    },
  };
}

function revise(accounts: readonly ConnectedAccount[], ...events: WebhookEvent[]) {
  const last = new Map<string, string>();
  for (const { account: about, occurredAt } of events) {
    const id = about?.id ?? '';
    if ((occurredAt ?? '') > (last.get(id) ?? '')) last.set(id, occurredAt ?? '');
  }
  return reviseAccounts(accounts, asOf, events, last);
}

describe('what was last known', () => {
  it('takes over the status and the times of a newer event, for its account alone', () => {
    const accounts = [account('ca_1'), account('ca_2')];
    expect(revise(accounts, event('ca_1', 2e6, 'expired'))).toEqual([
      { ...account('ca_1'), status: 'expired', updatedAt: asOf + 2, lastUsedAt: 5 },
      account('ca_2'),
    ]);
  });

  it.each([0, 999_999])(
    'stays when the event is %d ns after the read: it may be in what was read',
    (after) => {
      expect(revise([account('ca_1')], event('ca_1', after, 'expired'))).toBeNull();
    },
  );

  it('follows the last event of an account, in whatever order they come', () => {
    const events = [event('ca_1', 5_000_001, 'expired'), event('ca_1', 5_000_000, 'disconnected')];
    for (const told of [events, events.toReversed()]) {
      expect(revise([account('ca_1')], ...told)).toMatchObject([{ status: 'expired' }]);
    }
  });

  it('forgets a deleted account, and does not bring it back for an event from before', () => {
    const events = [event('ca_1', 3e6, null, 'deleted'), event('ca_1', 2e6, 'active')];
    for (const told of [events, events.toReversed()]) expect(revise([account('ca_1')], ...told)).toEqual([]);
  });

  it('takes a deletion for the last of what happened at the very same time', () => {
    const events = [event('ca_1', 3e6, null, 'deleted'), event('ca_1', 3e6, 'active')];
    for (const told of [events, events.toReversed()]) expect(revise([account('ca_1')], ...told)).toEqual([]);
  });

  it('keeps the status when the event names none that is known', () => {
    expect(revise([account('ca_1')], event('ca_1', 2e6, null))).toMatchObject([{ status: 'active' }]);
  });

  it('learns of no account from an event', () => {
    expect(revise([account('ca_1')], event('ca_2', 2e6, 'active'))).toBeNull();
  });

  it('stays when an event does not say when it occurred', () => {
    expect(revise([account('ca_1')], { ...event('ca_1', 2e6, 'expired'), occurredAt: null })).toBeNull();
  });
});
