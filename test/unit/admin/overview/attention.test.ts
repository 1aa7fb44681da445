import type { ConnectionNames } from '../../../../server/accounts/list/connectionNames.js';
import {
  type AttentionItem,
  attentionItems,
  type Circumstances,
} from '../../../../server/admin/overview/attention.js';
import { adminPaths } from '../../../../server/paths.js';
import { countedAtMost } from '../../../../server/store/countedAtMost.js';
import type { DailyKind } from '../../../../server/store/dailyCountStore.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { textOf } from '../../../../server/words/words.js';
import { attacks, describe, expect, it } from '../../../support/jest.js';

const now = Date.UTC(2026, 2, 12, 14, 2);
const day = 86_400_000;

const names: ConnectionNames = {
  entries: [],
  isKnown: true,
  find: () => undefined,
  titleOf: (name) => name.toUpperCase(),
};

const calm: Circumstances = {
  now,
  breaker: 'closed',
  freshness: { asOf: now - day, finishedAt: now - day, running: false, accounts: 5, total: 5, fault: null },
  webhooks: { configured: true, lastReceivedAt: now - 60_000 },
  mails: { canSend: true, waiting: 0, troubled: 0, failed: 0 },
  security: [],
  counts: [],
  lately: [],
  today: [],
  unsteady: new Map(),
  switchedOff: [],
  names,
};

const items = (changes: Partial<Circumstances>) => attentionItems(t, { ...calm, ...changes });
/** What an item says, its times as they are shown. */
const sentenceOf = ({ said }: AttentionItem) => textOf(said, 'ltr');
const sentences = (changes: Partial<Circumstances>) => items(changes).map(sentenceOf);
const counted = (kind: DailyKind, count: number, connectionName = 'gmail') => ({
  connectionName,
  kind,
  count,
});

describe('what needs attention', () => {
  it('names the likely cause where accounts expire again and again', () => {
    const [item] = items({ unsteady: new Map([['gmail', 2]]) });
    const [sentence] = sentences({ unsteady: new Map([['gmail', 2]]) });
    expect(sentence).toContain('GMAIL: 2 accounts expire again and again');
    expect(sentence).toContain('offline access');
    expect(item?.link?.url).toBe('/admin/users?connection=gmail');
  });

  it('names the apps whose webhooks were switched off', () => {
    const [sentence] = sentences({ switchedOff: [{ name: 'Acme', offAt: now - day }] });
    expect(sentence).toContain('Webhooks to Acme were switched off 1 day ago');
  });

  it('is nothing while all is well, and mail on its way is well', () => {
    expect(items({ mails: { ...calm.mails, waiting: 3 } })).toEqual([]);
  });

  it.each([
    [
      'an open breaker',
      { breaker: 'open' },
      'Scalekit is not responding. People see the last known state, and nobody can connect.',
    ],
    [
      'a request to slow down',
      { breaker: 'paused' },
      'Scalekit asked this app to slow down. Requests wait for a moment.',
    ],
    [
      'no full reading',
      { freshness: { ...calm.freshness, asOf: null } },
      'There has been no full sync yet, so these pages may be incomplete.',
    ],
    [
      'an old reading',
      { freshness: { ...calm.freshness, asOf: now - 2 * day } },
      'The last full sync started 2 days ago. Newer changes may be missing.',
    ],
    [
      'a reading that failed',
      { freshness: { ...calm.freshness, fault: 'credentials' } },
      'The last full sync failed: Scalekit does not accept this app’s credentials.',
    ],
    [
      'no webhook secret',
      { webhooks: { configured: false, lastReceivedAt: null } },
      'No webhook secret is set, so changes at Scalekit show only after a sync.',
    ],
    [
      'no webhook ever',
      { webhooks: { configured: true, lastReceivedAt: null } },
      'No webhook has arrived yet. Until one does, changes show only after a sync.',
    ],
    [
      'no webhook for days',
      { webhooks: { configured: true, lastReceivedAt: now - 2 * day } },
      'The last webhook arrived 2 days ago. Check their address in Scalekit.',
    ],
    [
      'mail that is not set up',
      { mails: { ...calm.mails, canSend: false, waiting: 2 } },
      'Mail is not set up. 2 mails are waiting.',
    ],
    [
      'mail after a failure',
      { mails: { ...calm.mails, waiting: 2, troubled: 1 } },
      'Retrying one mail after a failure.',
    ],
    ['mail given up', { mails: { ...calm.mails, failed: 4 } }, '4 mails could not be sent.'],
  ] as const)('is %s, said once, with a link where a page shows more', (_, changes, sentence) => {
    const found = items(changes);
    expect(found.map(sentenceOf)).toEqual([sentence]);
    const link = 'breaker' in changes ? undefined : { url: expect.stringMatching(/^(\/admin\/|#)/) };
    expect(found[0]?.link).toEqual(link && expect.objectContaining(link));
  });

  it('is no old reading while a new one goes on', () => {
    expect(items({ freshness: { ...calm.freshness, asOf: null, running: true } })).toEqual([]);
  });

  it('is what failed today more often than a third of the time, and not what users chose', () => {
    expect(sentences({ today: [counted('failed', 5), counted('active', 5)] })).toEqual([
      'GMAIL: 5 of 10 attempts failed today.',
    ]);
    expect(items({ today: [counted('failed', 5), counted('active', 50)] })).toEqual([]);
    expect(items({ today: [counted('failed', 5), counted('failed:consent_denied', 5)] })).toEqual([]);
    expect(items({ lately: [counted('failed', 50)] })).toEqual([]);
  });

  it('is more expiries than usual, the worst connections first and the others in one line', () => {
    const before = 29 * 10;
    const daysWith = (expired: number) => ({
      today: [counted('expired', expired)],
      lately: [counted('expired', before + expired)],
    });
    expect(items(daysWith(20))).toEqual([]);
    expect(sentences(daysWith(40))).toEqual(['GMAIL: 40 accounts stopped working today, more than usual.']);
    const stuck = { connectionName: 'gmail', state: 'expired', accounts: 1300, stuck: 1234 } as const;
    expect(items({ ...daysWith(40), counts: [stuck] })[0]?.link).toEqual({
      url: adminPaths.users({ connection: 'gmail', stuck: 'any' }),
      label: 'See all 1,234 users',
    });
    const many = Array.from({ length: 8 }, (_, index) => counted('expired', 10 + index, `tool-${index}`));
    const found = sentences({ today: many, lately: many });
    expect(found).toHaveLength(6);
    expect(found[0]).toBe('TOOL-7: 17 accounts stopped working today, more than usual.');
    expect(found[5]).toBe('3 more connections had a bad day.');
    const twice = many.flatMap((count) => [count, { ...count, kind: 'failed' as const }]);
    expect(sentences({ today: twice, lately: twice })[5]).toBe('5 more connections had a bad day.');
  });

  it('leads to a list that has as many as it says', () => {
    expect(items({ today: [counted('failed', 5)] })[0]?.link?.url).toBe(
      adminPaths.events({ type: 'flow.failed', connection: 'gmail', from: '2026-03-12', without: 'denied' }),
    );
    const troubled = items({ mails: { ...calm.mails, waiting: 2, troubled: 1 } });
    expect(troubled[0]?.link?.url).toBe(adminPaths.mails('troubled'));
    const many = { ...calm.mails, failed: countedAtMost };
    expect(sentences({ mails: many })).toEqual(['1,000 or more mails could not be sent.']);
  });

  it('is each kind of security event of the last days, with how often it happened', () => {
    attacks('unverified-is-seen');
    const found = items({
      security: [
        { type: 'security.role_refused', count: countedAtMost, lastAt: now - 60_000 },
        { type: 'security.wrong_user', count: 2, lastAt: now - 60_000 },
        { type: 'security.wrong_session', count: 1, lastAt: now - 120_000 },
      ],
    });
    expect(found.map(sentenceOf)).toEqual([
      'Admin page refused: 1,000 times or more in the last 7 days, the last one 1 minute ago.',
      'Approval by the wrong user: 2 times in the last 7 days, the last one 1 minute ago.',
      'Approval in the wrong session: once in the last 7 days, the last one 2 minutes ago.',
    ]);
    expect(found[0]?.link?.url).toBe('/admin/events?type=security.role_refused&from=2026-03-06');
  });

  it('puts what is broken before what is only worth a look', () => {
    const tones = items({
      webhooks: { configured: false, lastReceivedAt: null },
      breaker: 'paused',
      mails: { ...calm.mails, failed: 1 },
    }).map(({ tone }) => tone);
    expect(tones).toEqual(['broken', 'attention', 'attention']);
  });
});
