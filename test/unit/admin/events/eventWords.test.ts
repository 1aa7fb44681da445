import type { WrittenEvent } from '../../../../server/admin/events/auditEventStore.js';
import type { EventNames } from '../../../../server/admin/events/eventNames.js';
import { detailOf, plainSentence, sentenceOf } from '../../../../server/admin/events/eventWords.js';
import { auditTypes } from '../../../../server/store/auditTrail.js';
import { english as t } from '../../../../server/words/dictionary.js';
import { describe, expect, it } from '../../../support/jest.js';

const names: EventNames = {
  entries: [],
  clients: [{ id: 'abc', name: 'Acme\u202eAssistant' }],
  isKnown: true,
  find: () => undefined,
  titleOf: (name) => `the ${name}`,
};

const anEvent = (changes: Partial<WrittenEvent> = {}): WrittenEvent => ({
  id: '1',
  at: 1,
  type: 'flow.started',
  actor: 'user:ada@example.com',
  identifier: 'ada@example.com',
  connectionName: 'gmail',
  reference: null,
  address: null,
  detail: null,
  ...changes,
});

const say = (changes: Partial<WrittenEvent>) => plainSentence(sentenceOf(t, anEvent(changes), names));

describe('the sentence of an event', () => {
  it.each(auditTypes)('of type %s is a whole sentence, with everybody known and with nobody', (type) => {
    for (const changes of [{ type }, { type, actor: null, identifier: null, connectionName: null }]) {
      const sentence = say(changes);
      expect(sentence).toMatch(/^\S.*\.$/);
      expect(sentence).not.toMatch(/[{}]|null|undefined/);
    }
  });

  it('says who did it to whom, and is shorter where that is the same user', () => {
    const type = 'account.disconnected';
    expect(say({ type, actor: 'user:admin' })).toBe('admin disconnected the gmail of ada@example.com.');
    expect(say({ type })).toBe('ada@example.com disconnected the gmail.');
    expect(say({ type: 'flow.timed_out', actor: null })).toBe(
      'Connecting the gmail for ada@example.com timed out.',
    );
  });

  it('keeps names apart from its text, and takes away what would turn it', () => {
    const evil = '\u202eeve{whom}\n<b>';
    const parts = sentenceOf(t, anEvent({ actor: `user:${evil}` }), names);
    expect(parts[0]).toEqual({ kind: 'user', text: 'eve{whom} <b>', identifier: evil });
    expect(parts).toHaveLength(4);
  });

  it('knows an API client, and a type of another version', () => {
    expect(say({ type: 'onboarding.created', actor: 'client:abc' })).toBe(
      'The API client Acme Assistant (abc) created an onboarding for ada@example.com.',
    );
    expect(say({ type: 'onboarding.created', actor: 'client:gone' })).toBe(
      'The API client gone created an onboarding for ada@example.com.',
    );
    expect(say({ type: 'some.day' })).toBe('some.day');
  });
});

describe('the detail of an event', () => {
  it('is a reason in words for a flow, and what was noted for anything else', () => {
    expect(detailOf(t, anEvent({ type: 'flow.failed', detail: 'consent_denied' }))).toBe(
      'The user did not give access',
    );
    expect(detailOf(t, anEvent({ type: 'flow.failed', detail: 'toString' }))).toBe('toString');
    expect(detailOf(t, anEvent({ type: 'security.role_refused', detail: 'GET\n/admin' }))).toBe('GET /admin');
    expect(detailOf(t, anEvent())).toBeNull();
  });
});
