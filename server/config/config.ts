import { existsSync } from 'node:fs';
import { combinationFaults, reach } from './configFaults.js';
import { type Environment, goneFaults, parseEnvironment } from './environment.js';
import { type MailSettings, mailSettings } from './mailSettings.js';
import {
  type IdentifierCaseSetting,
  identifierCaseSetting,
  type RoleRules,
  roleRules,
  type SignInSettings,
  signInSettings,
} from './signInSettings.js';

/** The environment is not a valid configuration. The message lists every fault and no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults
        .map((fault) => `  - ${fault}`)
        .join('\n')}`,
    );
  }
}

/** How often all accounts are read into the directory. */
export interface DirectorySettings {
  /** How many calls a full sync makes at the same time. */
  readonly parallel: number;
  /** How long after a full sync began the next one is due, in milliseconds, or null for never by itself. */
  readonly everyMs: number | null;
}

/** How long what is held is kept, in milliseconds; null is for ever. */
export interface RetentionSettings {
  readonly eventsMs: number | null;
  /** Counted from the last sign-in, for users without an account. */
  readonly usersMs: number | null;
}

/** Where the calls to Scalekit go. */
export interface ScalekitSettings {
  readonly environmentUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  /** The origin that browsers see, and the path that the app is under there, without a trailing slash. */
  readonly publicUrl: string;
  /** The listening address and the public URL are both loopback: the sandbox and the development sign-in may run. */
  readonly loopback: boolean;
  /** `NODE_ENV` says so, or it is not on loopback. */
  readonly production: boolean;
  /** The first secret signs, all of them verify. Empty when none is set, which production refuses. */
  readonly sessionSecrets: readonly string[];
  readonly signIn: SignInSettings;
  readonly roles: RoleRules;
  readonly sessionLimits: {
    /** A session that is not used for this long ends, in milliseconds. */
    readonly idleMs: number;
    /** A session ends this long after its sign-in, however much it is used, in milliseconds. */
    readonly maxMs: number;
  };
  /** Whether signed-in users are forgotten when their browser closes. */
  readonly sessionEndsWithBrowser: boolean;
  /** How long an instance that is told to stop still takes requests, in milliseconds. */
  readonly drainMs: number;
  readonly identifierCase: IdentifierCaseSetting;
  readonly dataDir: string;
  /** The PostgreSQL database, or null for the embedded one in `dataDir`. It holds a password. */
  readonly databaseUrl: string | null;
  /** Null when the sandbox stands in for Scalekit. */
  readonly scalekit: ScalekitSettings | null;
  readonly sandbox: { readonly port: number; readonly clientId: string; readonly clientSecret: string };
  /** The signing secrets of Scalekit's webhooks; with none the app takes no webhooks, but for the sandbox's own. */
  readonly webhookSecrets: readonly string[];
  readonly mail: MailSettings;
  /** The networks that webhooks to other apps may go to, besides the public internet. */
  readonly webhookAllowCidrs: readonly string[];
  readonly retention: RetentionSettings;
  readonly directorySync: DirectorySettings;
  /** For one call to Scalekit as a whole, retries included, in milliseconds. */
  readonly scalekitTimeoutMs: number;
  readonly userVerification: 'custom' | 'scalekit';
  /** Whether providers are asked whose account it is. */
  readonly accountIdentity: boolean;
  /** As Express takes it: false, a number of proxies, or a list of addresses. */
  readonly trustProxy: false | number | readonly string[];
  readonly metrics: {
    /** Each token opens `/metrics`. Without tokens that address does not exist. */
    readonly tokens: readonly string[];
    /** A listener for metrics alone, or null. */
    readonly listener: { readonly host: string; readonly port: number } | null;
  };
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly connectionsFile: string | null;
  /** The language of readers of whom none is known. */
  readonly defaultLanguage: string;
  /** A JSON file with the name, logo, colour, links and words of the operator's product, or null. */
  readonly brandFile: string | null;
  readonly rateLimits: {
    /** Flows that one principal may start in a minute. */
    readonly connectPerMinute: number;
    /** Sign-ins that one address may try in a minute. */
    readonly signInPerMinute: number;
    /** How often one address may open, start and continue onboardings in a minute. */
    readonly onboardingPerMinute: number;
    /** Requests that one API client may make in a minute. */
    readonly apiPerMinute: number;
    /** Requests with a wrong key that one address may make in a minute. */
    readonly apiFailuresPerMinute: number;
  };
}

/** As long as Kubernetes and load balancers take to notice. */
const drainSeconds = 10;

/** @returns milliseconds, or null for ever */
const keptFor = (days: number) => (days === 0 ? null : days * 24 * 3_600_000);

function toConfig(env: Environment): Config {
  const reached = reach(env);
  const { SCALEKIT_ENVIRONMENT_URL: url, SCALEKIT_CLIENT_ID: id, SCALEKIT_CLIENT_SECRET: secret } = env;
  return {
    ...reached,
    host: env.HOST,
    port: env.PORT,
    sessionSecrets: env.SESSION_SECRET,
    signIn: signInSettings(env, reached.loopback),
    roles: roleRules(env),
    identifierCase: identifierCaseSetting(env),
    sessionLimits: { idleMs: env.SESSION_IDLE_MINUTES * 60_000, maxMs: env.SESSION_MAX_HOURS * 3_600_000 },
    sessionEndsWithBrowser: env.SESSION_ENDS_WITH_BROWSER === 'true',
    drainMs: (env.DRAIN_SECONDS ?? (reached.loopback ? 0 : drainSeconds)) * 1000,
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL ?? null,
    scalekit: url && id && secret ? { environmentUrl: url, clientId: id, clientSecret: secret } : null,
    sandbox: {
      port: env.SANDBOX_PORT,
      clientId: env.SANDBOX_CLIENT_ID,
      clientSecret: env.SANDBOX_CLIENT_SECRET,
    },
    webhookSecrets: env.SCALEKIT_WEBHOOK_SECRETS,
    mail: mailSettings(env),
    webhookAllowCidrs: env.WEBHOOK_ALLOW_CIDRS,
    retention: {
      eventsMs: keptFor(env.AUDIT_RETENTION_DAYS),
      usersMs: keptFor(env.USER_RETENTION_DAYS),
    },
    directorySync: {
      parallel: env.DIRECTORY_SYNC_PARALLEL,
      everyMs: env.DIRECTORY_SYNC_HOURS === 0 ? null : env.DIRECTORY_SYNC_HOURS * 3_600_000,
    },
    scalekitTimeoutMs: env.SCALEKIT_TIMEOUT_MS,
    userVerification: env.USER_VERIFICATION,
    accountIdentity: env.ACCOUNT_IDENTITY === 'on',
    trustProxy: env.TRUST_PROXY,
    metrics: {
      tokens: env.METRICS_TOKEN,
      listener: env.METRICS_PORT === undefined ? null : { host: env.METRICS_HOST, port: env.METRICS_PORT },
    },
    logLevel: env.LOG_LEVEL,
    connectionsFile: env.CONNECTIONS_FILE ?? null,
    defaultLanguage: env.DEFAULT_LANGUAGE,
    brandFile: env.BRAND_FILE ?? null,
    rateLimits: {
      connectPerMinute: env.RATE_LIMIT_CONNECT_PER_MINUTE,
      signInPerMinute: env.RATE_LIMIT_SIGN_IN_PER_MINUTE,
      onboardingPerMinute: env.RATE_LIMIT_ONBOARDING_PER_MINUTE,
      apiPerMinute: env.RATE_LIMIT_API_PER_MINUTE,
      apiFailuresPerMinute: env.RATE_LIMIT_API_FAILURES_PER_MINUTE,
    },
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

/**
 * Makes the configuration of an environment. A variable that is set but empty counts as not set.
 * @throws ConfigError naming every fault at once: the variable and what was expected, never its value
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = parseEnvironment(given);
  const faulty = new Set(parsed.faults.map((fault) => fault.name));
  const names = new Set(Object.keys(given));
  const combined = combinationFaults(parsed.env, names).filter((fault) => !faulty.has(fault.name));
  const faults = [...parsed.faults, ...combined, ...goneFaults(names)];
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `${fault.name} ${fault.expected}`));
  return deepFreeze(toConfig(parsed.env));
}

/** Read by Node.js itself, when it starts. */
const certificates = 'NODE_EXTRA_CA_CERTS';

/**
 * The configuration of this process: its environment, and `.env` in the working folder for what that leaves out.
 * @throws ConfigError as `readConfig`
 */
export function readEnvironment(): Config {
  const { [certificates]: inEnvironment } = process.env;
  if (existsSync('.env')) process.loadEnvFile('.env');
  if (process.env[certificates] !== inEnvironment)
    throw new ConfigError([
      `${certificates} has no effect in .env, since Node.js reads it before the app does: set it in the environment itself`,
    ]);
  return readConfig(process.env);
}
