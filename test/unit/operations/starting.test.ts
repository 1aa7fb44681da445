import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';

const operations = new URL('../../../server/operations/', import.meta.url);
const unit = readFileSync(new URL('connect-accounts.service', operations), 'utf8');

const nodeOptionsOfImage = /NODE_OPTIONS=(\S+)/.exec(
  readFileSync(new URL('../../../Dockerfile', import.meta.url), 'utf8'),
)?.[1];

/** What a stop takes at most, in seconds: the default of DRAIN_SECONDS, and ten to finish. */
const stopTakes = 20;

const analyze = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'systemd-analyze'))
  .find((file) => existsSync(file));

const settingOf = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

describe('the unit of systemd', () => {
  it('starts what was built, and leaves a stop its time', () => {
    expect(settingOf('ExecStart')).toBe('/usr/bin/node dist/index.js');
    expect(settingOf('Environment')).toBe(`NODE_OPTIONS=${nodeOptionsOfImage}`);
    expect(Number(settingOf('TimeoutStopSec'))).toBeGreaterThan(stopTakes);
    expect(settingOf('WorkingDirectory')).toBe('/opt/connect-accounts');
    expect(settingOf('StateDirectory')).toBe('connect-accounts');
  });
});

(analyze === undefined ? describe.skip : describe)('the unit as systemd reads it', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has no fault, and is well shut off', async () => {
    const file = path.join(folder, 'connect-accounts.service');
    // Node.js may be elsewhere on this machine.
    await writeFile(file, unit.replace('/usr/bin/node', process.execPath));
    const run = promisify(execFile);
    const { stderr } = await run(analyze ?? '', ['verify', '--man=no', file]);
    expect(stderr.split('\n').filter((line) => line.includes('connect-accounts'))).toEqual([]);
    // In tenths: from 0, shut off, to 100.
    const threshold = ['security', '--offline=yes', '--no-pager', '--threshold=20', file];
    expect((await run(analyze ?? '', threshold)).stdout).toContain('OK');
  });
});

interface Service {
  readonly volumes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stop_grace_period: string;
  readonly ulimits: { readonly nofile: number };
  readonly read_only: boolean;
}

describe('the compose file', () => {
  const text = readFileSync(new URL('compose.yaml', operations), 'utf8');
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };

  it.each(['app_one', 'app_two'])('gives %s the files of the operator, to be read alone', (name) => {
    const app = services[name];
    expect(app?.read_only).toBe(true);
    expect(app?.volumes).toEqual([expect.stringMatching(/\.\/files\}:\/files:ro$/)]);
    expect(existsSync(new URL('files', operations))).toBe(true);
    expect(app?.environment).toHaveProperty('NODE_EXTRA_CA_CERTS');
    expect(app?.ulimits.nofile).toBeGreaterThan(4096);
    expect(Number.parseInt(app?.stop_grace_period ?? '', 10)).toBeGreaterThan(stopTakes);
  });
});
