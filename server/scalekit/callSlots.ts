import { ScalekitError } from './scalekitError.js';

/** Bounds the calls that run at the same time, and those that wait for their turn (first come, first served). */
export class CallSlots {
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(
    private readonly maxRunning: number,
    private readonly maxWaiting: number,
  ) {}

  /**
   * Waits for a slot; the caller gives it back with the function that it gets, once.
   * @throws {ScalekitError} `busy` when too many wait already
   * @throws the signal's reason when it aborts first
   */
  async acquire(method: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#running < this.maxRunning) {
      this.#running += 1;
      return () => this.#release();
    }
    if (this.#waiting.size >= this.maxWaiting) {
      throw new ScalekitError('busy', method, { detail: 'too many calls wait' });
    }
    await this.#turn(signal);
    return () => this.#release();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The slot goes straight to the call that has waited longest, so that no newer call takes it. */
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
