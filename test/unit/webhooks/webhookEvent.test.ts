import { readWebhookEvent } from '../../../server/webhooks/webhookEvent.js';
import { describe, expect, it } from '../../support/jest.js';
import { eventBody } from './deliveries.js';

const ada = { id: 'ca_1', identifier: 'ada@example.com', connection_id: 'conn_1', status: 'ACTIVE' };

const read = (body: unknown) => readWebhookEvent(JSON.stringify(body), 'msg_1');

describe('an event of Scalekit', () => {
  it('is read with all that it says', () => {
    const body = eventBody(
      'status_updated',
      {
        ...ada,
        connection_name: 'gmail',
        old_status: 'EXPIRED',
        token_expires_at: '2026-08-01T10:00:00.5Z',
        last_used_at: null,
      },
      { id: 'evt_1', occurred_at: '2026-08-01T09:00:00.000000001Z' },
    );
    expect(read(body)).toEqual({
      id: 'evt_1',
      source: 'webhook',
      webhookId: 'msg_1',
      type: 'connected_account.status_updated',
      occurredAt: '2026-08-01T09:00:00.000000001Z',
      account: {
        id: 'ca_1',
        identifier: 'ada@example.com',
        connectionName: 'gmail',
        connectionId: 'conn_1',
        status: 'active',
        oldStatus: 'expired',
        tokenExpiresAt: Date.UTC(2026, 7, 1, 10, 0, 0, 500),
        lastUsedAt: null,
      },
    });
  });

  it('may miss everything but its account', () => {
    expect(read({ data: { id: 'ca_1', identifier: 'ada' } })).toMatchObject({
      id: 'msg_1',
      type: 'unknown',
      occurredAt: null,
      account: { id: 'ca_1', connectionName: null, connectionId: null, status: null },
    });
  });

  it.each(['NEW_STATUS', 7, null, '__proto__', { a: 1 }])('may have the unknown status %j', (status) => {
    expect(read({ data: { ...ada, status } })?.account).toMatchObject({ id: 'ca_1', status: null });
  });

  it.each([
    ['no data', {}],
    ['data that is a list', { data: [] }],
    ['no account id', { data: { identifier: 'ada' } }],
    ['no identifier', { data: { id: 'ca_1' } }],
    ['a blank identifier', { data: { id: 'ca_1', identifier: ' ' } }],
    ['an identifier with a NUL', { data: { id: 'ca_1', identifier: 'a\0b' } }],
    ['an identifier that is too long', { data: { id: 'ca_1', identifier: 'a'.repeat(101) } }],
  ])('is about no account with %s', (_, body) => {
    expect(read(body)).toMatchObject({ account: null });
  });

  it('loses the characters that no database takes', () => {
    expect(read({ id: 'evt\0_1', type: 'a\0b', data: ada })).toMatchObject({ id: 'evt_1', type: 'ab' });
  });

  it.each(['', '[]', '"text"', '1', 'null', '{', '{"a":1}x'])('is not %s', (body) => {
    expect(readWebhookEvent(body, 'msg_1')).toBeNull();
  });
});
