import type { FinishedCall } from './calls.js';
import type { BreakerState } from './circuitBreaker.js';

/** How the calls to Scalekit went lately. */
export interface ScalekitHealth {
  /** `unknown` until there was a call. */
  readonly state: 'reachable' | 'unreachable' | 'unknown';
  /** Since when, ISO 8601, or null. */
  readonly since: string | null;
  /** Whether calls are let through just now. */
  readonly breaker?: BreakerState;
}

/** Derives from the users' calls whether Scalekit can be reached, so that finding out costs no call. */
export function createHealthWatch() {
  let current: ScalekitHealth = { state: 'unknown', since: null };
  return {
    note({ method, outcome, cutShort }: FinishedCall): void {
      // How a provider fares says nothing of Scalekit.
      if (method === 'askProvider') return;
      // A call that was never sent, or had less than its time, says nothing about Scalekit.
      if (outcome === 'busy' || cutShort) return;
      const failed = outcome === 'unreachable' || outcome === 'timeout' || outcome === 'credentials';
      const state = failed ? 'unreachable' : 'reachable';
      if (state !== current.state) current = { state, since: new Date().toISOString() };
    },
    health: (): ScalekitHealth => current,
  };
}
