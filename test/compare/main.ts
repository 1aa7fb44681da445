import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { plain } from './plain.js';
import { type Answers, answersOf } from './script.js';

/**
 * `npm run compare -- BEFORE AFTER` asks two checkouts of this project the same things and prints whatever they answer
 * differently: pages, JSON, headers, metrics, the database's schema, commands and the faults of a start. It knows the app
 * from outside alone. Each checkout has its own `node_modules`.
 */

const metricsToken = 'the-token-of-the-comparison';

async function anyPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const tsx = (folder: string) => path.join(folder, 'node_modules/.bin/tsx');

/** What a command prints, and its exit code. */
function ran(folder: string, args: readonly string[], env: Record<string, string>): string {
  const { status, stdout, stderr } = spawnSync(tsx(folder), args, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return plain(`exit code ${status}\n${stdout}\n${stderr}`).replaceAll(folder, '<folder>');
}

const commands: readonly string[][] = [
  [],
  ['--help'],
  ['nothing'],
  ...['link', 'client', 'user', 'backup', 'restore', 'copy-database', 'doctor', 'sandbox'].flatMap((name) => [
    [name, '--help'],
    [name, '--wrong'],
  ]),
  ['client', 'list'],
  ['client', 'create', '--name', '', '--scope', 'wrong'],
  ['client', 'create', '--name', 'Beta', '--scope', 'status:read'],
  ['client', 'show', 'nothing'],
  ['client', 'revoke', 'nothing'],
  ['user', 'export', 'grace@example.com'],
  ['user', 'erase', 'grace@example.com'],
  ['user', 'export', ' '],
];

const badStarts: readonly Record<string, string>[] = [
  { PORT: 'x', SESSION_SECRET: 'short', LOG_LEVEL: 'loud' },
  { NODE_ENV: 'production' },
  { PUBLIC_URL: 'http://connect.example.com', HOST: '0.0.0.0' },
  { AUTH_MODE: 'oidc' },
  { DATABASE_URL: 'mysql://x', SMTP_URL: 'x', RETENTION_EVENTS_DAYS: '-1' },
];

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}`);
    if (
      await fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await pause(100);
  }
  throw new Error('the app did not become ready within a minute');
}

async function answersIn(folder: string): Promise<Answers> {
  const data = await mkdtemp(path.join(tmpdir(), 'connect-compare-'));
  const [port, sandboxPort] = [await anyPort(), await anyPort()];
  const origin = `http://127.0.0.1:${port}`;
  const env = {
    PORT: String(port),
    SANDBOX_PORT: String(sandboxPort),
    PUBLIC_URL: origin,
    DATA_DIR: data,
    LOG_LEVEL: 'fatal',
    METRICS_TOKEN: metricsToken,
    VIEWER_IDENTIFIERS: 'victor@example.com',
    RATE_LIMIT_CONNECT_PER_MINUTE: '10000',
    RATE_LIMIT_SIGN_IN_PER_MINUTE: '10000',
    RATE_LIMIT_ONBOARDING_PER_MINUTE: '10000',
  };
  const child = spawn(tsx(folder), ['server/index.ts'], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await untilReady(origin, child);
    const answers = await answersOf({ origin, sandbox: `http://127.0.0.1:${sandboxPort}`, metricsToken });
    child.kill('SIGTERM');
    await once(child, 'exit');
    const file = new Database(path.join(data, 'connect.db'), { readonly: true });
    const tables = file.prepare('select sql from sqlite_master where sql is not null order by name').all();
    answers.set('the schema of the database', JSON.stringify(tables, null, 1));
    const types = file.prepare('select distinct type from audit_events order by type').all();
    answers.set('the types of events', JSON.stringify(types));
    file.close();
    for (const command of commands) {
      answers.set(
        `cli ${command.join(' ')}`,
        ran(folder, ['server/commands/cli.ts', ...command], { DATA_DIR: data }),
      );
    }
    for (const bad of badStarts) {
      answers.set(
        `a start with ${JSON.stringify(bad)}`,
        ran(folder, ['server/index.ts'], { DATA_DIR: data, ...bad }),
      );
    }
    return answers;
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
  }
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort();

/** The lines that one of two texts has more often than the other. */
function differenceOf(before: string, after: string): string {
  const more = (one: string, other: string, sign: string) => {
    const left = linesOf(other);
    return linesOf(one).flatMap((line) => {
      const at = left.indexOf(line);
      if (at < 0) return [`  ${sign} ${line}`];
      left.splice(at, 1);
      return [];
    });
  };
  return [...more(before, after, '-'), ...more(after, before, '+')].slice(0, 20).join('\n');
}

async function main([before, after]: readonly string[]): Promise<void> {
  if (before === undefined || after === undefined) throw new Error('Usage: npm run compare -- BEFORE AFTER');
  const was = await answersIn(path.resolve(before));
  const again = await answersIn(path.resolve(before));
  const is = await answersIn(path.resolve(after));
  // What differs from one run to the next says nothing: background jobs, and rows in the order of random ids.
  const unsteady = new Set(
    [...was.keys(), ...again.keys()].filter((name) => was.get(name) !== again.get(name)),
  );
  for (const name of unsteady) process.stdout.write(`left out: ${name}\n`);
  let differences = 0;
  let reordered = 0;
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    const [one, other] = [was.get(name), is.get(name)];
    if (one === other || unsteady.has(name)) continue;
    // Rows of the same millisecond stand in the order of their random ids.
    if (one !== undefined && other !== undefined && differenceOf(one, other) === '') {
      reordered += 1;
      continue;
    }
    differences += 1;
    const what =
      one === undefined ? '  only after' : other === undefined ? '  only before' : differenceOf(one, other);
    process.stdout.write(`${name}\n${what}\n`);
  }
  process.stdout.write(
    `${was.size} answers before, ${is.size} after, ${differences} different, ${reordered} with the same lines in another order; ` +
      `${unsteady.size} that differ from run to run were left out\n`,
  );
  if (differences > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
