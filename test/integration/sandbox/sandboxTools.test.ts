import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '../../support/jest.js';
import { submit, useSandbox } from '../../unit/sandbox/harness.js';

const grace = 'grace@example.com';
const alan = 'alan@example.com';

const nameOf = (tool: { definition?: object | undefined } | undefined) =>
  (tool?.definition as { name?: string } | undefined)?.name;

describe('the tools that the sandbox lists', () => {
  const sandbox = useSandbox();

  it('say in words and in a schema what they do and what they want', async () => {
    const { tools } = await sandbox.tools.listTools({ filter: { toolName: ['gmail_fetch_mails'] } });
    expect(tools).toHaveLength(1);
    expect(tools[0]).toMatchObject({
      provider: 'GMAIL',
      definition: {
        name: 'gmail_fetch_mails',
        description: expect.stringContaining('mails'),
        input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: [] },
        annotations: { readOnlyHint: true },
      },
    });
  });

  it('are those of every provider that the sandbox starts with, and have names of their own', async () => {
    const { toolNames, totalSize } = await sandbox.tools.listTools({
      filter: { summary: true },
      pageSize: 1000,
    });
    expect(new Set(toolNames).size).toBe(totalSize);
    for (const { provider } of sandbox.control.connections()) {
      const { tools } = await sandbox.tools.listTools({ filter: { provider } });
      expect([provider, tools.length > 0]).toEqual([provider, true]);
    }
  });

  it('come page by page to the end, forwards and backwards', async () => {
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await sandbox.tools.listTools({ filter: { summary: true }, pageSize: 7, pageToken });
      names.push(...page.toolNames);
      pageToken = page.nextPageToken;
      if (names.length === 14) expect(page.prevPageToken).not.toBe('');
    } while (pageToken);
    const { totalSize } = await sandbox.tools.listTools();
    expect(new Set(names).size).toBe(totalSize);
    await expect(sandbox.tools.listTools({ pageToken: 'nonsense' })).rejects.toMatchObject({
      grpcStatus: Code.InvalidArgument,
    });
  });

  it('are found by their words, and looked up for an account only if there is one', async () => {
    const { toolNames } = await sandbox.tools.listTools({ filter: { query: 'send mail', summary: true } });
    expect(toolNames).toContain('gmail_send_message');
    expect(toolNames).not.toContain('slack_send_message');
    const forNobody = { filter: { connector: 'gmail', identifier: 'nobody@example.com' } };
    await expect(sandbox.tools.listTools(forNobody)).rejects.toMatchObject({ grpcStatus: Code.NotFound });
  });
});

describe("the tools of one user's accounts", () => {
  const sandbox = useSandbox();
  const scopedTo = async (identifier: string, filter: object) => {
    const { tools } = await sandbox.tools.listScopedTools(identifier, { filter, pageSize: 1000 });
    return tools;
  };

  it('are those of accounts that are active', async () => {
    // Grace's Slack is expired, and her GitHub waits for her consent.
    const tools = await scopedTo(grace, {});
    expect(new Set(tools.map(({ tool }) => tool?.provider))).toEqual(
      new Set(['GMAIL', 'GOOGLECALENDAR', 'EXA']),
    );
    sandbox.control.revoke('gmail', grace);
    expect((await scopedTo(grace, {})).some(({ tool }) => tool?.provider === 'GMAIL')).toBe(false);
    expect(await scopedTo('ada@example.com', {})).toEqual([]);
  });

  it('name the account that would run them, once for each that could', async () => {
    const tools = await scopedTo(alan, { providers: ['GITHUB'], toolNames: ['github_repo_star'] });
    expect(tools.map(({ connectedAccountId }) => connectedAccountId)).toEqual(
      ['github', 'github-enterprise'].map((name) => sandbox.control.account(name, alan)?.id),
    );
    const narrow = await scopedTo(alan, { connectionNames: ['github'], toolNames: ['github_repo_star'] });
    expect(narrow).toHaveLength(1);
    expect(narrow[0]).toMatchObject({ identifier: alan });
  });

  it('differ from those that could be had', async () => {
    const { tools } = await sandbox.tools.listAvailableTools(grace, { pageSize: 1000 });
    const names = tools.map(nameOf);
    expect(names).toContain('slack_send_message');
    // The connection of Asana is disabled.
    expect(names).not.toContain('asana_task_create');
  });
});

describe('running a tool in the sandbox', () => {
  const sandbox = useSandbox();
  const fetchMails = (account: object, toolInput = {}) =>
    sandbox.actions.executeTool({ toolName: 'gmail_fetch_mails', toolInput, ...account });

  it.each([
    ['connection and identifier', () => ({ connector: 'gmail', identifier: grace })],
    [
      'the id of the account',
      () => ({ connectedAccountId: sandbox.control.account('gmail', grace)?.id ?? '' }),
    ],
    ['the identifier alone', () => ({ identifier: grace })],
  ])('answers for an account named by %s', async (_, account) => {
    const { data, executionId } = await fetchMails(account(), { query: 'is:unread', max_results: 2 });
    expect(executionId).not.toBe('');
    expect(data?.messages).toHaveLength(2);
    expect(JSON.stringify(data)).toContain(grace);
  });

  it('reads the mailbox of the account that the user consented with', async () => {
    const account = { connectionName: 'gmail', identifier: 'ada@example.com' };
    sandbox.control.setVerification('none');
    await sandbox.actions.getOrCreateConnectedAccount(account);
    const { link } = await sandbox.actions.getAuthorizationLink(account);
    await submit(link, { outcome: 'allow', account: 'ada@home.example' });
    const { data } = await fetchMails({ connector: 'gmail', identifier: 'ada@example.com' });
    expect(JSON.stringify(data)).toContain('ada@home.example');
  });

  it('searches as a mailbox does, and takes numbers that are written as text', async () => {
    const mails = async (toolInput: object) =>
      (await fetchMails({ identifier: grace }, toolInput)).data?.messages as { snippet: string }[];
    expect(await mails({ max_results: '1' })).toHaveLength(1);
    expect(await mails({ query: 'from:museum' })).toHaveLength(1);
    expect(await mails({ query: 'nothing has these words' })).toEqual([]);
    expect((await mails({ query: '', max_results: 0 })).length).toBeGreaterThan(3);
  });

  it('notes when the account was last used', async () => {
    const before = Date.now();
    await fetchMails({ identifier: grace });
    expect(sandbox.control.account('gmail', grace)?.lastUsedAt).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['a tool that there is not', { toolName: 'gmail_fly' }, Code.NotFound, 'tool not found'],
    ['a connection that there is not', { connector: 'nowhere' }, Code.NotFound, 'connection'],
    ['an account that there is not', { connector: 'hubspot' }, Code.NotFound, 'connected account'],
    ['an id that there is not', { connectedAccountId: 'ca_1' }, Code.NotFound, 'connected account'],
    ['a tool of another provider', { connector: 'exa' }, Code.InvalidArgument, 'tool_name'],
    ['nobody', { identifier: '' }, Code.InvalidArgument, 'identifier'],
    [
      'an account that is expired',
      { toolName: 'slack_list_channels' },
      Code.FailedPrecondition,
      'not active',
    ],
    ['too little', { toolName: 'gmail_send_message' }, Code.InvalidArgument, 'params.to'],
  ])('refuses %s', async (_, request, grpcStatus, named) => {
    await expect(fetchMails({ identifier: grace, ...request })).rejects.toMatchObject({
      grpcStatus,
      message: expect.stringContaining(named),
    });
  });

  it('runs every tool that it lists, given what the tool requires', async () => {
    const { tools } = await sandbox.tools.listTools({ pageSize: 1000 });
    sandbox.control.setConnection('asana', { enabled: true });
    sandbox.control.setAccount({ connectionName: 'asana', identifier: alan, status: 'ACTIVE' });
    for (const { definition } of tools) {
      const { name, input_schema: schema } = definition as {
        name: string;
        input_schema: { required: string[] };
      };
      const toolInput = Object.fromEntries(schema.required.map((field) => [field, 'something']));
      const { data } = await sandbox.actions.executeTool({ toolName: name, identifier: alan, toolInput });
      expect([name, Object.keys(data ?? {}).length > 0]).toEqual([name, true]);
    }
  });

  it('is counted, and fails when a fault says so', async () => {
    await fetchMails({ identifier: grace });
    sandbox.control.fault({ method: 'ExecuteTool', error: 'rate_limited', times: 1 });
    await expect(fetchMails({ identifier: grace })).rejects.toMatchObject({
      grpcStatus: Code.ResourceExhausted,
    });
    expect(sandbox.control.calls().ExecuteTool).toBe(2);
  });
});
