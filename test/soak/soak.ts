import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Answers } from './answers.js';
import { bringFaults } from './faults.js';
import { FaultWindows } from './faultWindows.js';
import { createJourneys, type SoakUser } from './journeys.js';
import { Ledger } from './ledger.js';
import { type Life, watchMemory } from './memoryWatch.js';
import { Random } from './random.js';
import { type Reckoned, reckon, ScalekitWebhooks } from './reckoning.js';
import { type Setting, withSetting } from './setting.js';
import { bringTraffic } from './traffic.js';

export interface SoakOptions {
  /** Minutes of load before anything is measured. */
  readonly warmUp: number;
  /** Minutes of load that are measured, with faults. */
  readonly minutes: number;
  /** Decides when which journey begins, and the order of the faults. */
  readonly seed: number;
}

/** What came of a soak. Times are those of `performance.now()`. */
export interface SoakResult {
  readonly answers: Answers;
  readonly windows: FaultWindows;
  readonly measuredFrom: number;
  readonly measuredUntil: number;
  readonly lives: readonly Life[];
  /** How late the soak itself came to its work, in milliseconds: on a machine that has too much to do everything is late. */
  readonly lateness: { readonly p50: number; readonly p99: number };
  /** Null when it was stopped early. */
  readonly reckoned: Reckoned | null;
}

const userCount = 60;
/** V8 compiles what is often called, and keeps what it compiled: sooner, the more often it is called. */
const warmUpTimes = 4;
const minuteMs = 60_000;
const webhooksEveryMs = 5_000;
const delayResolutionMs = 10;
/** In a short soak the memory is measured more often, so that there is enough to tell a slope. */
const memoryEveryMs = (minutes: number) => (minutes < 10 ? 4_000 : 10_000);

async function lookNowAndThen(webhooks: ScalekitWebhooks, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // If there is no sandbox any more, everything else says so.
    await webhooks.look().catch(() => undefined);
    await pause(webhooksEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function run(
  setting: Setting,
  { warmUp, minutes, seed }: SoakOptions,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<SoakResult> {
  const random = new Random(seed);
  const windows = new FaultWindows();
  const answers = new Answers(windows, say);
  const ledger = new Ledger(say);
  const webhooks = new ScalekitWebhooks(setting);
  const users: SoakUser[] = Array.from({ length: userCount }, (_, number) => ({
    identifier: `soak-${number}@example.com`,
    browser: null,
    signOuts: 0,
    busyUntil: 0,
    pages: new Set(),
  }));
  const over = new AbortController();
  const ends = AbortSignal.any([over.signal, signal]);
  // All that waits listens to it.
  setMaxListeners(0, ends);
  const measuredFrom = performance.now() + warmUp * minuteMs;
  const measuredUntil = measuredFrom + minutes * minuteMs;
  const until = (time: number) => pause(Math.max(0, time - performance.now()), undefined, { signal: ends });

  const deps = { setting, answers, ledger, windows, random, users, signal: ends, stopped: signal };
  const journeys = createJourneys(deps);
  const times = () => (performance.now() < measuredFrom ? warmUpTimes : 1);
  const traffic = bringTraffic(journeys, answers, seed, times, ends);
  const looking = lookNowAndThen(webhooks, ends);
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  const latenessAt = (percentile: number) =>
    Math.max(0, delay.percentile(percentile) / 1_000_000 - delayResolutionMs);
  say(`load, ${warmUp} minutes of which warm up`);
  let watching: Promise<Life[]> = Promise.resolve([]);
  try {
    // The first of each fault leaves the code in memory that ran for the first time.
    await bringFaults(setting, windows, new Random(seed), measuredFrom, say, ends);
    await until(measuredFrom);
    say('measuring');
    delay.enable();
    watching = watchMemory(setting.instances, memoryEveryMs(minutes), ends);
    await bringFaults(setting, windows, new Random(seed), measuredUntil, say, ends);
    await until(measuredUntil);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    delay.disable();
    over.abort();
    await Promise.all([traffic, looking, watching]);
  }
  const lives = await watching;
  if (!signal.aborted) say('looking for what was acknowledged');
  const reckoned = signal.aborted ? null : await reckon(setting, ledger, webhooks, users, answers, signal);
  const lateness = { p50: latenessAt(50), p99: latenessAt(99) };
  return { answers, windows, measuredFrom, measuredUntil, lives, lateness, reckoned };
}

/** Holds mixed load on two instances for as long as it is told, with faults, and looks whether anything was lost. */
export const soak = (
  options: SoakOptions,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<SoakResult> =>
  withSetting(new Random(options.seed), say, (setting) => run(setting, options, say, signal));
