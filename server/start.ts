import { setTimeout as pause } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { DisplaySettingsError } from './accounts/list/displaySettings.js';
import { createApp } from './app.js';
import { accentNotes } from './brand/accent.js';
import { BrandError } from './brand/brand.js';
import { createDependencies } from './composition.js';
import { type Config, ConfigError, readEnvironment, type ScalekitSettings } from './config/config.js';
import { sessionSecretsOf } from './config/sessionSecret.js';
import { createHttpServer, type Draining, listen, stopHttpServer } from './http/httpServer.js';
import { createLogger, type Logger } from './http/logging.js';
import { type Metrics, noMetrics } from './http/metrics/metrics.js';
import { createMetricsServer } from './http/metrics/metricsRoutes.js';
import { warnOfFewFiles } from './http/openFiles.js';
import { decideIdentifierCase } from './identity/identifierCase.js';
import { basePathOf } from './kernel/basePath.js';
import { hostInUrl, isLoopbackHost } from './kernel/loopback.js';
import { paths, routes } from './paths.js';
import { sampleUsers } from './sandbox/sampleUsers.js';
import type { Sandbox } from './sandbox/sandbox.js';
import { breakerStates, withCircuitBreaker } from './scalekit/circuitBreaker.js';
import { createHealthWatch } from './scalekit/healthWatch.js';
import { onDemand } from './scalekit/onDemand.js';
import { DatabaseFault } from './store/database/databaseFault.js';
import { DatabaseUnavailable } from './store/database/databaseUnavailable.js';
import { openDatabase } from './store/database/openDatabase.js';

const stopWithinMs = 10_000;

/** Tells the person at the terminal. On stdout are lines of the log and nothing else, so that programs can read them. */
const say = (text: string) => process.stderr.write(`${text}\n`);

/** For what happens before the configuration says how much is logged, or after it could not be read. */
const startLogger = createLogger('fatal');

const logCrash = (err: Error) => startLogger.fatal({ err }, 'an error that nothing caught, while starting');

/** The sandbox, which is loaded where there is no other Scalekit, and the secret that its webhooks are signed with. */
async function startSandbox(config: Config): Promise<{ sandbox: Sandbox; webhookSecret: string } | null> {
  if (config.scalekit !== null) return null;
  const [{ createSandbox }, { newWebhookSecret }] = await Promise.all([
    import('./sandbox/sandbox.js'),
    import('./sandbox/webhooks/webhookSender.js'),
  ]);
  // The app and the sandbox that it starts agree on a secret by themselves.
  const [webhookSecret = newWebhookSecret()] = config.webhookSecrets;
  const sandbox = await createSandbox({
    ...config.sandbox,
    seed: 'default',
    verification: config.userVerification,
    webhookUrl: `http://${hostInUrl(config.host)}:${config.port}${basePathOf(config.publicUrl)}${routes.scalekitWebhooks}`,
    webhookSecret,
  });
  return { sandbox, webhookSecret };
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

/** What counts, where somebody reads it. Elsewhere its library would take its part of a start for nothing. */
async function metricsOf({ metrics: { tokens, listener } }: Config): Promise<Metrics> {
  if (tokens.length === 0 && listener === null) return noMetrics;
  const { createMetrics } = await import('./http/metrics/metricsRegistry.js');
  return createMetrics({ process: true });
}

/** The gateway behind its circuit breaker, and how the calls go. */
function reachScalekit(config: Config, settings: ScalekitSettings, logger: Logger, metrics: Metrics) {
  const watch = createHealthWatch();
  const gateway = onDemand(async () => {
    const { createSdkGateway } = await import('./scalekit/sdkGateway.js');
    return createSdkGateway({
      ...settings,
      timeoutMs: config.scalekitTimeoutMs,
      onCall: (call) => {
        watch.note(call);
        metrics.scalekitCall(call);
        if (call.outcome !== 'ok') logger.warn(call, 'a call to Scalekit gave no result');
      },
    });
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

/** Greets a developer. In production the log says enough. */
function announce(config: Config, sandbox: Sandbox | null): void {
  if (config.production) return;
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
  warnOfFewFiles(logger);
  const started = await startSandbox(config);
  const sandbox = started?.sandbox ?? null;
  const scalekit = settingsOf(config, sandbox);
  const { tokens, listener: metricsListener } = config.metrics;
  const metrics = await metricsOf(config);
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
      started === null ? config.webhookSecrets : [started.webhookSecret, ...config.webhookSecrets.slice(1)],
  });
  const server = createHttpServer(createApp(deps), draining);
  const metricsServer = createMetricsServer(metrics, tokens);

  const { drainMs } = config;
  const stop = async ({ err, signal }: { err?: Error; signal?: string }) => {
    draining.began = true;
    deps.liveEvents.close();
    if (err) logger.fatal({ err }, 'stopping after an error that nothing caught');
    else {
      logger.info({ signal, drainMs }, 'stopping');
      await pause(drainMs);
    }
    breaker.close();
    await stopHttpServer(server);
    await deps.jobs.stop();
    await sandbox?.close();
    await database.close();
    metricsServer.close();
    metricsServer.closeAllConnections();
  };
  process.off('uncaughtExceptionMonitor', logCrash);
  closeWithGrace(
    {
      delay: drainMs + stopWithinMs,
      logger: { error: (err: unknown) => logger.error({ err }, 'the stop failed') },
      onTimeout: () => logger.error('the stop took too long, and what was under way is cut off'),
      // A second signal ends the process at once.
      onSecondSignal: (signal) => logger.warn({ signal }, 'stopping at once'),
      onSecondError: (err) => logger.fatal({ err }, 'an error that nothing caught, while stopping'),
    },
    stop,
  );

  // What results are checked with is there before anybody asks for it.
  await deps.onboarding.keys.rotate();
  await listen(server, config);
  if (metricsListener !== null) await listen(metricsServer, metricsListener);
  deps.jobs.start();
  if (config.signIn.mode === 'none')
    logger.warn('nobody can sign in: set AUTH_MODE=oidc and the OIDC_* variables');
  if (config.mail.smtp === null && !deps.mails.sandboxed)
    logger.warn('mail stays in the outbox: set SMTP_URL and MAIL_FROM');
  const { accent } = deps.brand;
  if (accent !== null) for (const note of accentNotes(accent)) logger.info(note);
  // Told early when the provider is not there; the sign-in asks it again by itself.
  deps.openid?.check().catch(() => undefined);
  logger.info({ url: config.publicUrl, node: process.version }, 'started');
  announce(config, sandbox);
}

/** Why a start failed, in words, when it is for a reason that the operator can mend; else null. */
function reasonOf(error: unknown): string | null {
  const { code, port } = error as { code?: string; port?: number };
  const known = [ConfigError, BrandError, DisplaySettingsError, DatabaseUnavailable, DatabaseFault].some(
    (kind) => error instanceof kind,
  );
  if (known) return (error as Error).message.trimEnd();
  return code === 'EADDRINUSE' ? `Port ${port} is in use. Set PORT, SANDBOX_PORT or METRICS_PORT.` : null;
}

/** A start that fails is told twice: in the log, and in words, without a stack trace if it can be, at the terminal. */
function tellWhyNot(error: unknown): void {
  const reason = reasonOf(error);
  startLogger.fatal(reason === null ? { err: error } : { reason }, 'the start failed');
  say(reason ?? (error instanceof Error ? (error.stack ?? error.message) : 'The start failed.'));
}

process.on('uncaughtExceptionMonitor', logCrash);
main().catch((error) => {
  tellWhyNot(error);
  process.exit(1);
});
