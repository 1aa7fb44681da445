import { UsageError } from '../../../server/commands/commandLine.js';
import { linkCommand } from '../../../server/commands/link.js';
import { ada } from '../../routes/accounts/flow/journeys.js';
import { printedBy, runCommand } from '../../support/command.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { createMemoryGateway } from '../../support/memoryGateway.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';

const warnings: string[] = [];
const gateway = createMemoryGateway();
gateway.scalekit.addConnection({ name: 'gmail' });
gateway.scalekit.addConnection({ name: 'team: drive 2' });
gateway.scalekit.addConnection({ name: 'slack', enabled: false });
gateway.scalekit.addConnection({ name: 'exa' });

const link = (...args: string[]) =>
  printedBy(
    linkCommand(() => ({
      links: { urlFor: (...asked) => JSON.stringify(asked) },
      listConnections: gateway.listConnections,
      displaySettings: new Map([['exa', { hidden: true }]]),
      warn: (message) => void warnings.push(message),
    })),
    args,
  );

describe('the command for links', () => {
  it('makes the link of a connection that is offered', async () => {
    expect(await link(ada, 'gmail')).toBe(`["${ada}","gmail",null]\n`);
    expect(await link(ada, 'team: drive 2', '/connections')).toBe(
      `["${ada}","team: drive 2","/connections"]\n`,
    );
    expect(warnings).toEqual([]);
  });

  it.each([
    ['that does not exist', 'gmial', 'There is no connection "gmial".'],
    ['that is not enabled', 'slack', 'The connection "slack" is not offered: it is not enabled at Scalekit.'],
    ['that is hidden', 'exa', 'The connection "exa" is not offered: CONNECTIONS_FILE hides it.'],
  ])('makes none of a connection %s, and says which are offered', async (_, name, told) => {
    await expect(link(ada, name)).rejects.toThrow(
      new UsageError(`${told} Offered: "gmail", "team: drive 2".`),
    );
  });

  it('makes one while Scalekit cannot be asked, and says that it was not checked', async () => {
    gateway.script.failNext('listConnections', 'unreachable');
    expect(await link(ada, 'gmial')).toContain('gmial');
    expect(warnings.splice(0)).toEqual([expect.stringContaining('was not checked')]);
  });

  it.each([
    ['nothing', []],
    ['no connection', [ada]],
    ['a blank identifier', [' ', 'gmail']],
    ['a way back that leads elsewhere', [ada, 'gmail', 'https://evil.example']],
    ['too much', [ada, 'gmail', '/connections', 'more']],
  ])('given %s says what is wrong', async (_, args) => {
    await expect(link(...args)).rejects.toBeInstanceOf(UsageError);
  });
});

describe('the command for links, as a process', () => {
  let app: SandboxedApp;

  beforeAll(async () => {
    app = await startSandboxedApp();
  });

  afterAll(() => app.close());

  it('asks the running sandbox, tells faults on a line of their own, and ends', async () => {
    const env = {
      DATA_DIR: app.deps.config.dataDir,
      PUBLIC_URL: app.url,
      SANDBOX_PORT: new URL(app.sandbox.url).port,
    };
    const used = await runCommand(['link', '--help'], env);
    expect(used).toMatchObject({ failed: false, told: expect.stringMatching(/^Usage: npm run link/) });
    await expect(link()).rejects.toThrow(used.told.trimEnd());
    const made = await runCommand(['link', ada, 'gmail'], env);
    expect(made.failed).toBe(false);
    expect(made.told).toMatch(new RegExp(`^${app.url}/connect/gmail\\?to=\\S+\\n$`));
    const refused = await runCommand(['link', ada, 'gmial'], env);
    expect(refused.failed).toBe(true);
    expect(refused.told).toMatch(/^There is no connection "gmial"\. Offered: .*"gmail".*\.\n$/);
    const wrong = await runCommand(['link', ada, 'gmail'], { ...env, PORT: 'http' });
    expect(wrong).toMatchObject({ failed: true, told: expect.stringMatching(/PORT must be .*\n$/) });
  });
});
