import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Lease } from './locks.js';

export interface LedJobDeps {
  /** Who holds it works. It is renewed before each piece of work. */
  readonly lease: Lease;
  /** What the log calls it. */
  readonly name: string;
  /** Whether there is anything to do. It is asked often, and has to be cheap. */
  isDue(): Promise<boolean>;
  /**
   * Does one piece of work, well within the lease. A piece that was done before a crash may come again.
   * @returns how long to wait before the next one, in milliseconds, or null when there is nothing more to do
   */
  step(): Promise<number | null>;
  readonly logger: Logger;
}

/** Work in the background that one instance at a time does, piece by piece. */
export interface LedJob {
  start(): void;
  /** There may be something to do. */
  wake(): void;
  /** Works until nothing is left, unless another instance is at it. */
  look(): Promise<void>;
  /** Ends the piece under way, and lets others go on at once. */
  stop(): Promise<void>;
}

/** @param lookEveryMs how often it is looked whether there is something to do, in milliseconds */
export function createLedJob(
  { lease, name, isDue, step, logger }: LedJobDeps,
  { lookEveryMs = 5000 }: { readonly lookEveryMs?: number } = {},
): LedJob {
  let stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;

  async function work(signal: AbortSignal): Promise<void> {
    if (signal.aborted || !(await isDue())) return;
    try {
      while (!signal.aborted && (await lease.hold())) {
        const waitMs = await step();
        if (waitMs === null) return;
        await pause(waitMs, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      await lease.release();
    }
  }

  function look(): Promise<void> {
    running ??= work(stopping.signal).finally(() => {
      running = null;
    });
    return running;
  }

  function wake(): void {
    look().catch((error) => logger.error({ err: error, job: name }, 'a job in the background failed'));
  }

  return {
    look,
    wake,
    start() {
      stopping = new AbortController();
      timer ??= setInterval(wake, lookEveryMs).unref();
      wake();
    },
    async stop() {
      stopping.abort();
      if (timer !== null) clearInterval(timer);
      timer = null;
      await running?.catch(() => undefined);
    },
  };
}
