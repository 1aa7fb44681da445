import { createTokenRefreshes } from '../../../server/webhooks/tokenRefreshStore.js';
import { eventTypes } from '../../../server/webhooks/webhookEvent.js';
import { createWebhookEventStore } from '../../../server/webhooks/webhookEventStore.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../../support/jest.js';
import { databaseKinds, openTempDatabase, type TempDatabase } from '../tempDatabase.js';
import { anEvent } from './receivedEvents.js';

const { refreshSucceeded, oauthSucceeded } = eventTypes;
const refreshFailed = 'connected_account.token_refresh_failed';
const at = (time: string) => `2026-08-01T10:00:${time}Z`;
const span = { from: Date.parse(at('10.000')), to: Date.parse(at('20.500')) };

describe.each(databaseKinds)('refreshes of tokens on %s', (kind) => {
  let database: TempDatabase;

  beforeAll(async () => {
    database = await openTempDatabase(kind);
  });

  afterEach(async () => {
    await database.db.deleteFrom('webhookEvents').execute();
  });

  afterAll(() => database.close());

  type Told = readonly [type: string, occurredAt: string | null, accountId?: string];

  async function refreshedAlone(...told: readonly Told[]): Promise<boolean> {
    const { account } = anEvent('any');
    if (account === null) throw new Error('it is about no account');
    const events = told.map(([type, occurredAt, id = account.id], index) =>
      anEvent(`evt_${index}`, { type, occurredAt, account: { ...account, id } }),
    );
    await createWebhookEventStore(database.db).record(events);
    return createTokenRefreshes(database.db).refreshedAlone(account.id, span);
  }

  it.each<[string, boolean, readonly Told[]]>([
    ['a refresh', true, [[refreshSucceeded, at('15.000000000')]]],
    [
      'two of them',
      true,
      [
        [refreshSucceeded, at('12.000000000')],
        [refreshSucceeded, at('15.000000000')],
      ],
    ],
    ['one that failed', false, [[refreshFailed, at('15.000000000')]]],
    [
      'one and a consent',
      false,
      [
        [refreshSucceeded, at('15.000000000')],
        [oauthSucceeded, at('12.000000000')],
      ],
    ],
    ['a consent', false, [[oauthSucceeded, at('15.000000000')]]],
    ['one of another account', false, [[refreshSucceeded, at('15.000000000'), 'ca_2']]],
    [
      'one and a consent to another account',
      true,
      [
        [refreshSucceeded, at('15.000000000')],
        [oauthSucceeded, at('15.000000000'), 'ca_2'],
      ],
    ],
    ['one that tells no time', false, [[refreshSucceeded, null]]],
  ])('are known by %s: %s', async (_, expected, told) => {
    expect(await refreshedAlone(...told)).toBe(expected);
  });

  it.each([
    ['at its beginning', '10.000000000', true],
    ['a nanosecond before it', '09.999999999', false],
    ['in its last millisecond', '20.500999999', true],
    ['a nanosecond after that', '20.501000000', false],
  ])('count %s: %s, %s', async (_, time, expected) => {
    expect(await refreshedAlone([refreshSucceeded, at(time)])).toBe(expected);
  });

  it('are told apart by a consent within the span alone', async () => {
    const consent = [oauthSucceeded, at('09.999999999')] as const;
    expect(await refreshedAlone([refreshSucceeded, at('15.000000000')], consent)).toBe(true);
  });
});
