import { setTimeout as pause } from 'node:timers/promises';
import type { FaultWindows } from './faultWindows.js';
import type { Random } from './random.js';
import type { Setting } from './setting.js';

/** A fault, and for how long after it is over it may still be felt, in milliseconds. */
interface Fault {
  readonly name: string;
  readonly healsWithinMs: number;
  /** Brings it about, and resolves once it is over. */
  bring(setting: Setting, random: Random): Promise<void>;
}

const downMs = 5_000;

/** What holds the key of an instance's presence is its connection that listens (`presence.ts`). */
const listeners = `select pid from pg_locks where locktype = 'advisory' and classid::bigint = ${0x636f6e6e} and objsubid = 2`;

async function restartPostgres({ postgres }: Setting, how: 'fast' | 'crash'): Promise<void> {
  await postgres.pause(how);
  await pause(downMs);
  await postgres.resume();
}

async function replaceSecond({ instances, start, serve }: Setting, how: 'stop' | 'kill'): Promise<void> {
  const [, second] = instances;
  // Who stops an instance takes it out of the proxy first. A crash is told by nobody.
  if (how === 'stop') serve(second);
  await second.server?.[how]();
  second.server = null;
  serve();
  await pause(downMs);
  await start(second);
  serve();
}

async function cut({ database }: Setting, which: 'in' | 'not in', most: number): Promise<void> {
  const rows = await database.run(
    `select pg_terminate_backend(pid) from (
       select pid from pg_stat_activity
       where application_name = 'connect-accounts' and pid ${which} (${listeners})
       order by random() limit ${most}) as chosen`,
  );
  if (rows.length === 0) throw new Error('there was no connection to cut');
}

/** Every fault that the soak brings about. */
export const faults: readonly Fault[] = [
  {
    name: 'PostgreSQL is restarted',
    healsWithinMs: 15_000,
    bring: (setting) => restartPostgres(setting, 'fast'),
  },
  {
    name: 'PostgreSQL crashes',
    healsWithinMs: 15_000,
    bring: (setting) => restartPostgres(setting, 'crash'),
  },
  {
    name: 'an instance is stopped (SIGTERM) and replaced',
    healsWithinMs: 10_000,
    bring: (setting) => replaceSecond(setting, 'stop'),
  },
  {
    // What it had begun to work on is taken over after 20 seconds.
    name: 'an instance is killed (SIGKILL) and replaced',
    healsWithinMs: 20_000,
    bring: (setting) => replaceSecond(setting, 'kill'),
  },
  {
    name: 'LISTEN is cut',
    healsWithinMs: 10_000,
    bring: (setting) => cut(setting, 'in', 1),
  },
  {
    name: 'all connections of the pools are dropped',
    healsWithinMs: 10_000,
    bring: (setting) => cut(setting, 'not in', 100),
  },
  {
    name: 'the connections to Scalekit go silent',
    healsWithinMs: 10_000,
    async bring({ instances }, random) {
      random.pick(instances)?.toScalekit.forgetConnections();
    },
  },
];

const quietMs = { least: 15_000, most: 180_000 };

/**
 * Brings about one fault after the other until there is no time for one more, all of them before one comes again.
 * @param until in milliseconds of `performance.now()`
 */
export async function bringFaults(
  setting: Setting,
  windows: FaultWindows,
  random: Random,
  until: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const span = until - performance.now();
  const everyMs = Math.min(quietMs.most, Math.max(quietMs.least, span / (faults.length + 1)));
  let waiting: Fault[] = [];
  for (let next = performance.now() + everyMs / 2; next < until - everyMs / 2; next += everyMs) {
    await pause(Math.max(0, next - performance.now()), undefined, { signal });
    if (waiting.length === 0) waiting = random.shuffled(faults);
    const fault = waiting.shift();
    if (fault === undefined) break;
    say(fault.name);
    const window = windows.open(fault.name);
    await fault.bring(setting, random);
    window.until = performance.now() + fault.healsWithinMs;
  }
}
