import { CallSlots } from './callSlots.js';
import type { ScalekitGateway } from './gateway.js';
import { GatewayCall } from './gatewayCall.js';
import type { ScalekitErrorKind } from './scalekitError.js';
import { putUnderDeadline } from './sdkCore.js';
import { translateError } from './translateError.js';

type Method = keyof ScalekitGateway;

export const DEFAULT_TIMEOUT_MS = 4000;

/** One finished call, for metrics and logs. */
export interface FinishedCall {
  readonly method: Method;
  readonly outcome: 'ok' | ScalekitErrorKind;
  /** Milliseconds from the call to its outcome, waiting included. */
  readonly durationMs: number;
}

export interface CallRunnerOptions {
  /** The deadline of a whole call, in milliseconds. */
  readonly timeoutMs?: number;
  /** How many calls run at the same time, and how many wait for their turn. */
  readonly maxConcurrent?: number;
  readonly maxQueued?: number;
  /** Told about each call that passed the checks of its arguments. */
  readonly onCall?: (call: FinishedCall) => void;
}

/** Sends one RPC of the SDK; every RPC of the work goes through it. */
export type Send = <Answer>(rpc: () => Promise<Answer>) => Promise<Answer>;

/** Runs the work of one gateway method, and rejects with a `ScalekitError` and nothing else. */
export type CallRunner = <Answer>(method: Method, work: (send: Send) => Promise<Answer>) => Promise<Answer>;

/**
 * Gives each call its deadline and its slot. The slot is free when the SDK is done, not when the caller gave up.
 * @param client the SDK's client, through which all the work goes
 * @throws {Error} when the SDK is built differently from what this relies on
 */
export function createCallRunner(client: object, options: CallRunnerOptions): CallRunner {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxConcurrent = 32, maxQueued = 500, onCall } = options;
  const slots = new CallSlots(maxConcurrent, maxQueued);
  // Shorter than a call, so that a token request which hangs is over by the time the next call wants one.
  const within = putUnderDeadline(client, timeoutMs * 0.75);

  return async (method, work) => {
    const call = new GatewayCall(method, timeoutMs);
    let outcome: FinishedCall['outcome'] = 'ok';
    try {
      const release = await slots.acquire(method, call.signal);
      call.start();
      const answer = work((rpc) => within(call, rpc));
      answer.then(release, release);
      return await Promise.race([answer, call.expired]);
    } catch (error) {
      const translated = translateError(method, error, call.lastFailure);
      outcome = translated.kind;
      throw translated;
    } finally {
      call.end();
      onCall?.({ method, outcome, durationMs: call.elapsedMs });
    }
  };
}
