import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { builtScript } from '../../support/builtApp.js';
import { freePort } from '../../support/freePort.js';
import { afterEach, attacks, beforeEach, describe, expect, it } from '../../support/jest.js';

let folder: string;
let children: ChildProcess[];
let mounted: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  children = [];
  mounted = [];
});

afterEach(async () => {
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  for (const disk of mounted) execFileSync('umount', [disk]);
  await rm(folder, { recursive: true, force: true });
});

const isRoot = process.getuid?.() === 0;

/** An app that was started: how it ends, and what it has written. */
interface Started {
  readonly port: number;
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What starts Node.js, with its arguments. */
  readonly through?: readonly string[];
}

async function start({ env = {}, through = [] }: StartOptions): Promise<Started> {
  const port = await freePort();
  const [program = process.execPath, ...args] = [...through, process.execPath, builtScript('index.js')];
  const child = spawn(program, args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      SANDBOX_PORT: String(await freePort()),
      DATA_DIR: path.join(folder, 'data'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const written = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    written.out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    written.err += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { port, child, ended, out: () => written.out, err: () => written.err };
}

async function untilAlive({ port, child, out, err }: Started): Promise<void> {
  while (child.exitCode === null) {
    const answered = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    // The start ends after the first answer.
    if (answered && out().includes('"started"')) return;
    await pause(20);
  }
  throw new Error(`the app ended with ${child.exitCode}:\n${err()}`);
}

/** The lines of the log, each of which has to be JSON. */
const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://connect.example.com',
  TRUST_PROXY: '1',
  SESSION_SECRET: 'a secret of at least 32 characters',
  AUTH_MODE: 'oidc',
  OIDC_ISSUER_URL: 'https://127.0.0.1:9',
  OIDC_CLIENT_ID: 'connect',
  SCALEKIT_ENVIRONMENT_URL: 'http://127.0.0.1:9',
  SCALEKIT_CLIENT_ID: 'id',
  SCALEKIT_CLIENT_SECRET: 'secret',
  DRAIN_SECONDS: '0',
};

describe('what the app writes to stdout', () => {
  it.each([
    ['in production', production, ''],
    ['on a developer’s machine, with the sandbox', {}, 'Connect accounts: '],
  ])('is lines of JSON, from the start to the stop: %s', async (_, env, greeting) => {
    const app = await start({ env });
    await untilAlive(app);
    await fetch(`http://127.0.0.1:${app.port}/nowhere`);
    app.child.kill('SIGTERM');
    expect(await app.ended).toBe(0);
    const messages = linesOf(app.out()).map(({ msg }) => msg);
    expect(messages).toEqual(expect.arrayContaining(['started', 'request completed', 'stopping']));
    // What is for people stands on the other one.
    expect(app.err().slice(0, 18)).toBe(greeting);
  });

  it.each([
    ['a setting is wrong', { PORT: 'none' }, 'PORT must be a whole number'],
    [
      'the database is not there',
      { DATABASE_URL: 'postgres://a:very-secret@127.0.0.1:9/b' },
      'nothing answers there',
    ],
    ['a secret is too short', { SESSION_SECRET: 'short' }, 'SESSION_SECRET'],
    ['a file can’t be used', { CONNECTIONS_FILE: '/nowhere/connections.json' }, '/nowhere/connections.json'],
  ])(
    'is one line of JSON when the start fails since %s, with the reason, which is told on stderr too',
    async (_, env, words) => {
      attacks('safe-start');
      const app = await start({ env: { ...production, ...env } });
      expect(await app.ended).toBe(1);
      expect(linesOf(app.out())).toEqual([
        expect.objectContaining({
          level: 60,
          msg: 'the start failed',
          reason: expect.stringContaining(words),
        }),
      ]);
      expect(app.err()).toContain(words);
      expect(app.out() + app.err()).not.toMatch(/very-secret|\n {4}at /);
    },
  );

  it('is lines of JSON also when the app crashes', async () => {
    const crash = "process.on('SIGWINCH', () => { throw new Error('as in a fault of ours'); })";
    const options = `--import=data:text/javascript,${encodeURIComponent(crash)}`;
    const app = await start({ env: { ...production, NODE_OPTIONS: options } });
    await untilAlive(app);
    app.child.kill('SIGWINCH');
    expect(await app.ended).toBe(1);
    expect(linesOf(app.out())).toContainEqual(
      expect.objectContaining({
        level: 60,
        msg: 'stopping after an error that nothing caught',
        err: expect.objectContaining({ message: 'as in a fault of ours' }),
      }),
    );
  });
});

describe('the limit of open files', () => {
  it('is warned about in the log when it is low, and only then', async () => {
    const low = await start({ env: production, through: ['sh', '-c', 'ulimit -n 1000; exec "$@"', 'sh'] });
    await untilAlive(low);
    expect(low.out()).toContain('this process may open 1000 files');
    const limit = await start({ env: production, through: ['sh', '-c', 'ulimit -n 4096; exec "$@"', 'sh'] });
    await untilAlive(limit);
    expect(limit.out()).not.toContain('this process may open');
  });
});

function mount(disk: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    mounted.push(disk);
    return true;
  } catch {
    return false;
  }
}

describe('a DATA_DIR that can’t be used', () => {
  const dataDir = () => path.join(folder, 'data');

  /** Starts and looks how it ends. */
  async function refused(reason: string, options: StartOptions = {}): Promise<void> {
    const app = await start({ ...options, env: { ...production, ...options.env } });
    expect(await app.ended).toBe(1);
    const { DATA_DIR = dataDir() } = options.env ?? {};
    const sentence = `DATA_DIR names ${DATA_DIR}, which can't be used: ${reason}.`;
    expect(app.err()).toBe(`${sentence}\n`);
    expect(linesOf(app.out())).toMatchObject([{ msg: 'the start failed', reason: sentence }]);
  }

  it('is told in words when it is a file, or lies in one', async () => {
    await writeFile(dataDir(), '');
    await refused('it is not a folder');
    await refused('it is not a folder, or it lies in something that is none', {
      env: { DATA_DIR: path.join(dataDir(), 'deeper') },
    });
  });

  it('is told in words when this user may not write there', async () => {
    await mkdir(dataDir());
    await chmod(dataDir(), 0o555);
    if (isRoot) await chown(dataDir(), 65_534, 65_534);
    // Root may write everywhere, but for a root without that capability.
    const through = isRoot ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : [];
    await refused('this user may not write there', { through });
  });

  it('is told in words when it is read-only, or its disk is full, where a disk can be mounted', async () => {
    await mkdir(dataDir());
    if (!mount(dataDir())) return;
    await writeFile(path.join(dataDir(), 'filler'), Buffer.alloc(2 * 1024 * 1024)).catch(() => undefined);
    await refused('the disk is full');
    await rm(path.join(dataDir(), 'filler'));
    execFileSync('mount', ['-o', 'remount,ro', dataDir()]);
    await refused('it is read-only');
  });
});
