import type { ScalekitGateway } from './gateway.js';
import { ScalekitError, type ScalekitErrorKind } from './scalekitError.js';

/** Which calls only read, so that repeating one changes nothing. */
const READS: ReadonlySet<keyof ScalekitGateway> = new Set([
  'listConnections',
  'listConnectedAccounts',
  'listAccountsOfConnection',
]);

/** One call of a gateway method: its deadline, and what became of its tries so far. */
export class GatewayCall {
  /** A try is on its way, so Scalekit may be carrying it out. */
  inFlight = false;
  /** How the last try failed. */
  lastFailure: unknown;
  /** The access token that the last try carried. */
  tokenSent: unknown;
  /** Rejects at the deadline, with a `ScalekitError`. */
  readonly expired: Promise<never>;

  readonly #startedAt = performance.now();
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #started = false;

  constructor(
    readonly method: keyof ScalekitGateway,
    private readonly timeoutMs: number,
  ) {
    this.expired = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason), { once: true });
    });
    this.expired.catch(() => {});
    this.#timer = setTimeout(() => this.#controller.abort(this.#expiry()), timeoutMs);
  }

  /** Aborts at the deadline; its reason is the `ScalekitError` to reject with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  get remainingMs(): number {
    return this.timeoutMs - this.elapsedMs;
  }

  get isRead(): boolean {
    return READS.has(this.method);
  }

  /** The call has its slot and begins to send. */
  start(): void {
    this.#started = true;
  }

  /** Stops the clock. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #expiry(): ScalekitError {
    const [kind, detail] = this.#stateAtDeadline();
    return new ScalekitError(kind, this.method, { detail: `${detail} after ${this.timeoutMs} ms` });
  }

  /** Between two tries nothing is on its way, and what was tried before was certainly not carried out. */
  #stateAtDeadline(): [ScalekitErrorKind, string] {
    if (!this.#started) return ['busy', 'never sent: still waiting for a slot'];
    return this.inFlight ? ['timeout', 'no answer'] : ['unreachable', 'no try got through'];
  }
}
