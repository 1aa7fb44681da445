import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '../kernel/backoff.js';
import { CallSlots } from '../scalekit/callSlots.js';
import { ScalekitError } from '../scalekit/scalekitError.js';

export interface SyncPaceOptions {
  /** How many calls at the same time. */
  readonly parallel: number;
  /** The first pause, in milliseconds; it doubles with each try in vain. */
  readonly retryMs?: number;
  readonly longestRetryMs?: number;
}

/** How much longer the pause is when Scalekit asks for one: users' calls need the room more. */
const slowDownFactor = 5;

const passing = new Set(['unreachable', 'timeout', 'rate_limited', 'busy']);

/** The pace of a sync that nobody waits for. */
export function createSyncPace(
  signal: AbortSignal,
  { parallel, retryMs = 1000, longestRetryMs = 60_000 }: SyncPaceOptions,
) {
  let resumeAt = 0;
  let pauses = 0;
  const slots = new CallSlots(parallel, Number.POSITIVE_INFINITY);

  function putOff(error: ScalekitError): void {
    // Those that were under way together fail together.
    if (Date.now() < resumeAt) return;
    const factor = error.kind === 'rate_limited' ? slowDownFactor : 1;
    resumeAt = Date.now() + backoffMs(factor * retryMs, longestRetryMs, pauses + 1);
    pauses += 1;
  }

  async function turn(): Promise<void> {
    for (let wait = resumeAt - Date.now(); wait > 0; wait = resumeAt - Date.now()) {
      await pause(wait, undefined, { signal, ref: false });
    }
    signal.throwIfAborted();
  }

  return {
    /**
     * Runs a call until it has an answer. While Scalekit can't be reached or asks to slow down, everything that goes
     * by this pace waits.
     * @throws ScalekitError when waiting would not help
     * @throws the signal's reason when it aborts
     */
    async run<Answer>(call: () => Promise<Answer>): Promise<Answer> {
      const release = await slots.acquire('sync', signal);
      try {
        for (;;) {
          await turn();
          try {
            const answer = await call();
            pauses = 0;
            return answer;
          } catch (error) {
            if (!(error instanceof ScalekitError) || !passing.has(error.kind)) throw error;
            putOff(error);
          }
        }
      } finally {
        release();
      }
    },
  };
}

export type SyncPace = ReturnType<typeof createSyncPace>;
