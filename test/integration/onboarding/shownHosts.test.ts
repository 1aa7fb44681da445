import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../support/freePort.js';
import { afterEach, beforeEach, describe, expect, it } from '../../support/jest.js';
import { findProgram } from '../../support/program.js';
import { startServerProgram } from '../../support/serverProgram.js';
import { Surfer } from '../../support/surfer.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { someSettings } from '../../unit/identity/clients/clients.js';

let app: SandboxedApp;

beforeEach(async () => {
  app = await startSandboxedApp();
});

afterEach(() => app.close());

/** The host's side as the page of the API shows it. */
async function shown(language: string): Promise<string> {
  const readme = await readFile(new URL('../../../server/api/README.md', import.meta.url), 'utf8');
  const chapter = readme.slice(readme.indexOf('## Your product'));
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(chapter)?.[1] ?? '';
}

async function startHost(program: string, source: string, ending: string) {
  const port = await freePort();
  const ownUrl = `http://127.0.0.1:${port}`;
  const { key } = await app.deps.apiClients.create(
    someSettings({
      name: 'Acme Assistant',
      scopes: ['onboarding', 'status:read'],
      returnUrls: [`${ownUrl}/connected`],
      confirmUrls: [`${ownUrl}/confirm`],
    }),
    { actor: 'command' },
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'connect-accounts-host-'));
  const file = path.join(folder, `host.${ending}`);
  await writeFile(file, source);
  const env = { PATH: process.env.PATH, CONNECT_URL: app.url, OWN_URL: ownUrl, API_KEY: key };
  return { ownUrl, ...(await startServerProgram(program, [file], { port, folder, env })) };
}

describe.each([
  ['js', 'mjs', 'Your assistant can use Gmail.', 'Gmail is not connected.'],
  ['python', 'py', 'Ready.', 'Not yet.'],
])('the host that the page of the API shows in %s', (language, ending, ready, notReady) => {
  it('has 15 lines besides its imports, and has its user connect Gmail', async () => {
    const source = await shown(language);
    const lines = source.split('\n').filter((line) => line !== '' && !/^(?:import|from) /.test(line));
    expect(lines).toHaveLength(15);
    const program = language === 'js' ? process.execPath : await findProgram('python3', 'python3');
    const host = await startHost(program, source, ending);
    try {
      const browser = new Surfer();
      expect((await browser.go(`${host.ownUrl}/connected`)).text).toBe(notReady);
      const start = await browser.go(`${host.ownUrl}/connect`);
      const between = await browser.submit(start, 'Start');
      const steps = await browser.submit(between, 'Continue');
      const consent = await browser.submit(steps, 'Connect Gmail');
      await browser.go(consent.url, { method: 'POST', form: { outcome: 'allow' } });
      const done = await browser.go(steps.url);
      expect((await browser.submit(done, 'Continue to Acme Assistant')).text).toBe(ready);
    } finally {
      await host.close();
    }
  });
});
