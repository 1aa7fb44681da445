import { parseArgs } from 'node:util';
import { startFuzzedApp } from './fuzzedApp.js';
import { startFuzzedFront } from './fuzzedFront.js';
import type { FuzzedPlace } from './fuzzedPlace.js';
import { startFuzzedSandbox } from './fuzzedSandbox.js';
import { oneWrongProperty, routeProperties, wireProperty } from './properties.js';
import { shownWithoutReason } from './shown.js';

/**
 * `npm run fuzz -- --minutes N` sends what the tests send, longer and with new seeds: a round is one app, a seed, and every property.
 * `--seed N` begins with that seed, `--only 'POST /sign-in'` tries the properties whose name has that, `--runs N` sends so many
 * requests to each route in a round.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '60' },
  },
});

const say = (text: string) => void process.stdout.write(`${text}\n`);
const until = Date.now() + Number(values.minutes) * 60_000;
const runs = Number(values.runs);
const found: string[] = [];

/** Sends a place everything. @returns how many requests that were */
async function tried(place: FuzzedPlace, named: string, seed: number): Promise<number> {
  for (const { name, hold } of [oneWrongProperty(place), ...routeProperties(place), wireProperty(place)]) {
    if (!`${named}: ${name}`.includes(values.only) || Date.now() > until) continue;
    await hold({ seed, runs, until }).catch((error: Error) => {
      found.push(name);
      say(`\n${named}: ${error.message}\n`);
    });
  }
  for (const [route, text] of shownWithoutReason(place.echoes)) {
    found.push(route);
    say(`\n${named}: ${route} shows what it was asked: ${JSON.stringify(text)}\n`);
  }
  const counts = [...place.statuses].sort(([one], [other]) => one - other);
  say(`${named}: ${counts.map(([status, count]) => `${status} × ${count}`).join(', ')}`);
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

/** @returns how many requests were sent */
async function round(seed: number): Promise<number> {
  let sent = 0;
  for (const [named, start] of Object.entries({ sandbox: startFuzzedSandbox, front: startFuzzedFront })) {
    const place = await start();
    sent += await tried(place, named, seed).finally(() => place.close());
  }
  const { place, works, serves } = await startFuzzedApp();
  try {
    sent += await tried(place, 'app', seed);
    await works();
    await serves();
    return sent;
  } finally {
    await place.close();
  }
}

let sent = 0;
let rounds = 0;
for (let seed = Number(values.seed); Date.now() < until; seed += 100_003) {
  sent += await round(seed);
  rounds += 1;
  say(`seed ${seed}: ${sent} requests so far, ${found.length} faults`);
}
say(
  `${rounds} rounds, ${sent} requests, ${found.length} faults: ${[...new Set(found)].join(', ') || 'none'}`,
);
process.exitCode = found.length > 0 ? 1 : 0;
