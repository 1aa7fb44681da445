import { parseArgs } from 'node:util';
import { startFuzzedApp } from './fuzzedApp.js';
import { routeProperties, wireProperty } from './properties.js';
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

/** @returns how many requests were sent */
async function round(seed: number): Promise<number> {
  const fuzzed = await startFuzzedApp();
  try {
    const properties = [...routeProperties(fuzzed.place), wireProperty(fuzzed.place)];
    for (const property of properties.filter(({ name }) => name.includes(values.only))) {
      if (Date.now() > until) break;
      await property.hold({ seed, runs, until }).catch((error: Error) => {
        found.push(property.name);
        say(`\n${error.message}\n`);
      });
    }
    for (const [route, text] of shownWithoutReason(fuzzed.place.echoes)) {
      found.push(route);
      say(`\n${route} shows what it was asked: ${JSON.stringify(text)}\n`);
    }
    await fuzzed.serves();
    return [...fuzzed.place.statuses.values()].reduce((sum, count) => sum + count, 0);
  } finally {
    await fuzzed.place.close();
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
