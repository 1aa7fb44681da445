import { describe, expect, it } from '@jest/globals';
import { type AccountState, accountStates, stateOf, stateTable } from '../../../server/accounts/states.js';
import type { AccountStatus } from '../../../server/scalekit/gateway.js';
import { en } from '../../../server/words/texts.js';

const expected: Record<AccountStatus, AccountState> = {
  active: 'active',
  expired: 'expired',
  pending_auth: 'pending',
  pending_verification: 'needs_verification',
  disconnected: 'disconnected',
  unknown: 'unknown',
};

describe('the state of a connection', () => {
  it.each(Object.entries(expected))('is for an account that is %s: %s', (status, state) => {
    expect(stateOf(status as AccountStatus)).toBe(state);
  });

  it('is "not connected" without an account', () => {
    expect(stateOf(undefined)).toBe('not_connected');
  });

  it('is reached for each row of the table, and the table has no other', () => {
    const reached = new Set([stateOf(undefined), ...Object.values(expected)]);
    expect([...reached].sort()).toEqual([...accountStates].sort());
    expect(Object.keys(stateTable).sort()).toEqual([...accountStates].sort());
  });
});

describe('each state', () => {
  it.each(accountStates)('%s has a label of its own, an action with words, and a section', (state) => {
    const { action, section } = stateTable[state];
    expect(en.states[state]).toMatch(/\S/);
    expect(en.actions[action]('Gmail')).toContain('Gmail');
    expect(en.sections[section]).toMatch(/\S/);
  });

  it('is told from the others by its label', () => {
    expect(new Set(Object.values(en.states)).size).toBe(accountStates.length);
  });

  it('says why it needs the user, where it does', () => {
    const needy = accountStates.filter((state) => stateTable[state].section === 'attention');
    expect(Object.keys(en.reasons).sort()).toEqual([...needy].sort());
  });

  it('offers to disconnect only what is active', () => {
    const offering = accountStates.filter((state) => stateTable[state].action === 'disconnect');
    expect(offering).toEqual(['active']);
  });
});
