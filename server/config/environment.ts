import { z } from 'zod';
import { defaultLanguage, languagesIn } from '../words/words.js';
import {
  databaseUrl,
  environmentUrl,
  type Fault,
  hostName,
  networks,
  publicUrl,
  secretsOf,
  trustProxy,
  variableNotes,
  webhookSecrets,
  wholeNumber,
} from './configValues.js';
import { defaultDataDir } from './dataFolder.js';
import { mailVariables } from './mailSettings.js';
import { signInVariables } from './signInSettings.js';

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const languages = languagesIn();

/** The default public URL. @param port a number, or a placeholder for it in the docs */
export const localUrl = (port: number | string) => `http://localhost:${port}`;

const address = {
  NODE_ENV: z.string().optional().register(variableNotes, {
    meaning: '`production` insists on what production needs, on loopback too',
    example: 'production',
  }),
  HOST: hostName.default('127.0.0.1').register(variableNotes, { meaning: 'the address to listen on' }),
  PORT: wholeNumber(0, 65535).default(3000).register(variableNotes, { meaning: 'the port to listen on' }),
  PUBLIC_URL: publicUrl.optional().register(variableNotes, {
    meaning:
      'what browsers see: an origin, and the path that the app is under when others share the origin ' +
      '(`https://app.example.com/connect`)',
    required: 'in production, as https',
    otherwise: `\`${localUrl('<PORT>')}\``,
  }),
  TRUST_PROXY: trustProxy.prefault('0').register(variableNotes, {
    meaning: 'how many proxies stand in front, or which (`10.0.0.0/8,loopback`)',
    required: 'while `PUBLIC_URL` is https',
  }),
  DRAIN_SECONDS: wholeNumber(0, 600)
    .optional()
    .register(variableNotes, {
      meaning:
        'how long an instance that is told to stop still takes requests, with `/readyz` at 503, so that the proxy finds ' +
        'another one meanwhile',
      otherwise: '`10`, and `0` on loopback',
      example: '10',
    }),
};

const sessions = {
  SESSION_SECRET: secretsOf(32)
    .default([])
    .register(variableNotes, {
      meaning:
        'signs sessions and durable links: at least 32 random characters, or several such with commas between, ' +
        'of which the first signs and all verify. `node -p "crypto.randomBytes(32).toString(\'base64url\')"` makes one',
      required: 'in production',
      otherwise: 'one kept in `DATA_DIR`',
    }),
  // A session's expiry moves at most once a minute.
  SESSION_IDLE_MINUTES: wholeNumber(5, 43_200)
    .default(720)
    .register(variableNotes, { meaning: 'a session ends when it is not used for this long' }),
  SESSION_MAX_HOURS: wholeNumber(1, 8760)
    .default(168)
    .register(variableNotes, { meaning: 'and this long after its sign-in in any case' }),
  SESSION_ENDS_WITH_BROWSER: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .register(variableNotes, {
      meaning:
        'whether it also ends when the browser closes, as on shared computers; phones close it whenever they like',
    }),
};

const data = {
  DATA_DIR: z
    .string()
    .default(defaultDataDir)
    .register(variableNotes, { meaning: 'the folder of the embedded database' }),
  DATABASE_URL: databaseUrl.optional().register(variableNotes, {
    meaning: 'a PostgreSQL database (15 or newer, in UTF-8) in place of the embedded one',
    required: 'with more than one instance',
    example: 'postgres://user:password@localhost:5432/connect',
  }),
  AUDIT_RETENTION_DAYS: wholeNumber(0, 36_500).default(400).register(variableNotes, {
    meaning: 'how many days the audit trail and onboardings that ended are kept; `0` keeps them',
  }),
  USER_RETENTION_DAYS: wholeNumber(0, 36_500).default(400).register(variableNotes, {
    meaning: 'after how many days without a sign-in a user without accounts is forgotten; `0` keeps them',
  }),
  DIRECTORY_SYNC_HOURS: wholeNumber(0, 8760).default(24).register(variableNotes, {
    meaning: 'how often all accounts are read into the directory of admins; `0` for only when an admin asks',
  }),
  // The app makes at most 32 calls at the same time. Users' clicks have to find room beside a sync.
  DIRECTORY_SYNC_PARALLEL: wholeNumber(1, 16)
    .default(4)
    .register(variableNotes, { meaning: 'how many calls of that run at the same time, at most 16' }),
};

const scalekit = {
  SCALEKIT_ENVIRONMENT_URL: environmentUrl.optional().register(variableNotes, {
    meaning: 'the environment URL of your Scalekit dashboard',
    required: 'off loopback; all three or none',
    otherwise: 'the sandbox',
  }),
  SCALEKIT_CLIENT_ID: z.string().optional().register(variableNotes, {
    meaning: 'the client id of that environment, under API credentials',
    required: 'off loopback; all three or none',
    otherwise: "the sandbox's",
  }),
  SCALEKIT_CLIENT_SECRET: z.string().optional().register(variableNotes, {
    meaning: 'the client secret that belongs to it',
    required: 'off loopback; all three or none',
    otherwise: "the sandbox's",
  }),
  USER_VERIFICATION: z
    .enum(['custom', 'scalekit'], 'must be custom or scalekit')
    .default('custom')
    .register(variableNotes, {
      meaning:
        'as the dashboard\'s User Verification is set: `custom`, or `scalekit` for "Scalekit users only" ' +
        '(refused in production)',
    }),
  ACCOUNT_IDENTITY: z
    .enum(['on', 'off'], 'must be on or off')
    .default('on')
    .register(variableNotes, {
      meaning:
        'whether providers are asked, once after each connecting and through Scalekit, whose account it is, so that ' +
        'users see "Connected as ada@gmail.com"; no token comes to this app',
    }),
  SCALEKIT_WEBHOOK_SECRETS: webhookSecrets.default([]).register(variableNotes, {
    meaning:
      "the signing secrets (`whsec_…`) of Scalekit's webhooks, separated by commas; without any, " +
      '`/webhooks/scalekit` answers 404',
    otherwise: "the sandbox's",
  }),
  // Up to three calls follow each other while another step on the same connection waits.
  SCALEKIT_TIMEOUT_MS: wholeNumber(100, 9000).default(4000).register(variableNotes, {
    meaning:
      'how long one call to Scalekit may take, retries included, in milliseconds; a request as a whole has nine seconds',
  }),
};

const sandbox = {
  SANDBOX_PORT: wholeNumber(0, 65535)
    .default(3001)
    .register(variableNotes, { meaning: 'the port of the sandbox' }),
  SANDBOX_CLIENT_ID: z
    .string()
    .default('sandbox')
    .register(variableNotes, { meaning: 'the client id that the sandbox takes' }),
  SANDBOX_CLIENT_SECRET: z
    .string()
    .default('sandbox')
    .register(variableNotes, { meaning: 'the client secret that the sandbox takes' }),
};

const look = {
  DEFAULT_LANGUAGE: z
    .enum(languages, `must be one of ${languages.join(', ')}`)
    .default(defaultLanguage)
    .register(variableNotes, {
      meaning: `the language of readers of whom none is known: ${languages.map((name) => `\`${name}\``).join(', ')}`,
      example: 'ja',
    }),
  BRAND_FILE: z.string().optional().register(variableNotes, {
    meaning:
      "a JSON file with your product's name, logo, accent colour, links, assistant and own words (`server/brand/README.md`)",
    example: 'brand.json',
  }),
  CONNECTIONS_FILE: z.string().optional().register(variableNotes, {
    meaning: 'a JSON file with the order, titles, descriptions, categories and logos of the connections',
    example: 'connections.json',
  }),
};

const limits = {
  RATE_LIMIT_CONNECT_PER_MINUTE: wholeNumber(1, 100_000)
    .default(20)
    .register(variableNotes, { meaning: 'flows that one user may start in a minute' }),
  RATE_LIMIT_SIGN_IN_PER_MINUTE: wholeNumber(1, 100_000).default(30).register(variableNotes, {
    meaning:
      'sign-ins that one browser may try in a minute without success; one address may try a hundred times as many, and send ten times as many callbacks that nobody began',
  }),
  RATE_LIMIT_ONBOARDING_PER_MINUTE: wholeNumber(1, 100_000).default(300).register(variableNotes, {
    meaning: 'how often one address may open, start and continue onboardings in a minute; a user takes four',
  }),
  RATE_LIMIT_API_PER_MINUTE: wholeNumber(1, 1_000_000)
    .default(6000)
    .register(variableNotes, { meaning: 'requests that one API client may make in a minute' }),
  RATE_LIMIT_API_FAILURES_PER_MINUTE: wholeNumber(1, 100_000).default(30).register(variableNotes, {
    meaning: 'requests with a wrong key that may come from one address in a minute',
  }),
};

const otherApps = {
  WEBHOOK_ALLOW_CIDRS: networks.default([]).register(variableNotes, {
    meaning:
      'networks of yours that webhooks to other apps may go to, such as `10.1.0.0/16`, separated by commas; they go to the ' +
      'public internet alone',
    example: '10.1.0.0/16,fd12:3456::/32',
  }),
};

const watching = {
  METRICS_TOKEN: secretsOf(16)
    .default([])
    .register(variableNotes, {
      meaning:
        'opens `/metrics` to who sends it as a bearer token: at least 16 characters, or several with commas ' +
        'between. Without it and without `METRICS_PORT` nothing is counted',
    }),
  METRICS_HOST: hostName
    .default('127.0.0.1')
    .register(variableNotes, { meaning: 'the address that `METRICS_PORT` listens on' }),
  METRICS_PORT: wholeNumber(1, 65535).optional().register(variableNotes, {
    meaning: "a port that serves `/metrics` and nothing else; the app's own port then does not",
  }),
  LOG_LEVEL: z
    .enum(levels, `must be one of ${levels.join(', ')}`)
    .default('info')
    .register(variableNotes, { meaning: `\`${levels.slice(0, -1).join('`, `')}\` or \`${levels.at(-1)}\`` }),
};

const schema = z.object({
  ...address,
  ...sessions,
  ...signInVariables,
  ...scalekit,
  ...sandbox,
  ...data,
  ...mailVariables,
  ...look,
  ...otherApps,
  ...limits,
  ...watching,
});

/** The variables in the order in which operators read of them, under the headings of the README beside it. */
export const variableGroups: Readonly<Record<string, z.ZodRawShape>> = {
  'Where it is reached': address,
  Sessions: sessions,
  'Sign-in': signInVariables,
  Scalekit: scalekit,
  'The sandbox': sandbox,
  'What is kept': data,
  Mail: mailVariables,
  'How it looks': look,
  'Other apps': otherApps,
  'Rate limits': limits,
  'Watching it': watching,
};

/** The variables that are set, and the defaults of the others. */
export type Environment = z.output<typeof schema>;

/** The names of all variables that the app reads. The check compares the docs with them. */
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

/** Variables of earlier versions, and what took their place. */
const gone: Readonly<Record<string, string>> = {
  PRODUCT_NAME: 'is `name` in the file of BRAND_FILE now: take it from the environment',
  OPERATOR_LOGO_FILE: 'is `logo` in the file of BRAND_FILE now: take it from the environment',
};

/** @param names the variables that are set */
export const goneFaults = (names: ReadonlySet<string>): Fault[] =>
  Object.entries(gone).flatMap(([name, expected]) => (names.has(name) ? [{ name, expected }] : []));
