import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { run } from '../nodes/command.js';
import { getNode } from '../nodes/getNode.js';
import { askPart } from './askPart.js';
import { catchUpPart } from './catchUpPart.js';
import { directoryPart, largeDirectoryPart } from './directoryPart.js';
import { type Figure, isReached, type Part, table } from './figures.js';
import { listPart } from './listPart.js';
import { livePart } from './livePart.js';
import { pollingPart } from './pollingPart.js';
import { startPart } from './startPart.js';
import { statusPart } from './statusPart.js';
import { streamsPart } from './streamsPart.js';
import { syncPart } from './syncPart.js';
import { toldPart } from './toldPart.js';
import { webhooksPart } from './webhooksPart.js';

/**
 * `npm run bench [-- name … --large --here]`: measures the parts that are named, or all, and writes what it measured to
 * `bench-results-<version>.json`: on this Node.js, and then on the newest long-term line, where this is another one and nothing
 * says `--here`. `--large` measures the directory at a size that takes minutes to fill.
 */

/** The newest line that Node.js supports for long (https://github.com/nodejs/release). */
const longTermLine = '24';

const parts: readonly Part[] = [
  listPart,
  statusPart,
  pollingPart,
  startPart,
  livePart,
  streamsPart,
  toldPart,
  webhooksPart,
  syncPart,
  catchUpPart,
  directoryPart,
  askPart,
];

const say = (text: string) => process.stdout.write(`${text}\n`);

async function measure(part: Part): Promise<{ name: string; figures: Figure[] }> {
  say(`\n${part.name}: ${part.title}`);
  const figures = await part.measure();
  say(table(figures));
  return { name: part.name, figures };
}

/** Measures the same once more, on another line of Node.js. */
async function measureOn(line: string): Promise<void> {
  const node = await getNode(line);
  say('');
  const again = [...process.execArgv, ...process.argv.slice(1), '--here'];
  await run(node, again, { cwd: process.cwd() });
}

async function main(): Promise<void> {
  const { values, positionals: names } = parseArgs({
    options: { large: { type: 'boolean', default: false }, here: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `There is no ${unknown.join(', ')}. The parts are ${parts.map(({ name }) => name).join(', ')}.`,
    );
  }
  const machine = { node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' };
  say(`Node.js ${machine.node}, ${machine.cpus} × ${machine.cpu}`);
  const results = [];
  for (const part of parts) {
    if (names.length > 0 && !names.includes(part.name)) continue;
    results.push(await measure(part === directoryPart && values.large ? largeDirectoryPart : part));
  }
  const figures = results.flatMap((result) => result.figures);
  const missed = figures.filter((figure) => isReached(figure) === false);
  const held = figures.filter((figure) => figure.goal !== undefined);
  const file = `bench-results-${process.version}.json`;
  say(`\n${held.length - missed.length} of ${held.length} goals reached; written to ${file}`);
  const written = { at: new Date().toISOString(), machine, results };
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
  if (!values.here && !process.version.startsWith(`v${longTermLine}.`)) await measureOn(longTermLine);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
