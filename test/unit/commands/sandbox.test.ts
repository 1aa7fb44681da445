import { command } from '../../../server/commands/commandLine.js';
import { sandboxArguments, sandboxOptions } from '../../../server/commands/sandbox.js';
import { printedBy } from '../../support/command.js';
import { describe, expect, it } from '../../support/jest.js';

/** What the sandbox would be started with. */
async function readCommandLine(args: string[], env: Record<string, string>): Promise<unknown> {
  const reading = command({
    usage: 'Usage: of the test',
    args: sandboxArguments,
    async *run(given) {
      yield JSON.stringify(sandboxOptions(given, env));
    },
  });
  return JSON.parse(await printedBy(reading, args));
}

describe('the command line of the sandbox', () => {
  it('has a default for everything', async () => {
    expect(await readCommandLine([], {})).toEqual({
      port: 3001,
      host: '127.0.0.1',
      seed: 'default',
      verification: 'custom',
      clientId: 'sandbox',
      clientSecret: 'sandbox',
    });
  });

  it('takes a number of accounts and the credentials of the environment', async () => {
    const env = { SANDBOX_CLIENT_ID: 'id', SANDBOX_CLIENT_SECRET: 'secret' };
    const seed = ['--accounts', '100000', '--connections', '20'];
    const args = [...seed, '--seed', 'default', '--verification', 'scalekit', '--port', '0'];
    expect(await readCommandLine(args, env)).toMatchObject({
      port: 0,
      seed: { accounts: 100_000, connections: 20 },
      verification: 'scalekit',
      clientId: 'id',
      clientSecret: 'secret',
    });
  });

  it.each([
    [['--port', '70000', '--verification', 'nobody'], /--port[\s\S]*--verification/],
    [['--seed', 'all'], /--seed/],
    [['--accounts', '1.5'], /--accounts/],
    [['--accounts', '5', '--connections', '3'], /--connections/],
    [['--connections', '20'], /--connections/],
    [['--seed', 'empty', '--accounts', '5'], /--accounts/],
    [['--nonsense'], /--nonsense/],
  ])('names every option that it does not accept: %j', async (args, named) => {
    await expect(readCommandLine(args, {})).rejects.toThrow(named);
  });
});
