import { setTimeout as pause } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { DisplaySettingsError } from './accounts/list/displaySettings.js';
import { createApp } from './app.js';
import { createDependencies } from './composition.js';
import { type Config, ConfigError, readEnvironment, type ScalekitSettings } from './config/config.js';
import { sessionSecretsOf } from './config/sessionSecret.js';
import { createHttpServer, type Draining, listen, stopHttpServer } from './http/httpServer.js';
import { createLogger, type Logger } from './http/logging.js';
import { type Metrics, noMetrics } from './http/metrics/metrics.js';
import { createMetrics } from './http/metrics/metricsRegistry.js';
import { createMetricsServer } from './http/metrics/metricsRoutes.js';
import { decideIdentifierCase } from './identity/identifierCase.js';
import { basePathOf } from './kernel/basePath.js';
import { hostInUrl, isLoopbackHost } from './kernel/loopback.js';
import { paths, routes } from './paths.js';
import { createSandbox, type Sandbox } from './sandbox/sandbox.js';
import { sampleUsers } from './sandbox/seed.js';
import { newWebhookSecret } from './sandbox/webhooks/webhookSender.js';
import { breakerStates, withCircuitBreaker } from './scalekit/circuitBreaker.js';
import { createHealthWatch } from './scalekit/healthWatch.js';
import { createSdkGateway } from './scalekit/sdkGateway.js';
import { DatabaseFault } from './store/database/databaseFault.js';
import { DatabaseUnavailable } from './store/database/databaseUnavailable.js';
import { openDatabase } from './store/database/openDatabase.js';

const stopWithinMs = 10_000;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function startSandbox(config: Config, webhookSecret: string): Promise<Sandbox | null> {
  if (config.scalekit !== null) return null;
  return createSandbox({
    ...config.sandbox,
    seed: 'default',
    verification: config.userVerification,
    webhookUrl: `http://${hostInUrl(config.host)}:${config.port}${basePathOf(config.publicUrl)}${routes.scalekitWebhooks}`,
    webhookSecret,
  });
}

function settingsOf(config: Config, sandbox: Sandbox | null): ScalekitSettings {
  if (config.scalekit !== null) return config.scalekit;
  const { clientId, clientSecret } = config.sandbox;
  return { environmentUrl: sandbox?.url ?? '', clientId, clientSecret };
}

/** The origin that stands in for Scalekit: the sandbox started here, or one on this machine that is configured. */
function sandboxOriginOf({ environmentUrl }: ScalekitSettings): string | null {
  const { hostname, origin } = new URL(environmentUrl);
  return isLoopbackHost(hostname) ? origin : null;
}

/** The gateway behind its circuit breaker, and how the calls go. */
function reachScalekit(config: Config, settings: ScalekitSettings, logger: Logger, metrics: Metrics) {
  const watch = createHealthWatch();
  const gateway = createSdkGateway({
    ...settings,
    timeoutMs: config.scalekitTimeoutMs,
    onCall: (call) => {
      watch.note(call);
      metrics.scalekitCall(call);
      if (call.outcome !== 'ok') logger.warn(call, 'a call to Scalekit gave no result');
    },
  });
  const breaker = withCircuitBreaker(gateway, {
    onChange: (state) => logger.warn({ breaker: state }, 'the circuit breaker of Scalekit changed'),
    onRefused: metrics.scalekitCallRefused,
  });
  metrics.gauge('connect_scalekit_breaker', 'The state of the circuit breaker: 1 for the one it is in', () =>
    Object.fromEntries(breakerStates.map((state) => [state, state === breaker.state() ? 1 : 0])),
  );
  return { breaker, health: () => ({ ...watch.health(), breaker: breaker.state() }) };
}

function announce(config: Config, sandbox: Sandbox | null): void {
  say(`Connect accounts: ${config.publicUrl}`);
  if (sandbox === null) return;
  say(`Sandbox:          ${sandbox.url}/sandbox`);
  if (config.mail.smtp === null) say(`Its mails:        ${config.publicUrl}${paths.sandboxOutbox}`);
  say('The sandbox stands in for Scalekit and for every provider: no real accounts are touched.');
  say(
    'Simulated: connections and accounts in every state, consent pages, API-key forms, webhooks, failures.',
  );
}

async function main(): Promise<void> {
  const config = readEnvironment();
  const logger = createLogger(config.logLevel);
  // The app and the sandbox that it starts agree on a secret by themselves.
  const [webhookSecret = newWebhookSecret()] = config.webhookSecrets;
  const sandbox = await startSandbox(config, webhookSecret);
  const scalekit = settingsOf(config, sandbox);
  const { tokens, listener: metricsListener } = config.metrics;
  const measured = tokens.length > 0 || metricsListener !== null;
  const metrics = measured ? createMetrics({ process: true }) : noMetrics;
  const { breaker, health } = reachScalekit(config, scalekit, logger, metrics);
  const database = await openDatabase(config, logger);
  const draining: Draining = { began: false };
  const deps = createDependencies(config, {
    ...database,
    draining,
    gateway: breaker.gateway,
    logger,
    metrics,
    sessionSecrets: sessionSecretsOf(config),
    identifierCase: await decideIdentifierCase(database.db, config.identifierCase, logger),
    sampleUsers,
    sandboxOrigin: sandboxOriginOf(scalekit),
    scalekitHealth: health,
    onScalekitBack: breaker.onBack,
    webhookSecrets:
      sandbox === null ? config.webhookSecrets : [webhookSecret, ...config.webhookSecrets.slice(1)],
  });
  const server = createHttpServer(createApp(deps), draining);
  const metricsServer = createMetricsServer(metrics, tokens);

  const { drainMs } = config;
  // A second signal ends the process at once.
  closeWithGrace({ delay: drainMs + stopWithinMs, logger: false }, async ({ err }) => {
    draining.began = true;
    deps.liveEvents.close();
    if (err) logger.fatal({ err }, 'stopping after an error that nothing caught');
    else await pause(drainMs);
    breaker.close();
    await stopHttpServer(server);
    await deps.jobs.stop();
    await sandbox?.close();
    await database.close();
    metricsServer.close();
    metricsServer.closeAllConnections();
  });

  // What results are checked with is there before anybody asks for it.
  await deps.onboarding.keys.rotate();
  await listen(server, config);
  if (metricsListener !== null) await listen(metricsServer, metricsListener);
  deps.jobs.start();
  if (config.signIn.mode === 'none')
    logger.warn('nobody can sign in: set AUTH_MODE=oidc and the OIDC_* variables');
  if (config.mail.smtp === null && !deps.mails.sandboxed)
    logger.warn('mail stays in the outbox: set SMTP_URL and MAIL_FROM');
  // Told early when the provider is not there; the sign-in asks it again by itself.
  deps.openid?.check().catch(() => undefined);
  announce(config, sandbox);
}

/** A start that fails for a reason that the operator can mend is told in words, without a stack trace. */
function tellWhyNot(error: unknown): void {
  const { code, port } = error as { code?: string; port?: number };
  const known = [ConfigError, DisplaySettingsError, DatabaseUnavailable, DatabaseFault].some(
    (kind) => error instanceof kind,
  );
  if (known) process.stderr.write(`${(error as Error).message}\n`);
  else if (code === 'EADDRINUSE')
    process.stderr.write(`Port ${port} is in use. Set PORT, SANDBOX_PORT or METRICS_PORT.\n`);
  else process.stderr.write(`${error instanceof Error ? error.stack : 'The start failed.'}\n`);
}

main().catch((error) => {
  tellWhyNot(error);
  process.exit(1);
});
