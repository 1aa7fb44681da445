import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { builtScript } from '../../../support/builtApp.js';
import { liveBrowser } from '../../../support/eventStream.js';
import { freePort } from '../../../support/freePort.js';
import { afterEach, describe, expect, it } from '../../../support/jest.js';

let child: ChildProcess | null = null;
let folder = '';

afterEach(async () => {
  if (child !== null && child.exitCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts the app as `npm start` does, in a process of its own. @returns its origin, once it answers */
async function start(): Promise<string> {
  folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-'));
  const port = String(await freePort());
  const env = {
    PATH: process.env.PATH,
    PORT: port,
    DATA_DIR: folder,
    SANDBOX_PORT: String(await freePort()),
  };
  child = spawn(process.execPath, [builtScript('index.js')], {
    // Where no .env is.
    cwd: folder,
    env: { ...env, HOST: '127.0.0.1', PUBLIC_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.stderr === null) throw new Error('the process has no output');
  await once(child.stderr, 'data');
  return `http://127.0.0.1:${port}`;
}

describe('a stop', () => {
  it('ends the open streams, and does not wait until its time is over for them', async () => {
    const browser = liveBrowser(await start());
    await browser.signIn('ada@example.com');
    const streams = await Promise.all([browser.open(), browser.open()]);
    const exit = once(child as ChildProcess, 'exit');
    child?.kill('SIGTERM');
    await Promise.all(streams.map((stream) => stream.over()));
    expect(streams.map(({ response }) => response.complete)).toEqual([true, true]);
    // 1 when something still kept it after ten seconds.
    expect(await exit).toEqual([0, null]);
  });
});
