import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '../../server/http/logging.js';
import { routes } from '../../server/paths.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { eventBody, signedHeaders, webhookEnv } from '../unit/webhooks/deliveries.js';
import { compareCpu } from './cpuPerAnswer.js';
import { type Figure, median, type Part } from './figures.js';
import { inTurns } from './inTurns.js';
import { measurable, type ServerProcess, startServer, withFolder } from './processes.js';
import { withSandboxedApp } from './sandboxedApp.js';

const events = 5000;
const inFlight = 50;
const userCount = 500;
const rounds = 3;

const bareServer = new URL('./bareWebhookServer.ts', import.meta.url);

interface Delivery {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signed before anything is measured. */
function makeDeliveries(round: number): Delivery[] {
  return Array.from({ length: events }, (_, number) => {
    const identifier = `told-${number % userCount}@example.com`;
    const data = { id: `ca_${number % userCount}`, identifier, connection_name: 'gmail', status: 'ACTIVE' };
    const body = JSON.stringify(eventBody('updated', data, { id: `evt_${round}_${number}` }));
    return { body, headers: signedHeaders(body) };
  });
}

function post(url: string, agent: Agent, { body, headers }: Delivery): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers: { ...headers, ...length } }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** @returns how many webhooks were answered: all */
async function deliverAll(origin: string, deliveries: readonly Delivery[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  await inTurns(deliveries, inFlight, async (delivery) => {
    const status = await post(origin + routes.scalekitWebhooks, agent, delivery);
    if (status !== 200) throw new Error(`a webhook was answered with ${status}`);
  });
  agent.destroy();
  return deliveries.length;
}

/** How many events are in the database of the app, and how many of them it has not yet worked on. */
async function recordedIn(dataDir: string): Promise<{ all: number; waiting: number }> {
  const { db, close } = await openDatabase({ dataDir, databaseUrl: null }, createLogger('silent'));
  const count = db.selectFrom('webhookEvents').select((row) => row.fn.countAll<number>().as('count'));
  const { count: all } = await count.executeTakeFirstOrThrow();
  const { count: waiting } = await count.where('outcome', 'is', null).executeTakeFirstOrThrow();
  await close();
  return { all, waiting };
}

/** @returns seconds until nothing waited any more */
async function untilWorkedOff(dataDir: string): Promise<number> {
  const began = performance.now();
  while ((await recordedIn(dataDir)).waiting > 0) await pause(100);
  return (performance.now() - began) / 1000;
}

async function measureAgainst(app: ServerProcess, dataDir: string, bare: ServerProcess): Promise<Figure[]> {
  const deliveries = Array.from({ length: rounds + 1 }, (_, round) => makeDeliveries(round));
  const workedOff: number[] = [];
  const answer = (server: ServerProcess) => (round: number) =>
    deliverAll(server.url, deliveries[round] ?? []);
  const compared = await compareCpu(
    {
      server: app,
      answer: answer(app),
      settle: async () => void workedOff.push(await untilWorkedOff(dataDir)),
    },
    { server: bare, answer: answer(bare) },
    { what: 'webhooks', rounds, goal: { least: 0.8 } },
  );
  const lost = events * (rounds + 1) - (await recordedIn(dataDir)).all;
  return [
    ...compared,
    { what: 'lost', value: lost, unit: '', goal: { most: 0 } },
    { what: 'worked off after the last answer', value: median(workedOff.slice(1)), unit: 's' },
  ];
}

export const webhooksPart: Part = {
  name: 'webhooks',
  title: `${events} webhooks of ${userCount} users, ${inFlight} in flight`,
  measure: () =>
    withSandboxedApp(
      webhookEnv,
      ({ app, folder }) =>
        withFolder(async (bareFolder) => {
          const bare = await startServer(bareServer, bareFolder, webhookEnv, measurable);
          try {
            return await measureAgainst(app, folder, bare);
          } finally {
            await bare.stop();
          }
        }),
      measurable,
    ),
};
