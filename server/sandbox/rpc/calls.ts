import { EventEmitter, once } from 'node:events';

/**
 * The calls that are counted and can be made to fail: the RPCs by their names on the wire, the token endpoint, and
 * what goes to a provider through the proxy.
 */
export const callNames = [
  'ListAppConnections',
  'ListConnectedAccounts',
  'SearchConnectedAccounts',
  'CreateConnectedAccount',
  'UpdateConnectedAccount',
  'DeleteConnectedAccount',
  'DisconnectConnectedAccount',
  'GetMagicLinkForConnectedAccount',
  'GetConnectedAccount',
  'GetConnectedAccountAuth',
  'GetConnectedAccountDetails',
  'VerifyConnectedAccountUser',
  'ListEventsPaginated',
  'ListTools',
  'ListScopedTools',
  'ListAvailableTools',
  'ExecuteTool',
  'token',
  'proxy',
] as const;
export type CallName = (typeof callNames)[number];

/** Counts by call; `unauthenticated` are those refused for want of a valid token, whichever they were. */
export type CallCounts = Readonly<Record<CallName | 'unauthenticated', number>>;

/** `arrived`: the call is here, nothing is done yet. `carried_out`: its effect is in place, its answer perhaps not sent. */
export type CallMoment = 'arrived' | 'carried_out';

const none = () =>
  Object.fromEntries([...callNames, 'unauthenticated'].map((name) => [name, 0])) as Record<
    CallName | 'unauthenticated',
    number
  >;

/** Counts calls and observes how many run at the same time. */
export class CallLog {
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #inFlight = new Map<string, number>();
  readonly #peaks = new Map<string, number>();
  #counts = none();

  counts(): CallCounts {
    return { ...this.#counts };
  }

  reset(): void {
    this.#counts = none();
    this.#peaks.clear();
  }

  refused(): void {
    this.#counts.unauthenticated += 1;
  }

  /**
   * Records that a call arrived.
   * @param identifier whose account the call is about, or an empty string when it names nobody
   * @returns what to call once when it has been answered or given up
   */
  arrived(call: CallName, identifier: string): () => void {
    this.#counts[call] += 1;
    const left = [this.#enter(call, identifier), identifier ? this.#enter('any', identifier) : undefined];
    this.#events.emit(`arrived ${call}`);
    return () => {
      for (const leave of left) leave?.();
    };
  }

  carriedOut(call: CallName): void {
    this.#events.emit(`carried_out ${call}`);
  }

  /** Resolves when the next such call reaches the moment. */
  async next(call: CallName, moment: CallMoment): Promise<void> {
    await once(this.#events, `${moment} ${call}`);
  }

  /** The most calls that were in flight at one time for one identifier, of one method or of any. */
  peak(call?: CallName): number {
    return this.#peaks.get(call ?? 'any') ?? 0;
  }

  #enter(group: string, identifier: string): () => void {
    const key = JSON.stringify([group, identifier]);
    const running = (this.#inFlight.get(key) ?? 0) + 1;
    this.#inFlight.set(key, running);
    this.#peaks.set(group, Math.max(this.#peaks.get(group) ?? 0, running));
    return () => {
      const rest = (this.#inFlight.get(key) ?? 1) - 1;
      if (rest === 0) this.#inFlight.delete(key);
      else this.#inFlight.set(key, rest);
    };
  }
}
