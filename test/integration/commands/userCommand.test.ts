import { UsageError } from '../../../server/commands/commandLine.js';
import { userCommand } from '../../../server/commands/user.js';
import { ada, type JourneyApp, startJourneyApp } from '../../routes/accounts/flow/journeys.js';
import { printedBy, runCommand } from '../../support/command.js';
import { afterAll, beforeAll, describe, expect, it } from '../../support/jest.js';
import { type SandboxedApp, startSandboxedApp } from '../../support/testApp.js';
import { Visitor } from '../../support/visitor.js';

let app: JourneyApp;

beforeAll(async () => {
  app = await startJourneyApp();
});

afterAll(() => app.close());

const user = (...args: string[]) =>
  printedBy(
    userCommand((work) => work(app.deps)),
    args,
  );

describe('the command for users', () => {
  it('prints all that is held about a user', async () => {
    await app.signIn(ada);
    expect(JSON.parse(await user('export', ada))).toMatchObject({ users: [{ identifier: ada }] });
    expect(await app.auditTypes()).toContain('user.exported');
  });

  it('erases a user once that is said for sure', async () => {
    app.gateway.scalekit.addAccount({ connectionName: 'gmail', identifier: ada });
    await app.signIn(ada);
    await expect(user('erase', ada)).rejects.toThrow('Say --yes');
    expect(app.gateway.scalekit.accounts).toHaveLength(1);
    expect(await user('erase', ada, '--yes')).toContain('Erased. Disconnected: gmail.');
    expect(app.gateway.scalekit.accounts).toEqual([]);
  });

  it('says in words when Scalekit does not answer', async () => {
    app.gateway.script.failNext('listConnectedAccounts', 'unreachable');
    await expect(user('erase', ada, '--yes')).rejects.toThrow(/nothing was erased here/);
  });

  it.each([
    ['nothing', []],
    ['no identifier', ['export']],
    ['a blank identifier', ['erase', ' ', '--yes']],
    ['an unknown command', ['forget', ada]],
    ['more than one identifier', ['export', ada, 'bob']],
  ])('given %s says what is wrong', async (_, args) => {
    await expect(user(...args)).rejects.toBeInstanceOf(UsageError);
  });
});

describe('the command for users, as a process', () => {
  let sandboxed: SandboxedApp;

  beforeAll(async () => {
    sandboxed = await startSandboxedApp();
  });

  afterAll(() => sandboxed.close());

  it('erases at the running sandbox and in the running app’s database, and ends', async () => {
    const visitor = await new Visitor(sandboxed.url).signIn('grace@example.com');
    const env = {
      DATA_DIR: sandboxed.deps.config.dataDir,
      DATABASE_URL: '',
      SESSION_SECRET: 'a secret of the tests that is long enough',
      SANDBOX_PORT: new URL(sandboxed.sandbox.url).port,
    };
    const done = await runCommand(['user', 'erase', 'grace@example.com', '--yes'], env);
    expect(done).toMatchObject({ failed: false, told: expect.stringContaining('Erased. Disconnected: ') });
    expect((await visitor.get('/connections')).status).toBe(303);
    const again = await runCommand(['user', 'erase', 'grace@example.com', '--yes'], {
      ...env,
      SANDBOX_PORT: '9',
      SCALEKIT_TIMEOUT_MS: '500',
    });
    expect(again.failed).toBe(true);
    expect(again.told).toMatch(/nothing was erased here/);
    expect(again.told).not.toMatch(/ {4}at /);
  });
});
