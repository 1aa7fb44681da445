import { BenchUser } from './benchUser.js';
import { compareCpu } from './cpuPerAnswer.js';
import type { Part } from './figures.js';
import { load, type Target } from './load.js';
import { measurable, type ServerProcess, startServer } from './processes.js';
import { withSandboxedApp } from './sandboxedApp.js';

const rounds = 9;
const answers = 3000;

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

/** A bare server that gives the very answer that the app gives. */
async function startBare(folder: string, target: Target): Promise<ServerProcess> {
  const answer = await fetch(target.url, { headers: target.headers });
  const env = {
    SESSION_SECRET: sessionSecret,
    ANSWER: await answer.text(),
    ETAG: answer.headers.get('etag') ?? '',
  };
  return startServer(bareServer, folder, env, measurable);
}

export const statusPart: Part = {
  name: 'status',
  title:
    'CPU per answer of status.json against a bare route with the same session store, headers and logging',
  measure: () =>
    withSandboxedApp(
      { SESSION_SECRET: sessionSecret, METRICS_TOKEN: metricsToken },
      async ({ app, folder }) => {
        const target = await statusTarget(app.url);
        const bare = await startBare(folder, target);
        try {
          const contender = (server: ServerProcess, url: string) => ({
            server,
            answer: () => load({ url, headers: target.headers }, { amount: answers }),
          });
          return await compareCpu(contender(app, target.url), contender(bare, `${bare.url}/bare`), {
            what: 'status.json',
            rounds,
            goal: { least: 0.9 },
          });
        } finally {
          await bare.stop();
        }
      },
      measurable,
    ),
};
