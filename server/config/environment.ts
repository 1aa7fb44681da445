import { z } from 'zod';
import { plainName } from '../kernel/plainText.js';
import {
  databaseUrl,
  environmentUrl,
  type Fault,
  hostName,
  origin,
  secretsOf,
  trustProxy,
  webhookSecrets,
  wholeNumber,
} from './configValues.js';
import { mailVariables } from './mailSettings.js';
import { signInVariables } from './signInSettings.js';

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const productName = z
  .string()
  .max(60, 'must have at most 60 characters')
  .transform((value, context) => {
    const name = plainName(value);
    if (name !== null) return name;
    context.addIssue('must be a name that can be read');
    return z.NEVER;
  });

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
  // Up to three calls follow each other while another step on the same connection waits.
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
  PRODUCT_NAME: productName.default('Connect accounts'),
  OPERATOR_LOGO_FILE: z.string().optional(),
  RATE_LIMIT_CONNECT_PER_MINUTE: wholeNumber(1, 100_000).default(20),
  RATE_LIMIT_SIGN_IN_PER_MINUTE: wholeNumber(1, 100_000).default(30),
  RATE_LIMIT_ONBOARDING_PER_MINUTE: wholeNumber(1, 100_000).default(300),
  RATE_LIMIT_API_PER_MINUTE: wholeNumber(1, 1_000_000).default(6000),
  RATE_LIMIT_API_FAILURES_PER_MINUTE: wholeNumber(1, 100_000).default(30),
});

/** The variables that are set, and the defaults of the others. */
export type Environment = z.output<typeof schema>;

/** Names every variable that the app reads, for `.env.example` and the README to be checked against. */
export const variableNames = Object.keys(schema.shape);

/** Every fault of single values, and what the values without a fault parse to. */
export function parseEnvironment(given: Record<string, string | undefined>): {
  env: Environment;
  faults: Fault[];
} {
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
