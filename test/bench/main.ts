import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { askPart } from './askPart.js';
import { catchUpPart } from './catchUpPart.js';
import { directoryPart } from './directoryPart.js';
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

/** `npm run bench [name …]`: measures the parts that are named, or all, and writes `bench-results.json`. */

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

async function run(part: Part): Promise<{ name: string; figures: Figure[] }> {
  say(`\n${part.name}: ${part.title}`);
  const figures = await part.measure();
  say(table(figures));
  return { name: part.name, figures };
}

async function main(names: readonly string[]): Promise<void> {
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
    if (names.length === 0 || names.includes(part.name)) results.push(await run(part));
  }
  const figures = results.flatMap((result) => result.figures);
  const missed = figures.filter((figure) => isReached(figure) === false);
  const held = figures.filter((figure) => figure.goal !== undefined);
  say(`\n${held.length - missed.length} of ${held.length} goals reached; written to bench-results.json`);
  const written = { at: new Date().toISOString(), machine, results };
  writeFileSync('bench-results.json', `${JSON.stringify(written, null, 2)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
