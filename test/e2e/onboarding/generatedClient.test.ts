import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { useStage } from '../../support/browser.js';
import { arriveAt, button } from '../../support/browserSteps.js';
import { freePort } from '../../support/freePort.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { folderFor, startServerProgram } from '../../support/serverProgram.js';
import { someSettings } from '../../unit/identity/clients/clients.js';

const stage = useStage();
const source = fileURLToPath(new URL('../../client', import.meta.url));
const installWithinMs = 180_000;
let folder: string;

const run = async (program: string, ...args: string[]): Promise<string> => {
  const done = promisify(execFile)(program, args, { cwd: folder, timeout: installWithinMs });
  const { stdout, stderr } = await done.catch((error) => {
    throw new Error(`${program} ${args.join(' ')}: ${error.message}\n${error.stdout}`);
  });
  return stdout + stderr;
};

/** A program of the packages, which need TypeScript 5. */
const tool = (file: string, ...args: string[]) =>
  run(process.execPath, path.join(folder, 'node_modules', file), ...args);

/** The client has packages of its own, in a folder that goes with the test. */
beforeAll(async () => {
  folder = folderFor('client');
  await cp(source, folder, { recursive: true });
  await run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
  const description = await (await fetch(`${stage.app.url}/api/v1/openapi.json`)).text();
  await writeFile(path.join(folder, 'openapi.json'), description);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the description of the API', () => {
  it('has nothing that Spectral finds', async () => {
    const told = await tool(
      '@stoplight/spectral-cli/dist/index.js',
      'lint',
      'openapi.json',
      '--fail-severity=hint',
    );
    expect(told).toContain('No results');
  });

  it('has nothing that Redocly finds', async () => {
    const told = await tool('@redocly/cli/bin/cli.js', 'lint', 'openapi.json');
    expect(told).toContain('Your API description is valid.');
    expect(told).not.toMatch(/You have \d+/);
  });

  it('makes a client with which a host compiles, and connects its user', async () => {
    await mkdir(path.join(folder, 'generated'), { recursive: true });
    // What a request may leave out, since it has a default, is left out here too.
    const types = ['--output', 'generated/api.d.ts', '--default-non-nullable=false'];
    await tool('openapi-typescript/bin/cli.js', 'openapi.json', ...types);
    await tool('typescript/bin/tsc', '--project', '.');
    const port = await freePort();
    const ownUrl = `http://127.0.0.1:${port}`;
    const { key } = await stage.app.deps.apiClients.create(
      someSettings({
        name: 'Acme',
        scopes: ['onboarding', 'status:read'],
        returnUrls: [`${ownUrl}/connected`],
        confirmUrls: [`${ownUrl}/confirm`],
      }),
      { actor: 'command' },
    );
    const program = path.join(folder, 'generated', 'host.js');
    const env = { PATH: process.env.PATH, CONNECT_URL: stage.app.url, OWN_URL: ownUrl, API_KEY: key };
    const host = await startServerProgram(process.execPath, [program], {
      port,
      folder: folderFor('host'),
      env,
    });
    try {
      const page = await stage.visit();
      await page.goto(ownUrl);
      await page.getByText('gmail is not_connected').waitFor();
      await page.goto(`${ownUrl}/connect`);
      await button(page, 'Start').click();
      await button(page, 'Connect Gmail').click();
      await button(page, 'Allow').click();
      await arriveAt(page, 'Set up connections for Acme');
      await button(page, 'Continue to Acme').click();
      await page.getByText('gmail is active, ready: true, outcome: connected').waitFor();
    } finally {
      await host.close();
    }
  });
});
