import { activatedSince, deadlineOf, newFlowId, newState } from '../../../../server/accounts/flow/flow.js';
import type { ConnectedAccount } from '../../../../server/scalekit/gateway.js';
import { describe, expect, it } from '../../../support/jest.js';
import { aFlow } from './flows.js';

const account = (changes: Partial<ConnectedAccount> = {}): ConnectedAccount => ({
  id: 'ca_1',
  connectionName: 'gmail',
  identifier: 'ada@example.com',
  status: 'active',
  updatedAt: 1000,
  lastUsedAt: null,
  tokenExpiresAt: null,
  ...changes,
});

describe('an account became active since the flow began', () => {
  const flow = aFlow({ accountIdBefore: 'ca_1', accountUpdatedBefore: 1000 });

  it.each([
    ['when it has another id', { id: 'ca_2' }, true],
    ['when it changed later', { updatedAt: 1001 }, true],
    ['not when it is as it was', {}, false],
    ['not when it changed before', { updatedAt: 999 }, false],
    ['not when nobody says when it changed', { updatedAt: null }, false],
    ['not when it waits for consent', { id: 'ca_2', status: 'pending_auth' as const }, false],
    [
      'not when it waits for verification',
      { updatedAt: 2000, status: 'pending_verification' as const },
      false,
    ],
  ])('%s', (_, changes, expected) => {
    expect(activatedSince(flow, account(changes))).toBe(expected);
  });

  it('not when there is none', () => {
    expect(activatedSince(flow, undefined)).toBe(false);
  });
});

describe('the deadline of a flow', () => {
  const createdAt = 1_000_000;
  const thirtyMinutes = createdAt + 30 * 60_000;

  it('is 30 minutes after it began', () => {
    expect(deadlineOf(aFlow({ createdAt }))).toBe(thirtyMinutes);
  });

  it('is the end of its link where that comes first', () => {
    expect(deadlineOf(aFlow({ createdAt, linkExpiresAt: createdAt + 60_000 }))).toBe(createdAt + 60_000);
    expect(deadlineOf(aFlow({ createdAt, linkExpiresAt: thirtyMinutes + 1 }))).toBe(thirtyMinutes);
  });

  it('is not the end of a link that the browser has left for: a late consent is still good', () => {
    const left = aFlow({ createdAt, linkExpiresAt: createdAt + 60_000, leftAt: createdAt + 1 });
    expect(deadlineOf(left)).toBe(thirtyMinutes);
  });

  it('is not the end of a link that was used', () => {
    const used = aFlow({ createdAt, linkExpiresAt: createdAt + 60_000, verifyStartedAt: createdAt + 59_000 });
    expect(deadlineOf(used)).toBe(thirtyMinutes);
  });
});

describe('random values', () => {
  it('have at least 128 bits, are never the same, and fit into an address', () => {
    const states = Array.from({ length: 100 }, newState);
    expect(new Set(states).size).toBe(100);
    for (const state of states) expect(state).toMatch(/^[\w-]{43}$/);
    expect(newFlowId()).toMatch(/^[\w-]{22}$/);
  });
});
