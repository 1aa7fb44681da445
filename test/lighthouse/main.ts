import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { scenes } from '../support/browserScenes.js';
import { findChromium } from '../support/chromium.js';
import { startStage } from '../support/stage.js';

/**
 * Measures the main pages with Lighthouse, as on a phone, and fails when a score is too low. npm gets Lighthouse when this
 * runs: it is no dependency, which every install would pay for.
 */

/** The last line that runs on Node.js 20. */
const lighthouse = 'lighthouse@12.8.2';
const categories = ['performance', 'accessibility', 'best-practices'] as const;
const leastScore = 98;
/** A machine that is busy makes a page slower, and none makes it faster than it is: of several tries the best one counts. */
const mostTries = 3;
const pages = [
  'the list with every state',
  'the status page',
  'the page of a connected account',
  'the start of an onboarding',
  'the users',
];

interface Report {
  readonly finalDisplayedUrl: string;
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  readonly audits: Readonly<Record<string, { readonly title: string; readonly score: number | null }>>;
}

async function measure(executablePath: string, url: string, cookie: string): Promise<Report> {
  const args = [
    '--yes',
    lighthouse,
    url,
    '--quiet',
    '--output=json',
    '--output-path=stdout',
    `--only-categories=${categories.join(',')}`,
    // A page with an open stream never comes to rest.
    '--max-wait-for-load=15000',
    '--chrome-flags=--headless --no-sandbox --disable-gpu',
    `--extra-headers=${JSON.stringify({ Cookie: cookie })}`,
  ];
  const env = { ...process.env, CHROME_PATH: executablePath, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)('npx', args, { env, maxBuffer: 256 * 1024 * 1024 });
  return JSON.parse(stdout) as Report;
}

const executablePath = await findChromium();
const stage = await startStage(executablePath);
let tooLow = 0;
try {
  process.stdout.write(`| page | ${categories.join(' | ')} |\n|---|${'---|'.repeat(categories.length)}\n`);
  for (const name of pages) {
    const page = await scenes[name]?.(stage);
    if (page === undefined) throw new Error(`there is no scene ${name}`);
    const url = page.url();
    const cookies = await page.context().cookies(url);
    // Its stream would be one more.
    await page.close();
    const cookie = cookies.map((one) => `${one.name}=${one.value}`).join('; ');
    const best = new Map<string, number>(categories.map((category) => [category, 0]));
    let report: Report | null = null;
    const isGood = () => [...best.values()].every((score) => score >= leastScore);
    for (let tries = 0; tries < mostTries && !isGood(); tries += 1) {
      report = await measure(executablePath, url, cookie);
      // Whoever is not let in reads another page.
      if (report.finalDisplayedUrl !== url) throw new Error(`${url} led to ${report.finalDisplayedUrl}`);
      for (const [category, score] of best)
        best.set(category, Math.max(score, Math.round((report.categories[category]?.score ?? 0) * 100)));
    }
    process.stdout.write(`| ${name} | ${[...best.values()].join(' | ')} |\n`);
    if (!isGood()) {
      tooLow += 1;
      const lost = Object.values(report?.audits ?? {}).filter(({ score }) => score !== null && score < 0.9);
      process.stdout.write(lost.map(({ title }) => `  - ${title}\n`).join(''));
    }
    await stage.clear();
  }
} finally {
  await stage.close();
}
if (tooLow > 0) process.exitCode = 1;
