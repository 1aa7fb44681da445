import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ScalekitClient } from '@scalekit-sdk/node';
import { createExampleHost } from './exampleHost.js';

/**
 * Runs the example host beside the app and its sandbox: `npm run example`. It registers itself with the command that operators use.
 * What it keeps is in a folder that goes with it.
 */

const { PORT = '3000', SANDBOX_PORT = '3001', EXAMPLE_PORT = '9000' } = process.env;
const connectUrl = `http://localhost:${PORT}`;
const ownUrl = `http://localhost:${EXAMPLE_PORT}`;
const sandbox = { url: `http://127.0.0.1:${SANDBOX_PORT}`, clientId: 'sandbox', clientSecret: 'sandbox' };
const connections = [
  { name: 'gmail', required: true },
  { name: 'slack', required: false },
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-example-'));
const env = {
  PATH: process.env.PATH,
  PORT,
  SANDBOX_PORT,
  PUBLIC_URL: connectUrl,
  DATA_DIR: folder,
  SESSION_SECRET: 'an example keeps no secret that matters',
  LOG_LEVEL: 'warn',
};
const script = (name: string) => ['--import', 'tsx', path.join(root, 'server', name)];

async function client(...args: string[]): Promise<string> {
  const all = [...script('commands/cli.ts'), 'client', ...args];
  return (await promisify(execFile)(process.execPath, all, { cwd: root, env })).stdout;
}

/** What a command printed that looks so. */
function printed(text: string, pattern: RegExp): string {
  const [found] = pattern.exec(text) ?? [];
  if (found === undefined) throw new Error(`the command did not print ${pattern}: ${text}`);
  return found;
}

async function register() {
  const addresses = ['--return-url', `${ownUrl}/connected`, '--confirm-url', `${ownUrl}/confirm`];
  const scopes = ['--scope', 'onboarding', '--scope', 'status:read'];
  const made = await client('create', '--name', 'Acme Assistant', ...scopes, ...addresses);
  const apiKey = printed(made, /cak_\w+/);
  const clientId = printed(made, /^[\da-f-]{36}\b/m);
  const webhookSecret = printed(await client('webhook', clientId, `${ownUrl}/webhooks`), /whsec_\S+/);
  return { apiKey, clientId, webhookSecret };
}

async function untilAnswers(app: ChildProcess): Promise<void> {
  const isThere = () =>
    fetch(`${connectUrl}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isThere())) {
    if (app.exitCode !== null) throw new Error('the app did not start');
    await pause(100);
  }
}

/** The agent at work: it reads the user's mail with what the user connected, and never sees a token. */
async function fetchMails(identifier: string): Promise<readonly string[]> {
  const scalekit = new ScalekitClient(sandbox.url, sandbox.clientId, sandbox.clientSecret);
  const { data } = await scalekit.actions.executeTool({
    toolName: 'gmail_fetch_mails',
    connector: 'gmail',
    identifier,
    toolInput: { max_results: 3 },
  });
  const { messages = [] } = data as {
    messages?: { payload: { headers: { name: string; value: string }[] } }[];
  };
  return messages.map(({ payload }) => payload.headers.find(({ name }) => name === 'Subject')?.value ?? '');
}

let app: ChildProcess | null = null;
let server: Server | null = null;

async function end(): Promise<void> {
  server?.close();
  server?.closeAllConnections();
  if (app?.exitCode === null && app.signalCode === null) {
    app.kill('SIGTERM');
    await once(app, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}

process.once('SIGINT', end);
process.once('SIGTERM', end);
try {
  const registered = await register();
  app = spawn(process.execPath, script('index.ts'), { cwd: root, env, stdio: 'inherit' });
  const host = createExampleHost({ connectUrl, ownUrl, connections, runTool: fetchMails, ...registered });
  server = host.listen(Number(EXAMPLE_PORT), '127.0.0.1');
  await Promise.all([untilAnswers(app), once(server, 'listening')]);
  process.stderr.write(`Acme Assistant: ${ownUrl}\n`);
} catch (error) {
  process.stderr.write(`The example can't run: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
  await end();
}
