import type { CallName } from '../rpc/calls.js';
import { FaultList } from './faultList.js';

/**
 * How a call can be refused.
 * - `unavailable`: the SDK tries again, three times, with pauses.
 * - `rate_limited`, `internal`, `deadline`: answered as such, and not tried again.
 * - `credentials`: the operator's id and secret, or the token made with them, are no longer accepted.
 */
export const faultErrors = ['unavailable', 'rate_limited', 'internal', 'deadline', 'credentials'] as const;
export type FaultError = (typeof faultErrors)[number];

export interface Fault {
  /** The call that misbehaves; all calls, the token endpoint included, when left out. */
  readonly method?: CallName | undefined;
  /** Milliseconds before the call is handled. It is carried out even when its caller has left. */
  readonly latencyMs?: number | undefined;
  readonly error?: FaultError | undefined;
  /** The call is carried out, but never answered. */
  readonly lostAnswer?: boolean | undefined;
  /** How many calls it strikes; all of them when left out. */
  readonly times?: number | undefined;
}

/** The faults of one call: all that match it, combined. */
export interface Strike {
  readonly latencyMs: number;
  readonly error: FaultError | undefined;
  readonly lostAnswer: boolean;
}

export class Faults extends FaultList<Fault> {
  /** Takes the faults that match this call. */
  take(call: CallName): Strike {
    const matching = this.strike(({ method }) => method === undefined || method === call);
    return {
      latencyMs: matching.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0),
      error: matching.find(({ error }) => error)?.error,
      lostAnswer: matching.some(({ lostAnswer }) => lostAnswer),
    };
  }
}
