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

/** The HTTP status of a refusal, where the call is not an RPC. */
export const faultStatuses: Readonly<Record<FaultError, number>> = {
  unavailable: 503,
  rate_limited: 429,
  internal: 500,
  deadline: 504,
  credentials: 401,
};

/**
 * What a provider behind the proxy answers instead of what was asked for.
 * - `refused`: 403, as when the scopes do not allow the call.
 * - `html`: a page, as when a provider is in maintenance.
 * - `malformed`: JSON that breaks off in the middle.
 * - `redirect`: 302 to another address of this machine.
 * - `huge`: the answer, and two megabytes more.
 * - `hostile_name`: the answer, with markup, marks of direction and control characters for the account's name.
 */
export const proxyAnswers = ['refused', 'html', 'malformed', 'redirect', 'huge', 'hostile_name'] as const;
export type ProxyAnswer = (typeof proxyAnswers)[number];

export interface Fault {
  /** The call that misbehaves; all calls, the token endpoint and the proxy included, when left out. */
  readonly method?: CallName | undefined;
  /** Milliseconds before the call is handled. It is carried out even when its caller has left. */
  readonly latencyMs?: number | undefined;
  readonly error?: FaultError | undefined;
  /** What the provider answers to a call of the proxy. Other calls take no notice. */
  readonly answer?: ProxyAnswer | undefined;
  /** The call is carried out, but never answered. */
  readonly lostAnswer?: boolean | undefined;
  /** How many calls it strikes; all of them when left out. */
  readonly times?: number | undefined;
}

/** The faults of one call: all that match it, combined. */
export interface Strike {
  readonly latencyMs: number;
  readonly error: FaultError | undefined;
  readonly answer: ProxyAnswer | undefined;
  readonly lostAnswer: boolean;
}

export class Faults extends FaultList<Fault> {
  /** Takes the faults that match this call. */
  take(call: CallName): Strike {
    const matching = this.strike(({ method }) => method === undefined || method === call);
    return {
      latencyMs: matching.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0),
      error: matching.find(({ error }) => error)?.error,
      answer: matching.find(({ answer }) => answer)?.answer,
      lostAnswer: matching.some(({ lostAnswer }) => lostAnswer),
    };
  }
}
