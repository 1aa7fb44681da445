import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '../../server/http/logging.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import type { Db } from '../../server/store/database/schema.js';
import { createEventLogStore } from '../../server/webhooks/eventLogStore.js';
import type { Figure, Part } from './figures.js';
import { builtApp, noLimits, startServer, withFolder } from './processes.js';
import { type RemoteSandbox, startRemoteSandbox } from './remoteSandbox.js';

const events = 10_000;
const userCount = 500;
const rpcLatencyMs = 50;

/** No sync reads what the log is to tell. */
const settings = { ...noLimits, DIRECTORY_SYNC_HOURS: '0' };

/** Changes accounts while nobody listens. */
async function happen(sandbox: RemoteSandbox): Promise<void> {
  for (let number = 0; number < events; number++) {
    const status = Math.floor(number / userCount) % 2 === 0 ? 'ACTIVE' : 'EXPIRED';
    const identifier = `away-${number % userCount}@example.com`;
    await sandbox.control('setAccount', { connectionName: 'gmail', identifier, status });
  }
}

const count = async (db: Db): Promise<number> => {
  const all = db.selectFrom('webhookEvents').select((row) => row.fn.countAll<number>().as('count'));
  return (await all.executeTakeFirstOrThrow()).count;
};

/** @returns milliseconds from the first call for the log until the last event is safe */
async function measureCatchUp(sandbox: RemoteSandbox, db: Db): Promise<number> {
  const marks = createEventLogStore(db);
  const before = (await marks.readUntil()) ?? 0;
  while ((await sandbox.control('calls')).ListEventsPaginated === 0) await pause(1);
  const began = performance.now();
  while (((await marks.readUntil()) ?? 0) === before) await pause(5);
  return performance.now() - began;
}

async function measure(): Promise<Figure[]> {
  const sandbox = await startRemoteSandbox('empty');
  const { env } = sandbox;
  try {
    return await withFolder(async (folder) => {
      const { db, close } = await openDatabase(
        { dataDir: folder, databaseUrl: null },
        createLogger('silent'),
      );
      try {
        const first = await startServer(builtApp, folder, { ...env, ...settings });
        while ((await createEventLogStore(db).readUntil()) === null) await pause(20);
        await first.stop();
        await happen(sandbox);
        await sandbox.control('resetCalls');
        await sandbox.control('fault', { method: 'ListEventsPaginated', latencyMs: rpcLatencyMs });
        const app = await startServer(builtApp, folder, { ...env, ...settings });
        try {
          const took = await measureCatchUp(sandbox, db);
          const calls = (await sandbox.control('calls')).ListEventsPaginated;
          return [
            { what: 'caught up', value: took / 1000, unit: 's' },
            { what: 'calls for the log', value: calls, unit: '' },
            { what: 'lost', value: Math.max(0, events - (await count(db))), unit: '', goal: { most: 0 } },
            {
              what: 'caught up ÷ latency of its calls',
              value: took / (calls * rpcLatencyMs),
              unit: '×',
              goal: { most: 1.2 },
            },
          ];
        } finally {
          await app.stop();
        }
      } finally {
        await close();
      }
    });
  } finally {
    await sandbox.stop();
  }
}

export const catchUpPart: Part = {
  name: 'catch-up',
  title: `${events} events of Scalekit's log that happened while the app was down, ${rpcLatencyMs} ms per RPC`,
  measure,
};
