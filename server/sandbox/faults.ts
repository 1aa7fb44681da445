import type { CallName } from './calls.js';

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
  /** Milliseconds before the call is looked at. It is carried out even if the caller has left meanwhile. */
  readonly latencyMs?: number | undefined;
  readonly error?: FaultError | undefined;
  /** The call is carried out, and its caller never hears of it. */
  readonly lostAnswer?: boolean | undefined;
  /** How many calls it strikes; all of them when left out. */
  readonly times?: number | undefined;
}

/** What strikes one call: all faults that match it, taken together. */
export interface Strike {
  readonly latencyMs: number;
  readonly error: FaultError | undefined;
  readonly lostAnswer: boolean;
}

/** The faults that were asked for and are not used up. */
export class Faults {
  #faults: Fault[] = [];

  list(): readonly Fault[] {
    return [...this.#faults];
  }

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Takes what strikes this call; each matching fault is used up by one. */
  take(call: CallName): Strike {
    const matching = this.#faults.filter(({ method }) => method === undefined || method === call);
    this.#faults = this.#faults.flatMap((fault) => (matching.includes(fault) ? usedUpByOne(fault) : [fault]));
    return {
      latencyMs: matching.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0),
      error: matching.find(({ error }) => error)?.error,
      lostAnswer: matching.some(({ lostAnswer }) => lostAnswer),
    };
  }
}

function usedUpByOne(fault: Fault): Fault[] {
  if (fault.times === undefined) return [fault];
  return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
}
