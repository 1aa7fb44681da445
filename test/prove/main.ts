import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CompiledQuery } from 'kysely';
import { createApiClients } from '../../server/identity/clients/apiClients.js';
import { createSandbox } from '../../server/sandbox/sandbox.js';
import { createAuditTrail } from '../../server/store/auditTrail.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { runModel } from '../model/run.js';
import type { World } from '../model/world.js';
import { anotherApp } from '../routes/onboarding/onboardingJourneys.js';
import { buildApp } from '../support/builtApp.js';
import { startFront } from '../support/front.js';
import { type InstanceProcess, startInstance } from '../support/instanceProcess.js';
import { findPostgres } from '../support/postgres.js';
import { createPostgresDatabase } from '../support/postgresDatabase.js';
import { startPostgres } from '../support/postgresServer.js';
import { secret } from '../unit/webhooks/deliveries.js';

/**
 * `npm run prove [-- --minutes 30 --seed N --path P]`: the model of the suite, with processes that are killed, on both databases. The seed
 * and the path are what a run that broke a promise printed.
 */

const say = (text: string) => process.stdout.write(`${text}\n`);
const silent = { info: () => undefined, warn: () => undefined };

interface Closing {
  close(): Promise<void>;
}

/** Instances in processes of their own: two on PostgreSQL, one on the embedded database. */
async function startProcesses(databaseUrl: string | null): Promise<World & Closing> {
  const sandbox = await createSandbox({ seed: 'empty', webhookRetryMs: 20 });
  const front = await startFront();
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  const begin = () =>
    startInstance(folder, {
      PUBLIC_URL: front.url,
      DATA_DIR: folder,
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
      SESSION_SECRET: 'a secret of the tests that is long enough',
      SCALEKIT_ENVIRONMENT_URL: sandbox.url,
      SCALEKIT_CLIENT_ID: 'sandbox',
      SCALEKIT_CLIENT_SECRET: 'sandbox',
      SCALEKIT_TIMEOUT_MS: '3000',
      SCALEKIT_WEBHOOK_SECRETS: secret,
      RATE_LIMIT_CONNECT_PER_MINUTE: '100000',
      RATE_LIMIT_SIGN_IN_PER_MINUTE: '100000',
      RATE_LIMIT_ONBOARDING_PER_MINUTE: '100000',
      RATE_LIMIT_API_PER_MINUTE: '100000',
    });
  const instances: InstanceProcess[] = [await begin()];
  if (databaseUrl !== null) instances.push(await begin());
  let chosen = 0;
  let dying: number | null = null;
  let killing: Promise<void> = Promise.resolve();
  const choose = (index: number) => {
    chosen = index;
    front.choose(instances[index]?.port ?? 0);
  };
  choose(0);
  sandbox.control.setWebhook({ url: `${front.url}/webhooks/scalekit`, secret });

  const database = await openDatabase({ dataDir: folder, databaseUrl }, silent);
  const audit = createAuditTrail(database.db, silent);
  const apiClients = createApiClients({ ...database, audit });
  const acme = await anotherApp(
    { url: front.url, deps: { apiClients } },
    { moreUserChecks: ['none', 'sign_in'] },
  );
  return {
    url: front.url,
    sandboxUrl: sandbox.url,
    control: sandbox.control,
    acme,
    move: () => choose((chosen + 1) % instances.length),
    crashSoon(after) {
      if (dying !== null) return;
      const index = chosen;
      dying = index;
      // Some milliseconds into whatever it does next.
      killing = new Promise((resolve) => {
        setTimeout(() => void instances[index]?.kill().then(resolve), after * 2);
      });
    },
    isDying: () => dying !== null,
    async replaceDead() {
      await killing;
      if (dying === null) return;
      instances[dying] = await begin();
      const again = dying;
      dying = null;
      if (chosen === again) choose(again);
    },
    // An instance reads it by itself, after its start and after an outage.
    catchUp: async () => undefined,
    async query(statement) {
      const { rows } = await database.db.executeQuery(CompiledQuery.raw(statement));
      return rows as Record<string, unknown>[];
    },
    async close() {
      await killing;
      await Promise.all(instances.map((instance) => instance.stop()));
      await database.close();
      await front.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Runs {
  readonly seed: number;
  readonly path?: string;
}

async function proveOn(what: string, databaseUrl: string | null, which: Runs, minutes: number) {
  say(`${what}: seed ${which.seed}, ${minutes} minutes`);
  const world = await startProcesses(databaseUrl);
  try {
    const runs = await runModel(world, {
      ...which,
      runs: Number.MAX_SAFE_INTEGER,
      endAfterMs: minutes * 60_000,
    });
    say(`${what}: ${runs} runs, and every promise was kept`);
  } finally {
    await world.close();
  }
}

async function main(): Promise<void> {
  const options = {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
  } as const;
  const { values } = parseArgs({ options });
  const minutes = Number(values.minutes ?? 30);
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  if (!(minutes > 0) || !Number.isSafeInteger(seed))
    throw new Error('--minutes takes a number above 0, and --seed a whole number');
  const which = { seed, ...(values.path === undefined ? {} : { path: values.path }) };
  const built = await buildApp();
  process.env.TEST_BUILT_APP = built;
  await proveOn('SQLite', null, which, minutes / 2);
  const server = await startPostgres(await findPostgres());
  try {
    const postgres = await createPostgresDatabase(server.url);
    await proveOn('PostgreSQL', postgres.url, which, minutes / 2);
    await postgres.drop();
  } finally {
    await server.close();
    await rm(built, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
