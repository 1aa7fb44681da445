import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { backoffMs, withJitter } from '../kernel/backoff.js';
import type { Lease } from './locks.js';

export interface JobDefinition {
  /** What the log calls it. */
  readonly name: string;
  /** How often the job looks whether there is something to do, in milliseconds. */
  readonly everyMs: number;
  /** Only the instance that holds the lease performs the job. Left out where instances share the work. */
  readonly lease?: Lease;
  /** Whether there is something to do. The job asks this often, before it takes the lease, so it has to be cheap. */
  isDue?(): Promise<boolean>;
  /**
   * Does what there is to do. Work that was done before a crash may come again.
   * @param signal aborts when the job stops or has lost its lease: no other piece of work begins after that
   */
  perform(signal: AbortSignal): Promise<void>;
  readonly logger: Logger;
  /** How often the lease is renewed, in milliseconds. */
  readonly renewLeaseMs?: number;
}

const longestBackoffMs = 5 * 60_000;

/**
 * Work in the background: it looks for work every so often and when it is woken, performs it, waits longer after each
 * failure, and stops when it is told to.
 */
export function createJob({
  name,
  everyMs,
  lease,
  perform,
  logger,
  renewLeaseMs = 1000,
  ...asked
}: JobDefinition) {
  const isDue = asked.isDue ?? (async () => true);
  let isStopping = false;
  /** Ends the piece of work under way. Each has its own: what `AbortSignal.any` makes of a signal that lives on is held by it for good. */
  let over = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let wokenMeanwhile = false;
  let failures = 0;
  let waitUntil = 0;

  async function lead(held: Lease): Promise<void> {
    if (!(await held.hold())) return;
    const lost = () => over.abort();
    const renewing = setInterval(() => {
      held.hold().then((leads) => leads || lost(), lost);
    }, renewLeaseMs).unref();
    try {
      // Another instance may have done it meanwhile.
      if (await isDue()) await perform(over.signal);
    } finally {
      clearInterval(renewing);
      await held.release();
    }
  }

  async function work(): Promise<void> {
    if (isStopping) return;
    over = new AbortController();
    if (!(await isDue()) || isStopping) return;
    await (lease === undefined ? perform(over.signal) : lead(lease));
  }

  /** Performs the job until nothing is left, unless another instance is at it. @throws what the work throws */
  function look(): Promise<void> {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  }

  async function lookAndTell(): Promise<void> {
    wokenMeanwhile = false;
    try {
      await look();
      failures = 0;
    } catch (error) {
      failures += 1;
      waitUntil = Date.now() + withJitter(backoffMs(everyMs, longestBackoffMs, failures));
      logger.error({ err: error, job: name }, 'a job in the background failed');
    }
    if (wokenMeanwhile) wake();
  }

  /** There may be something to do. Does nothing before `start`. */
  function wake(): void {
    if (timer === null) return;
    if (running === null) void lookAndTell();
    else wokenMeanwhile = true;
  }

  return {
    look,
    wake,
    start(): void {
      isStopping = false;
      timer ??= setInterval(() => {
        if (running === null && (failures === 0 || Date.now() >= waitUntil)) void lookAndTell();
      }, everyMs).unref();
      wake();
    },
    /** Begins nothing more, and ends when the piece of work under way has ended. */
    async stop(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      timer = null;
      isStopping = true;
      over.abort();
      await running?.catch(() => undefined);
    },
  };
}

export type Job = ReturnType<typeof createJob>;

/**
 * The work of a job that is done in pieces.
 * @param step does one piece. @returns how long to wait before the next one, in milliseconds, or null after the last
 */
export const inSteps =
  (step: () => Promise<number | null>) =>
  async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const waitMs = await step();
      if (waitMs === null) return;
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
  };

/** Several jobs as one. */
export const allJobs = (jobs: readonly Pick<Job, 'start' | 'stop'>[]) => ({
  start(): void {
    for (const job of jobs) job.start();
  },
  async stop(): Promise<void> {
    await Promise.all(jobs.map((job) => job.stop()));
  },
});
