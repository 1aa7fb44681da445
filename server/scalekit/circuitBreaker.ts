import { backoffMs } from '../kernel/backoff.js';
import { outsideRequest } from '../kernel/requestBudget.js';
import type { ScalekitGateway } from './gateway.js';
import { ScalekitError } from './scalekitError.js';

type Method = keyof ScalekitGateway;

/**
 * - `closed`: calls go through.
 * - `open`: Scalekit did not answer several times in a row. Calls fail at once, and were certainly not carried out.
 * - `half_open`: as `open`, while a call of the breaker's own finds out whether Scalekit is back.
 * - `paused`: Scalekit asked us to slow down. For a moment calls fail at once.
 */
export type BreakerState = 'closed' | 'open' | 'half_open' | 'paused';

export const breakerStates: readonly BreakerState[] = ['closed', 'open', 'half_open', 'paused'];

export interface BreakerOptions {
  /** How many calls in a row have to fail before it opens. */
  readonly failures?: number;
  /** The first pause before Scalekit is tried again, in milliseconds; it doubles with each try in vain. */
  readonly retryMs?: number;
  readonly longestRetryMs?: number;
  /** The first pause after "slow down", in milliseconds; it doubles while the next calls are told so again. */
  readonly slowDownMs?: number;
  readonly longestSlowDownMs?: number;
  readonly onChange?: (state: BreakerState) => void;
  /** Told about each call that was not let through. */
  readonly onRefused?: (method: Method, state: BreakerState) => void;
}

export type CircuitBreaker = ReturnType<typeof withCircuitBreaker>;

/** Between half of a time and all of it, so that instances don't try together. */
const jittered = (ms: number) => ms * (0.5 + Math.random() / 2);

/**
 * Keeps an outage of Scalekit from costing every user a deadline. What counts are calls in a row, whichever they are:
 * `unreachable` and `timeout` are failures, any other answer proves that Scalekit is there and starts the count anew.
 * So a single slow method opens it only while nothing else is asked for, and then not for long.
 *
 * It heals by itself: after a pause it lists the connections, which changes nothing and is nobody's, so that no user
 * waits for the try. Any answer closes it, also one to a call that was under way when it opened.
 */
export function withCircuitBreaker(
  guarded: ScalekitGateway,
  {
    failures = 3,
    retryMs = 250,
    longestRetryMs = 2000,
    slowDownMs = 500,
    longestSlowDownMs = 4000,
    onChange = () => undefined,
    onRefused = () => undefined,
  }: BreakerOptions = {},
) {
  let state: BreakerState = 'closed';
  let timer: NodeJS.Timeout | null = null;
  let failed = 0;
  let tries = 0;
  let slowDowns = 0;
  let closed = false;
  let isAway = false;
  const onBack: (() => void)[] = [];

  function become(next: BreakerState): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (state === next) return;
    state = next;
    onChange(next);
    if (next === 'open') isAway = true;
    if (next !== 'closed' || !isAway) return;
    isAway = false;
    for (const listener of onBack) listener();
  }

  function after(ms: number, work: () => void): void {
    // The request that finds Scalekit away must not bound the tries that find out whether it is back.
    if (!closed) timer = outsideRequest(() => setTimeout(work, jittered(ms)).unref());
  }

  function open(): void {
    become('open');
    after(backoffMs(retryMs, longestRetryMs, tries + 1), () => void probe());
    tries += 1;
  }

  async function probe(): Promise<void> {
    become('half_open');
    await guarded.listConnections().then(answered, noteFailure);
    // It was not sent: too many calls wait in this process.
    if (state === 'half_open') open();
  }

  function answered(): void {
    failed = 0;
    tries = 0;
    // Some calls still get through while others are told to slow down.
    if (state === 'paused') return;
    slowDowns = 0;
    become('closed');
  }

  function slowDown(): void {
    failed = 0;
    // Those that were under way together are told so together.
    if (state === 'paused') return;
    become('paused');
    after(backoffMs(slowDownMs, longestSlowDownMs, slowDowns + 1), () => become('closed'));
    slowDowns += 1;
  }

  function gaveNoAnswer(): void {
    failed += 1;
    if (state === 'half_open' || (state === 'closed' && failed >= failures)) open();
  }

  function noteFailure(error: unknown): void {
    const kind = error instanceof ScalekitError ? error.kind : 'unexpected';
    // Neither has to have been sent.
    if (kind === 'busy' || kind === 'invalid') return;
    // Its request had no time left to wait for an answer.
    if (error instanceof ScalekitError && error.cutShort) return;
    if (kind === 'unreachable' || kind === 'timeout') gaveNoAnswer();
    else if (kind === 'rate_limited') slowDown();
    else answered();
  }

  function refusal(method: Method): ScalekitError {
    onRefused(method, state);
    const kind = state === 'paused' ? 'rate_limited' : 'unreachable';
    return new ScalekitError(kind, method, { detail: `not sent: the circuit breaker is ${state}` });
  }

  async function run<Answer>(method: Method, call: () => Promise<Answer>): Promise<Answer> {
    if (state !== 'closed') throw refusal(method);
    try {
      const answer = await call();
      answered();
      return answer;
    } catch (error) {
      noteFailure(error);
      throw error;
    }
  }

  return {
    gateway: {
      listConnections: () => run('listConnections', () => guarded.listConnections()),
      listConnectedAccounts: (identifier) =>
        run('listConnectedAccounts', () => guarded.listConnectedAccounts(identifier)),
      listAccountsOfConnection: (connectionName, pageToken) =>
        run('listAccountsOfConnection', () => guarded.listAccountsOfConnection(connectionName, pageToken)),
      createConnectedAccount: (key) =>
        run('createConnectedAccount', () => guarded.createConnectedAccount(key)),
      getAuthorizationLink: (request) =>
        run('getAuthorizationLink', () => guarded.getAuthorizationLink(request)),
      verifyConnectedAccountUser: (authRequestId, identifier) =>
        run('verifyConnectedAccountUser', () =>
          guarded.verifyConnectedAccountUser(authRequestId, identifier),
        ),
      deleteConnectedAccount: (key) =>
        run('deleteConnectedAccount', () => guarded.deleteConnectedAccount(key)),
      // How a provider fares says nothing of Scalekit.
      async askProvider(request) {
        if (state !== 'closed') throw refusal('askProvider');
        return guarded.askProvider(request);
      },
      listTools: (provider) => run('listTools', () => guarded.listTools(provider)),
      listScopedTools: (key) => run('listScopedTools', () => guarded.listScopedTools(key)),
      listEvents: (request) => run('listEvents', () => guarded.listEvents(request)),
    } satisfies ScalekitGateway,
    state: (): BreakerState => state,
    /** Has the listener called whenever Scalekit answers again after an outage. */
    onBack: (listener: () => void): void => void onBack.push(listener),
    /** Tries nothing any more by itself. */
    close(): void {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
