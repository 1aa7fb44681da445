import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClientWebhooks } from '../../server/api/webhooks/clientWebhooks.js';
import { createApiClients } from '../../server/identity/clients/apiClients.js';
import { routes } from '../../server/paths.js';
import { createAuditTrail } from '../../server/store/auditTrail.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import { collectable } from '../bench/memory.js';
import { builtApp, noLimits, type ServerProcess, startServer, withFolder } from '../bench/processes.js';
import { type RemoteSandbox, startRemoteSandbox } from '../bench/remoteSandbox.js';
import { anotherApp, type OtherApp } from '../routes/onboarding/onboardingJourneys.js';
import { type Front, startFront } from '../support/front.js';
import { findPostgres } from '../support/postgres.js';
import { createPostgresDatabase, type PostgresDatabase } from '../support/postgresDatabase.js';
import { type PostgresServer, startPostgres } from '../support/postgresServer.js';
import { SilentProxy } from '../support/silentProxy.js';
import { secret as scalekitSecret, webhookEnv } from '../unit/webhooks/deliveries.js';
import type { Random } from './random.js';
import { type Receiver, startReceiver } from './receiver.js';

/** One of the two instances, and the network between it and Scalekit. */
export interface Instance {
  readonly name: string;
  readonly toScalekit: SilentProxy;
  /** The process that runs now; null while there is none. */
  server: ServerProcess | null;
}

/** All that runs: two instances behind a front, on one PostgreSQL, with a sandbox, and another app that is told. */
export interface Setting {
  readonly postgres: PostgresServer;
  readonly database: PostgresDatabase;
  readonly sandbox: RemoteSandbox;
  readonly front: Front;
  readonly receiver: Receiver;
  readonly acme: OtherApp;
  /** The first lives for the whole soak. */
  readonly instances: readonly [Instance, Instance];
  /** Puts a process in the place of one that ended. */
  start(instance: Instance): Promise<void>;
  /** Sends requests to the instances that run, but for one. */
  serve(except?: Instance): void;
}

export const admin = 'soak-admin@example.com';
export const metricsToken = 'a token of the soak';

const sessionSecret = 'a secret of the soak that is long enough';
/** Six tries in half a minute, which is longer than any fault lasts. */
const webhookRetryMs = 1_000;

const silent = { info: () => undefined, warn: () => undefined };

/** Registers the other app, which onboards users, asks about all of them, and is told of what changes. */
async function register(
  folder: string,
  databaseUrl: string,
  front: Front,
  receiver: Receiver,
): Promise<OtherApp> {
  const database = await openDatabase({ dataDir: folder, databaseUrl }, silent);
  const { db } = database;
  try {
    const audit = createAuditTrail(db, silent);
    const apiClients = createApiClients({ ...database, audit });
    const acme = await anotherApp(
      { url: front.url, deps: { apiClients } },
      { scopes: ['onboarding', 'status:read'], returnUrls: [`${receiver.url}/back`] },
    );
    const settings = { loopback: true, allowCidrs: [] };
    const webhooks = createClientWebhooks({ db, audit, secrets: [sessionSecret], settings });
    receiver.setSecret((await webhooks.set(acme.client, receiver.webhookUrl, { actor: 'command' })) ?? '');
    return acme;
  } finally {
    await database.close();
  }
}

/** Runs `work` on all of it, which ends with it, also when it fails. The log of both instances stays, and `say` is told where. */
export function withSetting<T>(
  random: Random,
  say: (text: string) => void,
  work: (setting: Setting) => Promise<T>,
): Promise<T> {
  const logFile = path.join(tmpdir(), `connect-accounts-soak-${process.pid}.log`);
  say(`the instances log to ${logFile}`);
  return withFolder(async (folder) => {
    const closing: (() => Promise<unknown> | undefined)[] = [];
    try {
      const log = await open(logFile, 'w');
      closing.unshift(() => log.close());
      const postgres = await startPostgres(await findPostgres());
      closing.unshift(() => postgres.close());
      const database = await createPostgresDatabase(postgres.url);
      const sandbox = await startRemoteSandbox('empty', { webhookRetryMs });
      closing.unshift(() => sandbox.stop());
      const front = await startFront();
      closing.unshift(() => front.close());
      const receiver = await startReceiver(random);
      closing.unshift(() => receiver.close());
      const env = {
        ...sandbox.env,
        ...noLimits,
        ...webhookEnv,
        RATE_LIMIT_ONBOARDING_PER_MINUTE: '100000',
        PUBLIC_URL: front.url,
        DATABASE_URL: database.url,
        SESSION_SECRET: sessionSecret,
        ADMIN_IDENTIFIERS: admin,
        METRICS_TOKEN: metricsToken,
        LOG_LEVEL: 'warn',
      };
      const start = async (instance: Instance) => {
        const own = { ...env, SCALEKIT_ENVIRONMENT_URL: instance.toScalekit.url };
        instance.server = await startServer(builtApp, folder, own, collectable, log.fd);
      };
      const prepare = async (name: string): Promise<Instance> => {
        const toScalekit = await SilentProxy.start(sandbox.url);
        closing.unshift(() => toScalekit.close());
        const instance: Instance = { name, toScalekit, server: null };
        closing.unshift(() => instance.server?.stop());
        await start(instance);
        return instance;
      };
      const instances = [await prepare('the first'), await prepare('the second')] as const;
      const serve = (except?: Instance) =>
        front.choose(
          ...instances
            .filter((instance) => instance !== except)
            .flatMap(({ server }) => (server === null ? [] : [Number(new URL(server.url).port)])),
        );
      serve();
      const acme = await register(folder, database.url, front, receiver);
      await sandbox.control('setWebhook', {
        url: front.url + routes.scalekitWebhooks,
        secret: scalekitSecret,
      });
      return await work({ postgres, database, sandbox, front, receiver, acme, instances, start, serve });
    } finally {
      for (const close of closing) await close();
    }
  });
}
