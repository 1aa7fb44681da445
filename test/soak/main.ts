import { parseArgs } from 'node:util';
import { reportOf } from './report.js';
import { type SoakOptions, soak } from './soak.js';

/** `npm run soak`: see "Soak" in `test/README.md`. */

const usage = `Usage: npm run soak -- [--warm-up MINUTES] [--minutes MINUTES] [--seed NUMBER]

  --warm-up   of load before anything is measured (10)
  --minutes   of load that are measured, with faults (40)
  --seed      decides when which journey begins, and the order of the faults
`;

function optionsOf(args: string[]): SoakOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { 'warm-up': text, minutes: text, seed: text } });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const options = { warmUp: Number(values['warm-up'] ?? 10), minutes: Number(values.minutes ?? 40), seed };
  const isGood = options.warmUp >= 0 && options.minutes > 0 && Number.isInteger(seed);
  if (!isGood) throw new Error('minutes are numbers, and the seed is a whole one');
  return options;
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  const began = performance.now();
  const say = (text: string) => {
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(`${String(seconds).padStart(5)} s  ${text}\n`);
  };
  const stop = new AbortController();
  // What started this sends it once more, after the terminal has: one is enough, and the rest of no matter.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  say(`Node.js ${process.version}, seed ${options.seed}`);
  const { lines, failures } = reportOf(await soak(options, say, stop.signal));
  process.stdout.write(`${lines.join('\n')}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 1;
});
