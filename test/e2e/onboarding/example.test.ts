import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { useStage } from '../../support/browser.js';
import { arriveAt, button, pressLast } from '../../support/browserSteps.js';
import { freePort } from '../../support/freePort.js';
import { afterAll, beforeAll, expect, it } from '../../support/jest.js';

const stage = useStage();
const program = fileURLToPath(new URL('../../exampleHost/main.ts', import.meta.url));
let example: ChildProcess;
let hostUrl: string;

/** As `npm run example` does, on ports that are free. */
beforeAll(async () => {
  const [port, sandboxPort, examplePort] = await Promise.all([freePort(), freePort(), freePort()]);
  hostUrl = `http://localhost:${examplePort}`;
  example = spawn(process.execPath, ['--import', 'tsx', program], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      SANDBOX_PORT: String(sandboxPort),
      EXAMPLE_PORT: String(examplePort),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    example.stderr?.on('data', (piece: Buffer) => {
      said += piece.toString();
      if (said.includes(`Acme Assistant: ${hostUrl}`)) resolve();
    });
    example.once('exit', () => reject(new Error(`it ended: ${said}`)));
  });
});

afterAll(async () => {
  const ended = once(example, 'exit');
  example.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it('npm run example: its user connects Gmail in a window, its webhook tells so, and its agent reads the mail', async () => {
  const page = await stage.visit();
  await page.goto(hostUrl);
  await page.getByLabel('Identifier').fill('ada@example.com');
  await button(page, 'Sign in').click();
  await page.getByText('gmail: not_connected').waitFor();
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    button(page, 'Connect in a window').click(),
  ]);
  await button(popup, 'Start').click();
  await button(popup, 'Connect Gmail').click();
  await button(popup, 'Allow').click();
  await pressLast(popup, 'Continue to Acme Assistant');
  await page.getByText('gmail: active').waitFor();
  await button(page, 'Run the tool').click();
  await arriveAt(page, 'The tool ran');
  await page.getByText('Your invoice for November').waitFor();
  // A webhook may come a moment later than the user.
  while ((await page.getByText('onboarding.completed').count()) === 0) await page.goto(hostUrl);
  await page.getByText('connection.active gmail').waitFor();
});
