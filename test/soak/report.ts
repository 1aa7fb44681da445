import type { Latency } from './answers.js';
import type { Life } from './memoryWatch.js';
import { isDistinguishable, type Sample, type Slope, slopeOf } from './slope.js';
import type { SoakResult } from './soak.js';

/** What is printed, and why the soak has failed; nothing when it has not. */
export interface Report {
  readonly lines: readonly string[];
  readonly failures: readonly string[];
}

const mostShown = 20;

const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const mb = (value: number) => value.toFixed(2);

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd(),
  );
}

const latencyTable = (latencies: readonly Latency[]) =>
  table([
    ['', 'answers', 'p50', 'p95', 'p99'],
    ...latencies.map(({ kind, answers, p50, p95, p99 }) => [
      kind,
      String(answers),
      ms(p50),
      ms(p95),
      ms(p99),
    ]),
  ]);

const slopeText = ({ perHour, low, high, blocks }: Slope) =>
  Number.isFinite(low)
    ? `${mb(perHour)} MB an hour, 95% between ${mb(low)} and ${mb(high)} (${blocks} blocks)`
    : 'too few measurements for a slope';

/** Whether a process lived for all of the measured time, as far as its first and last measurement show. */
function livedThrough({ heap }: Life, { measuredFrom, measuredUntil }: SoakResult): boolean {
  const hour = 3_600_000;
  const slack = 30_000;
  const [first, last] = [heap[0], heap.at(-1)];
  if (first === undefined || last === undefined) return false;
  return first.at * hour - measuredFrom < slack && measuredUntil - last.at * hour < slack;
}

function memoryReport(result: SoakResult): Report {
  const lines: string[] = [];
  const failures: string[] = [];
  const of = (life: Life, what: string, samples: readonly Sample[], counts: boolean) => {
    const slope = slopeOf(samples);
    const [first, last] = [samples[0]?.value ?? Number.NaN, samples.at(-1)?.value ?? Number.NaN];
    lines.push(
      `  ${what} of ${life.name} (${life.pid}): ${mb(first)} to ${mb(last)} MB; ${slopeText(slope)}`,
    );
    if (!counts || !isDistinguishable(slope)) return;
    const direction = slope.perHour > 0 ? 'grows' : 'falls, so that it was not at rest: warm up for longer';
    failures.push(`the ${what} of ${life.name} ${direction}`);
  };
  for (const life of result.lives) {
    const counts = livedThrough(life, result);
    if (!counts) lines.push(`  ${life.name} (${life.pid}) did not live all the time, and decides nothing:`);
    of(life, 'resident memory', life.resident, counts);
    of(life, 'heap', life.heap, counts);
  }
  return { lines, failures };
}

function errorReport({ answers }: SoakResult): Report {
  const errors = answers.errors();
  const outside = errors.filter(({ fault }) => fault === null);
  const lines = errors.map(({ what, fault, count }) => `  ${count} × ${what} (${fault ?? 'NO FAULT'})`);
  return {
    lines: lines.length === 0 ? ['  none'] : lines,
    failures: outside.map(({ what, count }) => `${count} × ${what}, with no fault that explains it`),
  };
}

function lostReport({ reckoned }: SoakResult): Report {
  if (reckoned === null) return { lines: ['  not looked for'], failures: ['it was stopped'] };
  const { lost, acknowledged, events, told } = reckoned;
  return {
    lines: [
      `  of ${acknowledged} acknowledged actions, ${events} events that were accepted and ${told} webhooks to another app: ${lost.length}`,
      ...lost.slice(0, mostShown).map((what) => `  ${what}`),
    ],
    failures: lost.length === 0 ? [] : [`${lost.length} lost`],
  };
}

/** What came of a soak, for people. */
export function reportOf(result: SoakResult): Report {
  const { answers, windows, measuredFrom, lateness } = result;
  const memory = memoryReport(result);
  const errors = errorReport(result);
  const lost = lostReport(result);
  const failures = [...lost.failures, ...errors.failures, ...memory.failures];
  const lines = [
    `The machine let the soak itself wait for ${ms(lateness.p50)} (p50), ${ms(lateness.p99)} (p99)`,
    'Latency outside faults',
    ...latencyTable(answers.latencies(measuredFrom, false)),
    'Latency during faults',
    ...latencyTable(answers.latencies(measuredFrom, true)),
    `Faults: ${windows.all.length}`,
    ...windows.all.map(
      ({ name, from, until }) =>
        `  ${name}: ${Number.isFinite(until) ? `${Math.round((until - from) / 1000)} s` : 'not over'}`,
    ),
    `Errors, of ${answers.count} answers`,
    ...errors.lines,
    'Memory, after a collection of garbage',
    ...memory.lines,
    'Lost',
    ...lost.lines,
    failures.length === 0 ? 'Passed' : 'Failed:',
    ...failures.map((failure) => `  ${failure}`),
  ];
  return { lines, failures };
}
