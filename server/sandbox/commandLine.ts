import { parseArgs } from 'node:util';
import { verificationModes } from './model.js';
import type { SandboxOptions } from './sandbox.js';
import { type Seed, seedConnections } from './seed.js';
import { newWebhookSecret } from './webhooks/webhookSender.js';

export const usage = `Usage: npm run sandbox -- [options]
  --port <0-65535>            where to listen; 0 takes a free one (3001)
  --host <loopback address>   127.0.0.1, localhost or ::1 (127.0.0.1)
  --seed <default|empty>      sample accounts, or none (default)
  --accounts <count>          exactly that many accounts, the sample users' first
  --connections <count>       so many connections with those accounts (15)
  --verification <mode>       custom or scalekit (custom)
  --webhook-url <address>     where webhooks go, on this machine (none are sent)
Environment: SANDBOX_CLIENT_ID and SANDBOX_CLIENT_SECRET (sandbox, sandbox),
  SCALEKIT_WEBHOOK_SECRETS (one is made; the first one signs)`;

/** The command line could not be understood. The message names every fault. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const definitions = {
  port: { type: 'string', default: '3001' },
  host: { type: 'string', default: '127.0.0.1' },
  seed: { type: 'string', default: 'default' },
  accounts: { type: 'string' },
  connections: { type: 'string' },
  verification: { type: 'string', default: 'custom' },
  'webhook-url': { type: 'string' },
} as const;

type CommandLine = Required<
  Pick<SandboxOptions, 'port' | 'host' | 'seed' | 'verification' | 'clientId' | 'clientSecret'>
> &
  Pick<SandboxOptions, 'webhookUrl' | 'webhookSecret'>;

/**
 * Reads the options of `npm run sandbox`.
 * @throws UsageError naming every option that is unknown or malformed
 */
export function readCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const values = parse(args);
  const faults: string[] = [];
  const verification = verificationModes.find((mode) => mode === values.verification);
  const port = wholeNumber(values.port, 65_535);
  if (port === undefined) faults.push(`--port: expected 0 to 65535, got ${values.port}`);
  if (!verification) faults.push(`--verification: expected custom or scalekit, got ${values.verification}`);
  const seed = readSeed(values, faults);
  if (port === undefined || !verification || faults.length > 0) throw new UsageError(faults.join('\n'));
  return {
    port,
    host: values.host,
    seed,
    verification,
    clientId: env.SANDBOX_CLIENT_ID || 'sandbox',
    clientSecret: env.SANDBOX_CLIENT_SECRET || 'sandbox',
    ...webhooksOf(values['webhook-url'], env.SCALEKIT_WEBHOOK_SECRETS),
  };
}

function webhooksOf(
  url: string | undefined,
  secrets = '',
): Pick<CommandLine, 'webhookUrl' | 'webhookSecret'> {
  if (url === undefined) return {};
  const [first = ''] = secrets.split(',');
  return { webhookUrl: url, webhookSecret: first.trim() || newWebhookSecret() };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definitions, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(text: string, most: number): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number <= most ? number : undefined;
}

function readSeed({ seed, accounts, connections }: ReturnType<typeof parse>, faults: string[]): Seed {
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
