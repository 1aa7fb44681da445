import { quantile } from '../bench/figures.js';
import type { FaultWindows } from './faultWindows.js';

/** One thing that was asked for or waited for. Times are those of `performance.now()`. */
interface Answer {
  readonly kind: string;
  readonly from: number;
  readonly until: number;
  /** What went wrong, in a word or two, or null. */
  readonly error: string | null;
}

/** How long one kind of answer took, in milliseconds. */
export interface Latency {
  readonly kind: string;
  readonly answers: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** How often something went wrong. */
export interface ErrorCount {
  readonly what: string;
  /** The fault that it may have come of, or null where there was none. */
  readonly fault: string | null;
  readonly count: number;
}

/** Whether no fault of the soak excuses an answer: the app ran into something that it does not know. */
const isInexcusable = (error: string): boolean => /^500\b/.test(error);

/** What was asked, how long it took, and what went wrong. */
export class Answers {
  readonly #answers: Answer[] = [];

  /** @param say is told of an error that no fault explains as soon as it comes, to be looked for in the logs of that time */
  constructor(
    private readonly windows: FaultWindows,
    private readonly say: (text: string) => void = () => undefined,
  ) {}

  note(kind: string, from: number, error: string | null = null, until = performance.now()): void {
    this.#answers.push({ kind, from, until, error });
    if (error !== null && this.#faultOf(error, from, until) === null) {
      this.say(
        `${kind}: ${error}, asked ${Math.round(until - from)} ms before, with no fault that explains it`,
      );
    }
  }

  /** The fault that an error may have come of, or null. */
  #faultOf(error: string, from: number, until: number): string | null {
    return isInexcusable(error) ? null : this.windows.during(from, until);
  }

  get count(): number {
    return this.#answers.length;
  }

  /**
   * @param since what began before is left out
   * @param inFaults whether those that a fault may have touched, or the others
   */
  latencies(since: number, inFaults: boolean): Latency[] {
    const took = new Map<string, number[]>();
    for (const { kind, from, until, error } of this.#answers) {
      if (error !== null || from < since || (this.windows.during(from, until) !== null) !== inFaults)
        continue;
      const times = took.get(kind);
      if (times === undefined) took.set(kind, [until - from]);
      else times.push(until - from);
    }
    return [...took].sort().map(([kind, times]) => ({
      kind,
      answers: times.length,
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      p99: quantile(times, 0.99),
    }));
  }

  /** What went wrong, at any time. What is in no fault's window, or inexcusable, has no fault. */
  errors(): ErrorCount[] {
    const counts = new Map<string, ErrorCount>();
    for (const { kind, from, until, error } of this.#answers) {
      if (error === null) continue;
      const what = `${kind}: ${error}`;
      const fault = this.#faultOf(error, from, until);
      const key = JSON.stringify([fault, what]);
      counts.set(key, { what, fault, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()].sort((one, other) => other.count - one.count);
  }
}
