import { BenchUser } from './benchUser.js';
import { type Figure, median, type Part } from './figures.js';
import { type Target, throughput } from './load.js';
import { type ServerProcess, startServer } from './processes.js';
import { withSandboxedApp } from './sandboxedApp.js';

const rounds = 9;
const roundSeconds = 2;
const warmUpSeconds = 3;

const bareServer = new URL('./bareServer.ts', import.meta.url);
const sessionSecret = 'a secret of the bench that is long enough';
/** Measured as operators run it: with metrics. */
const metricsToken = 'a token of the bench';

/** The status of an open flow of an API-key connection, as its page polls it. */
export async function statusTarget(appUrl: string): Promise<Target> {
  const user = await new BenchUser(appUrl, 'poller@example.com').signIn();
  const path = await user.startStaticFlow('exa');
  return { url: appUrl + path, headers: user.headers };
}

/** Both servers in turn, in short rounds, so that what slows the machine slows both. */
async function compare(app: Target, bare: Target): Promise<Figure[]> {
  const rates = { app: [] as number[], bare: [] as number[] };
  await throughput(app, warmUpSeconds);
  await throughput(bare, warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    rates.app.push(await throughput(app, roundSeconds));
    rates.bare.push(await throughput(bare, roundSeconds));
  }
  const ratios = rates.app.map((rate, round) => rate / (rates.bare[round] ?? Number.NaN));
  return [
    { what: 'status.json', value: median(rates.app), unit: '/s' },
    { what: 'bare route', value: median(rates.bare), unit: '/s' },
    { what: 'status.json ÷ bare route', value: median(ratios), unit: '×', goal: { least: 0.8 } },
  ];
}

/** A bare server that gives the very answer that the app gives. */
async function startBare(folder: string, target: Target): Promise<ServerProcess> {
  const answer = await fetch(target.url, { headers: target.headers });
  return startServer(bareServer, folder, {
    SESSION_SECRET: sessionSecret,
    ANSWER: await answer.text(),
    ETAG: answer.headers.get('etag') ?? '',
  });
}

export const statusPart: Part = {
  name: 'status',
  title: 'throughput of status.json against a bare route with the same session store, headers and logging',
  measure: () =>
    withSandboxedApp(
      { SESSION_SECRET: sessionSecret, METRICS_TOKEN: metricsToken },
      async ({ app, folder }) => {
        const target = await statusTarget(app.url);
        const bare = await startBare(folder, target);
        try {
          return await compare(target, { url: `${bare.url}/bare`, headers: target.headers });
        } finally {
          await bare.stop();
        }
      },
    ),
};
