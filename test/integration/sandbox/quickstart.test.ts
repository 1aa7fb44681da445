import { ScalekitClient } from '@scalekit-sdk/node';
import { ConnectorStatus } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { describe, expect, it } from '../../support/jest.js';
import { destination, submit, useSandbox } from '../../unit/sandbox/harness.js';

/**
 * An agent as its developer writes it first: it looks whether the user is connected, prints a link if not, and reads
 * the mails if so. It is run again once the link was followed.
 * @returns what it prints
 */
async function agent(environmentUrl: string, identifier: string): Promise<string[]> {
  const { actions } = new ScalekitClient(environmentUrl, 'sandbox', 'sandbox');
  const user = { connectionName: 'gmail', identifier };
  const { connectedAccount } = await actions.getOrCreateConnectedAccount(user);
  if (connectedAccount?.status !== ConnectorStatus.ACTIVE) {
    return [(await actions.getAuthorizationLink(user)).link];
  }
  const { data } = await actions.executeTool({
    toolName: 'gmail_fetch_mails',
    identifier,
    connector: 'gmail',
    toolInput: { query: 'is:unread', max_results: 2 },
  });
  const mails = data?.messages as {
    snippet: string;
    payload: { headers: { name: string; value: string }[] };
  }[];
  return mails.map(({ payload, snippet }) => {
    const header = (name: string) => payload.headers.find((one) => one.name === name)?.value;
    return `${header('From')}: ${header('Subject')}. ${snippet}`;
  });
}

describe("an agent's first steps with the sandbox", () => {
  const sandbox = useSandbox();

  it('lead from a link to mails, once the user has allowed it', async () => {
    sandbox.control.setVerification('none');
    const [link = ''] = await agent(sandbox.url, 'ada@example.com');
    expect(link).toMatch(/^http:/);
    // The agent asks for the account again and again, and that changes nothing until the user follows the link.
    expect(await agent(sandbox.url, 'ada@example.com')).toHaveLength(1);
    await submit(link, { outcome: 'allow' });
    const printed = await agent(sandbox.url, 'ada@example.com');
    expect(printed).toHaveLength(2);
    for (const mail of printed) expect(mail).toMatch(/^.+ <.+@.+>: .+\. .+$/);
  });

  it('lead there too when the user connects in the app, which verifies who it is', async () => {
    await agent(sandbox.url, 'ada@example.com');
    const user = { connectionName: 'gmail', identifier: 'ada@example.com' };
    const { link } = await sandbox.actions.getAuthorizationLink({
      ...user,
      userVerifyUrl: 'http://localhost:3000/user/verify',
      state: 'a state',
    });
    const back = destination(await submit(link, { outcome: 'allow' }));
    await sandbox.actions.verifyConnectedAccountUser({
      authRequestId: back.searchParams.get('auth_request_id') ?? '',
      identifier: user.identifier,
    });
    expect((await agent(sandbox.url, 'ada@example.com')).join('\n')).toContain('Grace Hopper');
  });

  it('end at an account that no longer works, with a link again', async () => {
    expect((await agent(sandbox.url, 'grace@example.com'))[0]).toContain('Grace Hopper');
    sandbox.control.revoke('gmail', 'grace@example.com');
    expect((await agent(sandbox.url, 'grace@example.com'))[0]).toMatch(/^http:/);
  });
});
