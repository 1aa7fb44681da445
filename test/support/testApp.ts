import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, createServer, type Server as SocketServer } from 'node:net';
import type { KyselyPlugin } from 'kysely';
import { createApp } from '../../server/app.js';
import { createDependencies, type Dependencies } from '../../server/composition.js';
import { readConfig } from '../../server/config/config.js';
import { createHttpServer } from '../../server/http/httpServer.js';
import { createLogger } from '../../server/http/logging.js';
import type { Metrics } from '../../server/http/metrics/metrics.js';
import { decideIdentifierCase } from '../../server/identity/identifierCase.js';
import { sampleUsers } from '../../server/sandbox/sampleUsers.js';
import type { Sandbox, SandboxOptions } from '../../server/sandbox/sandbox.js';
import type { ScalekitGateway } from '../../server/scalekit/gateway.js';
import { createHealthWatch } from '../../server/scalekit/healthWatch.js';
import { openDatabase } from '../../server/store/database/openDatabase.js';
import type { Dictionary } from '../../server/words/words.js';
import { newDataFolder } from './dataFolder.js';

export interface TestAppOptions {
  /** The gateway, or what to make it of once the app's origin is known. */
  readonly gateway: ScalekitGateway;
  /** More of the environment, over what a development machine has. */
  readonly env?: Readonly<Record<string, string>>;
  /** The origin that stands in for Scalekit, for the form-action of the pages. */
  readonly sandboxOrigin?: string | null;
  /** A folder that outlives this app; one of its own that goes with it when left out. */
  readonly dataDir?: string;
  /** The PostgreSQL database to use in place of a file in `dataDir`. */
  readonly databaseUrl?: string;
  /** What counts; nothing when left out. */
  readonly metrics?: Metrics;
  /** The languages that pages speak; our own when left out. */
  readonly dictionary?: Dictionary;
  /** How long a request may take until its answer begins, in milliseconds. */
  readonly requestBudgetMs?: number;
  /** As `Peers` has it. */
  readonly onScalekitBack?: (listener: () => void) => void;
  /** What every statement goes through on its way to the database. */
  readonly statements?: KyselyPlugin;
  /** The port to listen on, for an app that comes back where it was. */
  readonly port?: number;
}

export interface TestApp {
  /** The origin that the app listens on, which is its public URL unless `env` says otherwise. */
  readonly url: string;
  readonly port: number;
  readonly deps: Dependencies;
  /** The lines of the log so far, parsed. */
  logLines(): Record<string, unknown>[];
  /** The lines of the log since they were last taken, as they are; the log forgets them. */
  takeLog(): string[];
  close(): Promise<void>;
}

/** Takes a port, which a server can listen on later: an app is told its port before it has a server. */
function takePort(port: number): Promise<SocketServer> {
  return new Promise((resolve, reject) => {
    const taken = createServer().once('error', reject);
    taken.listen(port, '127.0.0.1', () => resolve(taken));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Starts the real app, with its security on, on a free port. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const dataDir = options.dataDir ?? (await newDataFolder());
  const lines: string[] = [];
  const taken = await takePort(options.port ?? 0);
  const { port } = taken.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const config = readConfig({
    PORT: String(port),
    PUBLIC_URL: url,
    DATA_DIR: dataDir,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    RATE_LIMIT_CONNECT_PER_MINUTE: '1000',
    RATE_LIMIT_SIGN_IN_PER_MINUTE: '1000',
    RATE_LIMIT_ONBOARDING_PER_MINUTE: '1000',
    ...options.env,
  });
  const logger = createLogger('trace', { write: (line) => lines.push(line) });
  const database = await openDatabase(config, logger);
  const deps = createDependencies(config, {
    ...database,
    db: options.statements === undefined ? database.db : database.db.withPlugin(options.statements),
    gateway: options.gateway,
    logger,
    sessionSecrets:
      config.sessionSecrets.length > 0
        ? config.sessionSecrets
        : ['a secret of the tests that is long enough'],
    identifierCase: await decideIdentifierCase(database.db, config.identifierCase, logger),
    sampleUsers,
    sandboxOrigin: options.sandboxOrigin ?? null,
    scalekitHealth: createHealthWatch().health,
    ...(options.onScalekitBack === undefined ? {} : { onScalekitBack: options.onScalekitBack }),
    ...(options.dictionary === undefined ? {} : { dictionary: options.dictionary }),
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    ...(options.requestBudgetMs === undefined ? {} : { requestBudgetMs: options.requestBudgetMs }),
  });
  const server = createHttpServer(createApp(deps));
  // Who keeps a connection for later ends it itself: else a request may be on its way while it is closed here.
  server.keepAliveTimeout = 0;
  server.listen(taken);
  return {
    url,
    port,
    deps,
    logLines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    takeLog: () => lines.splice(0),
    async close() {
      await stop(server);
      await database.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface SandboxedApp extends TestApp {
  readonly sandbox: Sandbox;
}

/** Starts the real app on the real SDK, against a sandbox of its own. */
export async function startSandboxedApp(
  options: Omit<TestAppOptions, 'gateway' | 'sandboxOrigin'> & {
    readonly sandbox?: SandboxOptions;
    readonly timeoutMs?: number;
  } = {},
): Promise<SandboxedApp> {
  // Loaded only where they are used: the SDK alone takes as long to load as the app does.
  const { createSandbox } = await import('../../server/sandbox/sandbox.js');
  const { createSdkGateway } = await import('../../server/scalekit/sdkGateway.js');
  const sandbox = await createSandbox({ seed: 'default', ...options.sandbox });
  const gateway = createSdkGateway({
    environmentUrl: sandbox.url,
    clientId: options.sandbox?.clientId ?? 'sandbox',
    clientSecret: options.sandbox?.clientSecret ?? 'sandbox',
    // Long enough for the busiest machine; who tests the deadline sets one.
    timeoutMs: options.timeoutMs ?? 30_000,
  });
  const app = await startTestApp({ ...options, gateway, sandboxOrigin: sandbox.url });
  return {
    ...app,
    sandbox,
    async close() {
      await app.close();
      await sandbox.close();
    },
  };
}
