import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '../../support/jest.js';

/** What a checkout has on top of what is in the repository, and what no command needs. */
const notCopied = new Set(['.git', '.nodes', '.env', 'node_modules', 'dist', 'data', 'coverage', 'test']);

const root = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
/** The project as it is cloned, with all packages. */
let checkout: string;
/** What the image has: the compiled code, and the packages that package.json says it needs. */
let installed: string;
/** The working folder of the commands, which also holds what they write by their defaults. */
let cwd: string;
/** How a script of package.json went in the checkout before anything was built there. */
let first: Run;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(file: string, args: readonly string[], where: string, env: Record<string, string> = {}) {
  const options = { cwd: where, env: { PATH: process.env.PATH, HOME: folder, ...env } };
  return new Promise<Run>((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const npm = (where: string, ...args: string[]) =>
  execute('npm', ['run', '--silent', ...args], where, {
    DATA_DIR: path.join(cwd, 'data'),
    // npm would ask its registry.
    npm_config_update_notifier: 'false',
  });

const cli = (args: readonly string[], env: Record<string, string> = {}) =>
  execute(process.execPath, [path.join(installed, 'dist', 'commands', 'cli.js'), ...args], cwd, env);

async function makeCheckout(): Promise<void> {
  await mkdir(checkout);
  for (const entry of (await readdir(root)).filter((name) => !notCopied.has(name)))
    await cp(path.join(root, entry), path.join(checkout, entry), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'));
}

async function install(): Promise<void> {
  await mkdir(installed);
  for (const entry of ['dist', 'package.json', 'views', 'public'])
    await cp(path.join(checkout, entry), path.join(installed, entry), { recursive: true });
  const { dependencies } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = path.join(installed, 'node_modules', name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.join(root, 'node_modules', name), link);
  }
}

const create = ['client', 'create', '--name', 'Acme', '--scope', 'status:read'];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  checkout = path.join(folder, 'checkout');
  installed = path.join(folder, 'installed');
  cwd = path.join(folder, 'cwd');
  await mkdir(cwd);
  await makeCheckout();
  first = await npm(checkout, 'client', '--', ...create.slice(1));
  await install();
});

beforeEach(async () => {
  await rm(cwd, { recursive: true, force: true });
  await mkdir(cwd);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a command that was called wrongly', () => {
  it.each([
    ['nothing', []],
    ['no such command', ['clients', 'list']],
    ['link: too much', ['link', 'ada', 'gmail', '/connections', 'more']],
    ['client: an unknown option', [...create, '--allow-all']],
    ['user: a negation that is not meant', ['user', 'erase', 'ada', '--yes', '--no-yes']],
    ['copy-database: no value', ['copy-database', '--from', '.', '--to']],
    ['doctor: an unknown option', ['doctor', '--webhooks']],
    ['sandbox: a faulty value', ['sandbox', '--port', '70000']],
  ])('ends with 2, says why, and does nothing: %s', async (_, args) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/\S/);
    expect(stderr).not.toMatch(/ {4}at /);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('a command whose output nobody reads any more', () => {
  it('ends without a word', async () => {
    const script = path.join(installed, 'dist', 'commands', 'cli.js');
    const child = spawn(process.execPath, [script, '--help'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, told }).toEqual({ code: 1, told: '' });
  });
});

describe('with the compiled code and the packages of production alone', () => {
  it('every command does its work', async () => {
    const [, , key] = (await cli(create)).stdout.split('\n');
    expect(key).toMatch(/^cak_/);
    const away = { SANDBOX_PORT: '9', SCALEKIT_TIMEOUT_MS: '500' };
    const link = await cli(['link', 'ada@example.com', 'gmail'], away);
    expect(link).toMatchObject({ code: 0, stderr: expect.stringContaining('was not checked') });
    expect(link.stdout).toMatch(/^http:\/\/localhost:3000\/connect\/gmail\?to=\S+\n$/);
    const held = await cli(['user', 'export', 'ada@example.com'], away);
    expect(held).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(held.stdout)).toMatchObject({ identifier: 'ada@example.com' });
    expect(await cli(['doctor'])).toMatchObject({ code: 0, stdout: expect.stringContaining('up to date') });
    const copied = await cli(['copy-database', '--from', 'data', '--to', 'postgres://127.0.0.1:9/none']);
    expect(copied).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing answers there') });
  });

  it('the sandbox runs, and ends when it is told to', async () => {
    const script = path.join(installed, 'dist', 'commands', 'cli.js');
    const stopped = await new Promise<{ code: number | null; told: string }>((resolve) => {
      const child = execFile(process.execPath, [script, 'sandbox', '--port', '0'], { cwd });
      let told = '';
      child.stdout?.on('data', (text: string) => {
        told += text;
        if (told.includes('Control page: ')) child.kill('SIGTERM');
      });
      child.once('close', (code) => resolve({ code, told }));
    });
    expect(stopped).toEqual({
      code: 0,
      told: expect.stringMatching(/^Sandbox on http:\/\/127\.0\.0\.1:\d+: /),
    });
  });

  it('the scripts of package.json work, without a compiler', async () => {
    const made = await npm(installed, 'client', '--', ...create.slice(1));
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/\ncak_\S+\n$/) });
    expect((await npm(installed, 'client', '--', 'list', 'all')).code).toBe(2);
  });
});

describe('in a checkout', () => {
  it('the scripts of package.json build first', () => {
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/\ncak_\S+\n$/) });
  });
});
