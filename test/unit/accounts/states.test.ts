import { cardOf } from '../../../server/accounts/list/card.js';
import type { CatalogueEntry } from '../../../server/accounts/list/catalogue.js';
import { type AccountState, accountStates, stateOf, stateTable } from '../../../server/accounts/states.js';
import type { AccountStatus, ConnectedAccount } from '../../../server/scalekit/gateway.js';
import { english as t } from '../../../server/words/dictionary.js';
import { describe, expect, it } from '../../support/jest.js';

const expected: Record<AccountStatus, AccountState> = {
  active: 'active',
  expired: 'expired',
  pending_auth: 'pending',
  pending_verification: 'needs_verification',
  disconnected: 'disconnected',
  unknown: 'unknown',
};

/** Its user began to connect it here. */
const begun = { mustReconnect: false, isBegun: true };

describe('the state of a connection', () => {
  it.each(Object.entries(expected))('is for an account that is %s: %s', (status, state) => {
    expect(stateOf(status as AccountStatus, begun)).toBe(state);
  });

  it('is "not connected" without an account, and while one waits whose user began nothing', () => {
    expect(stateOf(undefined, begun)).toBe('not_connected');
    expect(stateOf('pending_auth', { ...begun, isBegun: false })).toBe('not_connected');
  });

  it('is "expired" for an active account that has to be connected anew', () => {
    expect(stateOf('active', { ...begun, mustReconnect: true })).toBe('expired');
  });

  it('is reached for each row of the table, and the table has no other', () => {
    const reached = new Set([stateOf(undefined, begun), ...Object.values(expected)]);
    expect([...reached].sort()).toEqual([...accountStates].sort());
    expect(Object.keys(stateTable).sort()).toEqual([...accountStates].sort());
  });
});

describe('each state', () => {
  it.each(accountStates)('%s has a label and an action with words', (state) => {
    const { action } = stateTable[state];
    expect(t(`accounts.states.${state}`)).toMatch(/\S/);
    expect(t(`common.actions.${action}`, { title: 'Gmail' })).toContain('Gmail');
  });

  it('is told from the others by its label, but for the two in which something is left to do', () => {
    expect(new Set(accountStates.map((state) => t(`accounts.states.${state}`))).size).toBe(
      accountStates.length - 1,
    );
  });

  it('says why it needs the user, where it does', () => {
    const entry = { connection: { name: 'gmail' }, title: 'Gmail', description: null } as CatalogueEntry;
    for (const [status, state] of Object.entries(expected)) {
      const account = { status, updatedAt: null } as ConnectedAccount;
      const isNeedy = stateTable[state].section === 'attention';
      expect([state, cardOf(t, entry, account, begun, null).reason !== null]).toEqual([state, isNeedy]);
    }
  });

  it('offers to disconnect only what is active', () => {
    const offering = accountStates.filter((state) => stateTable[state].action === 'disconnect');
    expect(offering).toEqual(['active']);
  });
});
