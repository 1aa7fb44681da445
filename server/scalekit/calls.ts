import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs, withJitter } from '../kernel/backoff.js';
import { untilAborted } from '../kernel/deadline.js';
import { remainingMs } from '../kernel/requestBudget.js';
import { CallSlots } from './callSlots.js';
import type { Rpc, ScalekitConnection, SendOptions } from './connection.js';
import {
  isConnectionBroken,
  isNotCarriedOut,
  isStreamRefused,
  isUnauthenticated,
  isUnavailable,
  translateError,
} from './failedTry.js';
import type { ScalekitGateway } from './gateway.js';
import { ScalekitError, type ScalekitErrorKind } from './scalekitError.js';

type Method = keyof ScalekitGateway;

export const DEFAULT_TIMEOUT_MS = 4000;

/** Which calls only read, so that repeating one changes nothing. */
const READS: ReadonlySet<Method> = new Set([
  'listConnections',
  'listConnectedAccounts',
  'listAccountsOfConnection',
  'listEvents',
  'listTools',
  'listScopedTools',
]);

/** How often an RPC is sent again when Scalekit says that it is unavailable, and the longest pause before that. */
const mostRetries = 3;
const firstPauseMs = 400;

/** One finished call, for metrics and logs. */
export interface FinishedCall {
  readonly method: Method;
  readonly outcome: 'ok' | ScalekitErrorKind;
  /** Milliseconds from the call to its outcome, waiting included. */
  readonly durationMs: number;
  /** The call had less time than its own deadline, since its request had less left. */
  readonly cutShort?: true;
}

export interface CallSettings {
  /** The deadline of a whole call, in milliseconds. */
  readonly timeoutMs?: number;
  /** How many calls run at the same time, and how many wait for their turn. */
  readonly maxConcurrent?: number;
  readonly maxQueued?: number;
  /** Receives each call that passed the checks of its arguments. */
  readonly onCall?: (call: FinishedCall) => void;
}

/** Sends one RPC of a call. */
type Send = <Answer>(rpc: Rpc<Answer>) => Promise<Answer>;

/**
 * Gives each call of the gateway its deadline, its slot, its token and its retries. A call takes no longer than the
 * request that it is made for has time, and rejects with a `ScalekitError` and nothing else.
 */
export function createCalls(connection: ScalekitConnection, options: CallSettings) {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxConcurrent = 32, maxQueued = 500, onCall } = options;
  const slots = new CallSlots(maxConcurrent, maxQueued);

  return async function run<Answer>(
    method: Method,
    work: (send: Send, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const call = new Call(method, timeoutMs, remainingMs());
    let failure: ScalekitError | undefined;
    try {
      const release = await slots.acquire(method, call.signal);
      call.start();
      // At the deadline every try of the work ends, so the slot is free then.
      const working = work((rpc) => send(connection, call, rpc), call.signal);
      return await Promise.race([working, call.expired]).finally(release);
    } catch (error) {
      failure = translateError(method, error);
      throw failure;
    } finally {
      call.end();
      onCall?.({
        method,
        outcome: failure?.kind ?? 'ok',
        durationMs: call.elapsedMs,
        ...(failure?.cutShort && { cutShort: true }),
      });
    }
  };
}

/** Sends one RPC until it is answered, as often as that is safe and there is time. */
async function send<Answer>(connection: ScalekitConnection, call: Call, rpc: Rpc<Answer>): Promise<Answer> {
  const before = { retries: 0, restarted: false, renewed: false };
  for (;;) {
    call.signal.throwIfAborted();
    const { accessToken } = connection;
    try {
      return await call.attempt((options) => connection.send(rpc, options));
    } catch (error) {
      if (isUnauthenticated(error) && !before.renewed) {
        before.renewed = true;
        await Promise.race([connection.renewToken(accessToken), call.expired]);
      } else if (mayRestart(error, call) && !before.restarted) {
        before.restarted = true;
      } else if (mayRetry(error, call) && before.retries < mostRetries) {
        const pauseMs = withJitter(backoffMs(firstPauseMs, Number.POSITIVE_INFINITY, before.retries + 1));
        // A pause that outlasts the deadline helps nobody: the call ends now, with the failure that led to it.
        if (pauseMs >= call.remainingMs) throw error;
        before.retries += 1;
        await pause(pauseMs);
      } else throw error;
    }
  }
}

/** Whether the RPC can be repeated at once, since only the connection failed. */
const mayRestart = (error: unknown, { isRead }: Call): boolean =>
  isStreamRefused(error) || (isRead && isConnectionBroken(error));

/** Whether the RPC can be repeated after a pause. */
const mayRetry = (error: unknown, { isRead }: Call): boolean =>
  isUnavailable(error) && (isRead || isNotCarriedOut(error));

/** One call of a gateway method: its deadline, and whether it may have been carried out when that passes. */
export class Call {
  /** Rejects at the deadline, with a `ScalekitError`. */
  readonly expired: Promise<never>;

  readonly #startedAt = performance.now();
  readonly #controller = new AbortController();
  readonly #allowedMs: number;
  readonly #cutShort: boolean;
  #timer: NodeJS.Timeout | undefined;
  #started = false;
  /** A try is on its way, so Scalekit may be carrying it out. */
  #inFlight = false;

  /**
   * @param timeoutMs its own time, in milliseconds
   * @param requestLeftMs what is left of the time of the request that it is made for
   */
  constructor(
    readonly method: Method,
    timeoutMs: number,
    requestLeftMs = Number.POSITIVE_INFINITY,
  ) {
    this.#cutShort = requestLeftMs < timeoutMs;
    this.#allowedMs = Math.min(timeoutMs, requestLeftMs);
    this.expired = untilAborted(this.signal);
    if (this.#allowedMs <= 0) this.#expire();
    else this.#timer = setTimeout(() => this.#expire(), this.#allowedMs);
  }

  /** Aborts at the deadline; its reason is the `ScalekitError` to reject with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  get remainingMs(): number {
    return this.#allowedMs - this.elapsedMs;
  }

  get isRead(): boolean {
    return READS.has(this.method);
  }

  /** The call has its slot and begins to send. */
  start(): void {
    this.#started = true;
  }

  async attempt<Answer>(send: (options: SendOptions) => Promise<Answer>): Promise<Answer> {
    const { signal, isRead } = this;
    this.#inFlight = true;
    try {
      return await send({ signal, isRead, timeoutMs: Math.max(0, this.remainingMs) });
    } finally {
      this.#inFlight = false;
    }
  }

  /** Stops the clock. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #expire(): void {
    const [kind, detail] = this.#stateAtDeadline();
    const error = new ScalekitError(kind, this.method, {
      detail: `${detail} after ${Math.round(this.#allowedMs)} ms`,
      cutShort: this.#cutShort,
    });
    this.#controller.abort(error);
  }

  /** Between two tries nothing is on its way, and what was tried before was certainly not carried out. */
  #stateAtDeadline(): [ScalekitErrorKind, string] {
    if (this.#allowedMs <= 0) return ['busy', 'never sent: its request had no time left'];
    if (!this.#started) return ['busy', 'never sent: still waiting for a slot'];
    return this.#inFlight ? ['timeout', 'no answer'] : ['unreachable', 'no try got through'];
  }
}
