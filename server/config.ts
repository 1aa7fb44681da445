import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { DirectorySettings } from './admin/directory.js';
import type { RetentionSettings } from './admin/retention.js';
import type { RoleRules } from './identity/roles.js';
import {
  roleRules,
  type SignInSettings,
  signInFaults,
  signInSettings,
  signInVariables,
} from './identity/signInSettings.js';
import { isLoopbackHost } from './loopback.js';
import { type MailSettings, mailFaults, mailSettings, mailVariables } from './notify/mailSettings.js';
import { isDatabaseUrl } from './store/databaseUrl.js';

export { isLoopbackHost };

/** Thrown when the environment does not make a configuration. Its message lists every fault, never a value. */
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

/** Where the calls to Scalekit go. */
export interface ScalekitSettings {
  readonly environmentUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  /** The origin that browsers see, without a trailing slash. */
  readonly publicUrl: string;
  /** The listening address and the public URL are both loopback: the sandbox and the development sign-in may run. */
  readonly loopback: boolean;
  /** The first signs, each of them verifies. Empty where none is given, which is never so in production. */
  readonly sessionSecrets: readonly string[];
  readonly signIn: SignInSettings;
  readonly roles: RoleRules;
  readonly sessionLimits: {
    /** A session that is not used for this long ends, in milliseconds. */
    readonly idleMs: number;
    /** A session ends this long after its sign-in, however much it is used, in milliseconds. */
    readonly maxMs: number;
  };
  readonly dataDir: string;
  /** The PostgreSQL database, or null for the embedded one in `dataDir`. It holds a password. */
  readonly databaseUrl: string | null;
  /** Null when the sandbox stands in for Scalekit. */
  readonly scalekit: ScalekitSettings | null;
  readonly sandbox: { readonly port: number; readonly clientId: string; readonly clientSecret: string };
  /** The signing secrets of Scalekit's webhooks; with none the app takes no webhooks, but for the sandbox's own. */
  readonly webhookSecrets: readonly string[];
  readonly mail: MailSettings;
  readonly retention: RetentionSettings;
  readonly directorySync: DirectorySettings;
  /** For one call to Scalekit as a whole, retries included, in milliseconds. */
  readonly scalekitTimeoutMs: number;
  readonly userVerification: 'custom' | 'scalekit';
  /** As Express takes it: false, a number of proxies, or a list of addresses. */
  readonly trustProxy: false | number | readonly string[];
  readonly metrics: {
    /** Each of them opens `/metrics`; with none there is nothing at that address. */
    readonly tokens: readonly string[];
    /** Where they are served by themselves, or null. */
    readonly listener: { readonly host: string; readonly port: number } | null;
  };
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly connectionsFile: string | null;
  readonly productName: string;
  /** A path of the operator's logo file for the header, or null for the product name in words. */
  readonly operatorLogoFile: string | null;
  readonly rateLimits: {
    /** Flows that one principal may start in a minute. */
    readonly connectPerMinute: number;
    /** Sign-ins that one address may try in a minute. */
    readonly signInPerMinute: number;
    /** How often one address may open and start onboardings, and go on with them, in a minute. */
    readonly onboardingPerMinute: number;
    /** Requests that one API client may make in a minute. */
    readonly apiPerMinute: number;
    /** Requests with a wrong key that one address may make in a minute. */
    readonly apiFailuresPerMinute: number;
  };
}

const wholeNumber = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${low} to ${high}`)
    .transform(Number)
    .refine((value) => value >= low && value <= high, `must be a whole number from ${low} to ${high}`);

const hasCredentials = ({ username, password }: URL) => username !== '' || password !== '';

const origin = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const clean = url !== null && url.pathname === '/' && !url.search && !url.hash && !hasCredentials(url);
  if (!clean || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue('must be an http or https origin without a path, such as https://connect.example.com');
    return z.NEVER;
  }
  return url.origin;
});

const environmentUrl = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (url === null || !secure || hasCredentials(url) || url.search || url.hash) {
    context.addIssue('must be the https environment URL of your Scalekit dashboard (http only on loopback)');
    return z.NEVER;
  }
  return url.href.replace(/\/+$/, '');
});

const databaseUrl = z
  .string()
  .refine(
    isDatabaseUrl,
    'must be postgres://user:password@host:port/database, with special characters percent-encoded',
  );

/** A shorter key could be guessed, and one that is no base64 would decode to an empty key, with which anybody signs. */
const webhookSecret = /^whsec_(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{2,3}={0,2})?$/;

const webhookSecrets = z.string().transform((value, context) => {
  const secrets = value.split(',').map((secret) => secret.trim());
  if (secrets.every((secret) => webhookSecret.test(secret))) return secrets;
  context.addIssue('must be signing secrets as the dashboard shows them, whsec_…, separated by commas');
  return z.NEVER;
});

/** A list, so that one can be rotated. */
const secretsOf = (minLength: number) =>
  z.string().transform((value, context) => {
    const secrets = value.split(',').map((secret) => secret.trim());
    if (secrets.every((secret) => secret.length >= minLength)) return secrets;
    context.addIssue(
      `must have at least ${minLength} characters, each if there are several with commas between`,
    );
    return z.NEVER;
  });

const trustProxy = z.string().transform((value, context) => {
  if (value === 'false' || value === '0') return false as const;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const parts = value.split(',').map((entry) => entry.trim());
  const named = new Set(['loopback', 'linklocal', 'uniquelocal']);
  const valid = parts.every((entry) => {
    const [address = '', bits, ...rest] = entry.split('/');
    const family = isIP(address);
    const bitsValid =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
    return named.has(entry) || (family !== 0 && bitsValid && rest.length === 0);
  });
  if (!valid) {
    context.addIssue('must be a number of proxies, or a list of proxy addresses such as 10.0.0.0/8,loopback');
    return z.NEVER;
  }
  return parts;
});

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const hostName = z.string().regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address');

const schema = z.object({
  NODE_ENV: z.string().optional(),
  HOST: hostName.default('127.0.0.1'),
  PORT: wholeNumber(0, 65535).default(3000),
  PUBLIC_URL: origin.optional(),
  SESSION_SECRET: secretsOf(32).default([]),
  ...signInVariables,
  // Using a session prolongs it at most once a minute.
  SESSION_IDLE_MINUTES: wholeNumber(5, 43_200).default(720),
  SESSION_MAX_HOURS: wholeNumber(1, 8760).default(168),
  DATA_DIR: z.string().default('data'),
  DATABASE_URL: databaseUrl.optional(),
  SCALEKIT_ENVIRONMENT_URL: environmentUrl.optional(),
  SCALEKIT_CLIENT_ID: z.string().optional(),
  SCALEKIT_CLIENT_SECRET: z.string().optional(),
  SCALEKIT_WEBHOOK_SECRETS: webhookSecrets.default([]),
  ...mailVariables,
  AUDIT_RETENTION_DAYS: wholeNumber(0, 36_500).default(400),
  USER_RETENTION_DAYS: wholeNumber(0, 36_500).default(400),
  // Up to three calls follow each other under a lock of 30 s (store/locks.ts).
  SCALEKIT_TIMEOUT_MS: wholeNumber(100, 9000).default(4000),
  DIRECTORY_SYNC_HOURS: wholeNumber(0, 8760).default(24),
  // Of 32 calls at the same time, so that users' clicks always find room.
  DIRECTORY_SYNC_PARALLEL: wholeNumber(1, 16).default(4),
  SANDBOX_PORT: wholeNumber(0, 65535).default(3001),
  SANDBOX_CLIENT_ID: z.string().default('sandbox'),
  SANDBOX_CLIENT_SECRET: z.string().default('sandbox'),
  USER_VERIFICATION: z.enum(['custom', 'scalekit'], 'must be custom or scalekit').default('custom'),
  TRUST_PROXY: trustProxy.default(false),
  METRICS_TOKEN: secretsOf(16).default([]),
  METRICS_HOST: hostName.default('127.0.0.1'),
  METRICS_PORT: wholeNumber(1, 65535).optional(),
  LOG_LEVEL: z.enum(levels, `must be one of ${levels.join(', ')}`).default('info'),
  CONNECTIONS_FILE: z.string().optional(),
  PRODUCT_NAME: z.string().max(60, 'must have at most 60 characters').default('Connect accounts'),
  OPERATOR_LOGO_FILE: z.string().optional(),
  RATE_LIMIT_CONNECT_PER_MINUTE: wholeNumber(1, 100_000).default(20),
  RATE_LIMIT_SIGN_IN_PER_MINUTE: wholeNumber(1, 100_000).default(30),
  RATE_LIMIT_ONBOARDING_PER_MINUTE: wholeNumber(1, 100_000).default(300),
  RATE_LIMIT_API_PER_MINUTE: wholeNumber(1, 1_000_000).default(6000),
  RATE_LIMIT_API_FAILURES_PER_MINUTE: wholeNumber(1, 100_000).default(30),
});

type Environment = z.output<typeof schema>;

/** Names every variable that the app reads, for `.env.example` and the README to be checked against. */
export const variableNames = Object.keys(schema.shape);

const scalekitNames = ['SCALEKIT_ENVIRONMENT_URL', 'SCALEKIT_CLIENT_ID', 'SCALEKIT_CLIENT_SECRET'] as const;

interface Fault {
  readonly name: string;
  readonly expected: string;
}

function scalekitFaults(names: ReadonlySet<string>, loopback: boolean): Fault[] {
  const given = scalekitNames.filter((name) => names.has(name));
  if (given.length === 0 && loopback) return [];
  const expected =
    given.length === 0
      ? 'is required, since the sandbox runs only while HOST and PUBLIC_URL are loopback'
      : `is required together with ${given.join(' and ')}`;
  return scalekitNames.filter((name) => !names.has(name)).map((name) => ({ name, expected }));
}

function productionFaults(env: Environment, publicUrl: string): Fault[] {
  const faults: Fault[] = [];
  if (env.SESSION_SECRET.length === 0) {
    faults.push({
      name: 'SESSION_SECRET',
      expected: 'is required in production: at least 32 random characters',
    });
  }
  if (!publicUrl.startsWith('https:')) {
    faults.push({ name: 'PUBLIC_URL', expected: 'must be an https origin in production' });
  }
  if (env.USER_VERIFICATION === 'scalekit') {
    faults.push({
      name: 'USER_VERIFICATION',
      expected: 'must be custom in production: nothing else stops a user who was sent a link',
    });
  }
  return faults;
}

function reach(env: Environment) {
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`;
  const loopback = isLoopbackHost(env.HOST) && isLoopbackHost(new URL(publicUrl).hostname);
  return { publicUrl, loopback, production: env.NODE_ENV === 'production' || !loopback };
}

/**
 * The faults that lie in how values go together.
 * @param names the variables that are set, faulty ones too
 */
function combinationFaults(env: Environment, names: ReadonlySet<string>): Fault[] {
  const { publicUrl, loopback, production } = reach(env);
  const faults: Fault[] = [
    ...scalekitFaults(names, loopback),
    ...signInFaults(env, names, loopback),
    ...mailFaults(names),
  ];
  if (production) faults.push(...productionFaults(env, publicUrl));
  if (publicUrl.startsWith('https:') && env.TRUST_PROXY === false) {
    // express-session sets no Secure cookie on a request that it takes for plain http.
    faults.push({
      name: 'TRUST_PROXY',
      expected: 'is required while PUBLIC_URL is https, or no session cookie would ever be set',
    });
  }
  return faults;
}

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
    sessionLimits: { idleMs: env.SESSION_IDLE_MINUTES * 60_000, maxMs: env.SESSION_MAX_HOURS * 3_600_000 },
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
    trustProxy: env.TRUST_PROXY,
    metrics: {
      tokens: env.METRICS_TOKEN,
      listener: env.METRICS_PORT === undefined ? null : { host: env.METRICS_HOST, port: env.METRICS_PORT },
    },
    logLevel: env.LOG_LEVEL,
    connectionsFile: env.CONNECTIONS_FILE ?? null,
    productName: env.PRODUCT_NAME,
    operatorLogoFile: env.OPERATOR_LOGO_FILE ?? null,
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

/** Every fault of single values, and what the values without a fault parse to. */
function parse(given: Record<string, string | undefined>): { env: Environment; faults: Fault[] } {
  const parsed = schema.safeParse(given);
  if (parsed.success) return { env: parsed.data, faults: [] };
  const faults = parsed.error.issues.map((issue) => ({
    name: String(issue.path[0]),
    expected: issue.message,
  }));
  const faulty = new Set(faults.map((fault) => fault.name));
  const rest = Object.entries(given).filter(([name]) => !faulty.has(name));
  return { env: schema.parse(Object.fromEntries(rest)), faults };
}

/**
 * Makes the configuration of an environment. A variable that is set but empty counts as not set.
 * @throws ConfigError naming every fault at once: the variable and what was expected, never its value
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = parse(given);
  const faulty = new Set(parsed.faults.map((fault) => fault.name));
  const names = new Set(Object.keys(given));
  const combined = combinationFaults(parsed.env, names).filter((fault) => !faulty.has(fault.name));
  const faults = [...parsed.faults, ...combined];
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `${fault.name} ${fault.expected}`));
  return deepFreeze(toConfig(parsed.env));
}

/**
 * The configuration of this process: its environment, and `.env` in the working folder for what that leaves out.
 * @throws ConfigError as `readConfig`
 */
export function readEnvironment(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readConfig(process.env);
}
