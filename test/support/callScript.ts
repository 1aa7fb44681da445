import type { ScalekitGateway } from '../../server/scalekit/gateway.js';
import { ScalekitError, type ScalekitErrorKind } from '../../server/scalekit/scalekitError.js';

export type Method = keyof ScalekitGateway;

export interface RecordedCall {
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** A call that a test keeps waiting. */
export interface Hold {
  /** Resolves when the call has come in; it has not been carried out yet. */
  readonly arrived: Promise<void>;
  /** Lets the call go on. */
  release(): void;
}

interface Failure {
  readonly kind: ScalekitErrorKind;
  readonly carriedOut: boolean;
  left: number;
}

/** What a test wants to know of, and to do to, the calls of the in-memory gateway. */
export class CallScript {
  readonly calls: RecordedCall[] = [];
  readonly #failures = new Map<Method, Failure[]>();
  readonly #holds = new Map<Method, { arrive: () => void; released: Promise<void> }[]>();
  #outage: ScalekitErrorKind | null = null;

  /** How many calls of a method came in, or of all methods. Calls with refused arguments do not count. */
  count(method?: Method): number {
    return method === undefined
      ? this.calls.length
      : this.calls.filter((call) => call.method === method).length;
  }

  /**
   * Makes the next calls of a method fail.
   * @param options.times how many calls, 1 unless said otherwise
   * @param options.carriedOut the call does its work and only its answer is lost
   */
  failNext(
    method: Method,
    kind: ScalekitErrorKind,
    options: { readonly times?: number; readonly carriedOut?: boolean } = {},
  ): void {
    const { times = 1, carriedOut = false } = options;
    listOf(this.#failures, method).push({ kind, carriedOut, left: times });
  }

  /** Makes every call fail until `recover`. */
  failAll(kind: ScalekitErrorKind): void {
    this.#outage = kind;
  }

  /** Forgets all failures that are still to come. */
  recover(): void {
    this.#outage = null;
    this.#failures.clear();
  }

  /** Keeps the next call of a method waiting; several holds strike one call each, in order. */
  hold(method: Method): Hold {
    const arrival = deferred();
    const release = deferred();
    listOf(this.#holds, method).push({ arrive: arrival.resolve, released: release.promise });
    return { arrived: arrival.promise, release: release.resolve };
  }

  /** Runs one call: records it, keeps it waiting, lets it fail, or does the work. */
  async run<Answer>(method: Method, args: readonly unknown[], work: () => Answer): Promise<Answer> {
    this.calls.push({ method, args });
    const failure = this.#takeFailure(method);
    const held = this.#holds.get(method)?.shift();
    held?.arrive();
    await held?.released;
    if (failure === undefined) return work();
    if (failure.carriedOut) work();
    throw new ScalekitError(failure.kind, method);
  }

  #takeFailure(method: Method): Omit<Failure, 'left'> | undefined {
    if (this.#outage !== null) return { kind: this.#outage, carriedOut: false };
    const failures = listOf(this.#failures, method);
    const [failure] = failures;
    if (failure === undefined) return undefined;
    failure.left -= 1;
    if (failure.left === 0) failures.shift();
    return failure;
  }
}

/** A promise, and what resolves it. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function listOf<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
