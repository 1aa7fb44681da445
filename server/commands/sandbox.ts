import { verificationModes } from '../sandbox/model.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox/sandbox.js';
import { type Seed, seedConnections } from '../sandbox/seed.js';
import { newWebhookSecret } from '../sandbox/webhooks/webhookSender.js';
import { CommandLineError, command, type Given, UsageError } from './commandLine.js';

const usage = `Usage: npm run sandbox -- [options]
  --port <0-65535>            where to listen; 0 takes a free one (3001)
  --host <loopback address>   127.0.0.1, localhost or ::1 (127.0.0.1)
  --seed <default|empty>      sample accounts, or none (default)
  --accounts <count>          exactly that many accounts, the sample users' first
  --connections <count>       so many connections with those accounts (15)
  --verification <mode>       custom, scalekit or none (custom)
  --webhook-url <address>     where webhooks go, on this machine (none are sent)
Environment: SANDBOX_CLIENT_ID and SANDBOX_CLIENT_SECRET (sandbox, sandbox),
  SCALEKIT_WEBHOOK_SECRETS (one is made; the first one signs)`;

export const sandboxArguments = {
  port: { type: 'string', default: '3001' },
  host: { type: 'string', default: '127.0.0.1' },
  seed: { type: 'string', default: 'default' },
  accounts: { type: 'string' },
  connections: { type: 'string' },
  verification: { type: 'string', default: 'custom' },
  'webhook-url': { type: 'string' },
} as const;

type GivenOptions = Given<typeof sandboxArguments>;
type Variables = Readonly<Record<string, string | undefined>>;

type Options = Required<
  Pick<SandboxOptions, 'port' | 'host' | 'seed' | 'verification' | 'clientId' | 'clientSecret'>
> &
  Pick<SandboxOptions, 'webhookUrl' | 'webhookSecret'>;

/**
 * Reads the options of the sandbox.
 * @throws CommandLineError naming every option that is malformed
 */
export function sandboxOptions(given: GivenOptions, env: Variables): Options {
  const faults: string[] = [];
  const verification = verificationModes.find((mode) => mode === given.verification);
  const port = wholeNumber(given.port, 65_535);
  if (port === undefined) faults.push(`--port: expected 0 to 65535, got ${given.port}`);
  if (!verification) {
    faults.push(`--verification: expected ${verificationModes.join(', ')}, got ${given.verification}`);
  }
  const seed = readSeed(given, faults);
  if (port === undefined || !verification || faults.length > 0) throw new CommandLineError(faults.join('\n'));
  return {
    port,
    host: given.host,
    seed,
    verification,
    clientId: env.SANDBOX_CLIENT_ID || 'sandbox',
    clientSecret: env.SANDBOX_CLIENT_SECRET || 'sandbox',
    ...webhooksOf(given['webhook-url'], env.SCALEKIT_WEBHOOK_SECRETS),
  };
}

function webhooksOf(url: string | undefined, secrets = ''): Pick<Options, 'webhookUrl' | 'webhookSecret'> {
  if (url === undefined) return {};
  const [first = ''] = secrets.split(',');
  return { webhookUrl: url, webhookSecret: first.trim() || newWebhookSecret() };
}

function wholeNumber(text: string, most: number): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number <= most ? number : undefined;
}

function readSeed({ seed, accounts, connections }: GivenOptions, faults: string[]): Seed {
  if (seed !== 'default' && seed !== 'empty') faults.push(`--seed: expected default or empty, got ${seed}`);
  if (accounts === undefined) {
    if (connections !== undefined) faults.push('--connections: goes with --accounts');
    return seed === 'empty' ? 'empty' : 'default';
  }
  const count = wholeNumber(accounts, 1_000_000);
  if (count === undefined) faults.push(`--accounts: expected 0 to 1000000, got ${accounts}`);
  if (seed === 'empty') faults.push('--accounts: cannot go with --seed empty');
  if (connections === undefined) return { accounts: count ?? 0 };
  const names = wholeNumber(connections, 200);
  if (names === undefined || names < seedConnections.length)
    faults.push(`--connections: expected ${seedConnections.length} to 200, got ${connections}`);
  return { accounts: count ?? 0, connections: names ?? 0 };
}

/** What to tell of a sandbox that runs. A secret that the environment gave is not printed. */
function announcement({ url, control }: Sandbox, options: Options, env: Variables): string {
  const connections = control.connections().length;
  const accounts = control.searchAccounts({ text: '', offset: 0, limit: 0 }).totalSize;
  return `Sandbox on ${url}: no real accounts are touched.
  SCALEKIT_ENVIRONMENT_URL=${url}
  SCALEKIT_CLIENT_ID=${options.clientId}
  SCALEKIT_CLIENT_SECRET=${options.clientSecret === 'sandbox' ? 'sandbox' : '(as in SANDBOX_CLIENT_SECRET)'}
${webhookLines(options, env)}Simulated: Scalekit's API and its hosted pages, and every provider's consent; ${connections} connections, ${accounts} accounts, user verification "${options.verification}".
Control page: ${url}/sandbox
`;
}

function webhookLines({ webhookUrl, webhookSecret }: Options, env: Variables): string {
  if (webhookUrl === undefined) return '';
  const given = env.SCALEKIT_WEBHOOK_SECRETS !== undefined;
  return `  SCALEKIT_WEBHOOK_SECRETS=${given ? '(as it is)' : webhookSecret}
Webhooks go to ${webhookUrl}
`;
}

/** Runs the sandbox alone, for an app in another process or another language. */
export const sandboxCommand = () =>
  command({
    usage,
    args: sandboxArguments,
    async *run(given) {
      const options = sandboxOptions(given, process.env);
      // Its faults are told in words: an address that is not of this machine, a port that is taken.
      const sandbox = await createSandbox(options).catch((error: Error) => {
        throw new UsageError(error.message);
      });
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.close());
      yield announcement(sandbox, options, process.env);
    },
  });
