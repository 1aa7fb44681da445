import { randomBytes } from 'node:crypto';
import type { ConnectedAccount } from '../../scalekit/gateway.js';
import type { FailureCode } from './failureCodes.js';

/** `open → verifying → done | failed | cancelled | timed_out`. */
export type FlowStatus = 'open' | 'verifying' | 'done' | 'failed' | 'cancelled' | 'timed_out';

export type FlowEnd = Exclude<FlowStatus, 'open' | 'verifying'>;

/**
 * One try of one principal to connect one connection, from one browser. A row of its own, so that tabs side by
 * side don't clobber each other. Times are epoch milliseconds.
 */
export interface Flow {
  readonly id: string;
  /** The hash of the browser session that the flow is bound to. */
  readonly sessionHash: string;
  readonly principal: string;
  readonly identifier: string;
  readonly connectionName: string;
  /** Where the user goes when it is done: a local path, or null for the list. */
  readonly returnTo: string | null;
  /** The browser comes back to us after consent, so that only a verification finishes the flow. */
  readonly returns: boolean;
  readonly accountIdBefore: string | null;
  readonly accountUpdatedBefore: number | null;
  readonly accountActiveBefore: boolean;
  readonly accountExpiredBefore: boolean;
  /** This flow made the account. */
  readonly accountCreated: boolean;
  readonly status: FlowStatus;
  readonly failure: FailureCode | null;
  /** The provider's own code of the error that it came back with, or null. */
  readonly providerError: string | null;
  /** A failure that its browser came back with, but without the `state` that would prove it: the flow goes on. */
  readonly reported: FailureCode | null;
  /** The reference id of the request that ended it. */
  readonly reference: string | null;
  /** When its first read of the account began: what happened to the account before that was seen by the read. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly linkExpiresAt: number | null;
  /** When the browser was sent to the link, or null before. */
  readonly leftAt: number | null;
  /** When we last asked Scalekit to verify, or null when we never did. */
  readonly verifyStartedAt: number | null;
  /** When Scalekit accepted this app's verification of the user, or null. */
  readonly verifiedAt: number | null;
  readonly endedAt: number | null;
  /** The auth request that its browser came back with, sealed, until the flow ends; null before it came. */
  readonly approval: string | null;
}

/** A flow lasts for 30 minutes. */
export const flowLifetimeMs = 30 * 60_000;

/** 256 random bits that come back with the browser; only their hash is kept. */
export const newState = (): string => randomBytes(32).toString('base64url');

export const newFlowId = (): string => randomBytes(16).toString('base64url');

export const hasEnded = (flow: Flow): boolean => flow.status !== 'open' && flow.status !== 'verifying';

/** Whether it shows that its user began to connect the account, and neither finished nor gave up. */
export const isBegun = ({ status }: Pick<Flow, 'status'>): boolean =>
  status !== 'done' && status !== 'cancelled';

/**
 * When the flow ends by itself: at its link's expiry or after its lifetime, whichever is first. Once the browser has
 * left for the provider the link was opened in time, so its expiry says nothing more: a consent that is given late is
 * still good.
 */
export function deadlineOf({ expiresAt, linkExpiresAt, leftAt, verifyStartedAt }: Flow): number {
  const isOpened = leftAt !== null || verifyStartedAt !== null;
  return isOpened ? expiresAt : Math.min(expiresAt, linkExpiresAt ?? Infinity);
}

/**
 * Whether the account became active since the flow began. An account that was active before proves nothing; one
 * with another id or a later change does.
 */
export function activatedSince(flow: Flow, account: ConnectedAccount | undefined): boolean {
  if (account?.status !== 'active') return false;
  if (account.id !== flow.accountIdBefore) return true;
  return (account.updatedAt ?? 0) > (flow.accountUpdatedBefore ?? 0);
}
