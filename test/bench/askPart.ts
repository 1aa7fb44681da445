import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '../../server/http/logging.js';
import { createApiClients } from '../../server/identity/clients/apiClients.js';
import { apiRoutes } from '../../server/paths.js';
import { createAuditTrail } from '../../server/store/auditTrail.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { someSettings } from '../unit/identity/clients/clients.js';
import { webhookEnv } from '../unit/webhooks/deliveries.js';
import { compareCpu } from './cpuPerAnswer.js';
import type { Figure, Part } from './figures.js';
import { inTurns } from './inTurns.js';
import { load, type Target } from './load.js';
import { whileWebhooksArrive } from './news.js';
import { measurable, startServer } from './processes.js';
import { type SandboxedApp, withSandboxedApp } from './sandboxedApp.js';

const userCount = 1000;
const seconds = 60;
/** Over how long the users come, as long as what was read of one is good for, so that they are not all read at once. */
const comingMs = 30_000;
const rpcLatencyMs = 50;
const rounds = 5;
/** The app's rounds are the longer ones: what it has read grows old in those of the bare server too. */
const roundSeconds = { app: 12, bare: 2 };

const bareServer = new URL('./bareApiServer.ts', import.meta.url);
const users = Array.from({ length: userCount }, (_, number) => `asked-${number}@example.com`);
const paths = users.map((identifier) =>
  apiRoutes.userConnections.replace(':identifier', encodeURIComponent(identifier)),
);
const connected = ['gmail', 'slack', 'notion'];

/** @returns the key of a new client, made in the app's own database */
async function newKey(dataDir: string): Promise<string> {
  const logger = createLogger('silent');
  const { db, events, close } = await openDatabase({ dataDir, databaseUrl: null }, logger);
  const apiClients = createApiClients({ db, events, audit: createAuditTrail(db, logger) });
  const { key } = await apiClients.create(someSettings(), { actor: 'command' });
  await close();
  return key;
}

/** First in, first out, so that none is idle until the server ends it. */
const agent = new Agent({ keepAlive: true, maxSockets: 50, scheduling: 'fifo' });

function ask({ url, headers }: Target, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { agent, headers }, (response) => {
      if (response.statusCode !== 200)
        reject(new Error(`a question was answered with ${response.statusCode}`));
      text(response).then(resolve, reject);
    });
    sent.once('error', reject);
    sent.end();
  });
}

/**
 * Asks for every user once a second. They come one after the other, and it is measured once all are here.
 * @returns answers per second, and RPCs per answer
 */
async function askAll(sandbox: SandboxedApp['sandbox'], target: Target) {
  let answers = 0;
  let over = false;
  const began = performance.now();
  const poll = async (path: string, comesAt: number): Promise<void> => {
    for (let turn = 0; !over; turn++) {
      await pause(Math.max(0, began + comesAt + turn * 1000 - performance.now()));
      await ask(target, path);
      answers += 1;
    }
  };
  const polls = Promise.all(paths.map((path, index) => poll(path, (index * comingMs) / userCount)));
  await Promise.race([polls, pause(comingMs + 1000)]);
  await sandbox.control('resetCalls');
  answers = 0;
  await Promise.race([polls, pause(seconds * 1000)]);
  const answered = answers;
  const rpcs = Object.values(await sandbox.control('calls')).reduce((sum, count) => sum + count, 0);
  over = true;
  await polls;
  return { perSecond: answered / seconds, rpcsPerAnswer: rpcs / answered };
}

async function measure({ app, sandbox, folder }: SandboxedApp): Promise<Figure[]> {
  await inTurns(users, 8, async (identifier) => {
    for (const connectionName of connected) {
      await sandbox.control('setAccount', { connectionName, identifier, status: 'ACTIVE' });
    }
  });
  await sandbox.control('fault', { latencyMs: rpcLatencyMs });
  const target = { url: app.url, headers: { Authorization: `Bearer ${await newKey(folder)}` } };
  const ANSWER = await ask(target, paths[0] ?? '');
  const bare = await startServer(bareServer, folder, { ANSWER }, measurable);
  try {
    return await whileWebhooksArrive(app.url, async () => {
      const asked = await askAll(sandbox, target);
      const compared = await compareCpu(
        { server: app, answer: () => load({ ...target, paths }, { duration: roundSeconds.app }) },
        {
          server: bare,
          answer: () => load({ ...target, url: bare.url, paths }, { duration: roundSeconds.bare }),
        },
        { what: 'API', rounds, goal: { least: 0.8 } },
      );
      return [
        { what: 'answers while each is asked once a second', value: asked.perSecond, unit: '/s' },
        { what: 'RPCs per answer', value: asked.rpcsPerAnswer, unit: '', goal: { most: 0.05 } },
        ...compared,
      ];
    });
  } finally {
    agent.destroy();
    await bare.stop();
  }
}

export const askPart: Part = {
  name: 'ask',
  title: `${userCount} users whose connections another app asks for once a second, while webhooks arrive`,
  measure: () =>
    withSandboxedApp({ ...webhookEnv, RATE_LIMIT_API_PER_MINUTE: '1000000' }, measure, measurable),
};
