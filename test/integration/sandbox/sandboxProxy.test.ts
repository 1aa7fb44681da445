import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '../../support/jest.js';
import { fetchToken, useSandbox } from '../../unit/sandbox/harness.js';

const alan = 'alan@example.com';

/** Where each provider says whose account it is, and the field that says it. */
const questions = [
  ['GMAIL', 'GET', '/gmail/v1/users/me/profile', 'emailAddress'],
  ['GOOGLECALENDAR', 'GET', '/calendar/v3/calendars/primary', 'id'],
  ['GOOGLEDRIVE', 'GET', '/drive/v3/about?fields=user', 'user.emailAddress'],
  ['OUTLOOK', 'GET', '/v1.0/me', 'userPrincipalName'],
  ['MICROSOFTTEAMS', 'GET', '/v1.0/me', 'mail'],
  ['SLACK', 'POST', '/api/auth.test', 'user_id'],
  ['GITHUB', 'GET', '/user', 'login'],
  ['GITLAB', 'GET', '/api/v4/user', 'username'],
  ['BITBUCKET', 'GET', '/2.0/user', 'display_name'],
  ['NOTION', 'GET', '/v1/users/me', 'bot.owner.user.person.email'],
  ['SALESFORCE', 'GET', '/services/oauth2/userinfo', 'preferred_username'],
  ['HUBSPOT', 'GET', '/account-info/v3/details', 'portalId'],
  ['LINEAR', 'POST', '/graphql', 'data.viewer.email'],
  ['JIRA', 'GET', '/me', 'email'],
  ['JIRA', 'GET', '/ex/jira/a-cloud-id/rest/api/3/myself', 'emailAddress'],
  ['CONFLUENCE', 'GET', '/wiki/rest/api/user/current', 'publicName'],
  ['ASANA', 'GET', '/api/1.0/users/me', 'data.email'],
  ['AIRTABLE', 'GET', '/v0/meta/whoami', 'email'],
  ['ZOOM', 'GET', '/v2/users/me', 'email'],
  ['DROPBOX', 'POST', '/2/users/get_current_account', 'name.display_name'],
  ['BOX', 'GET', '/2.0/users/me', 'login'],
  ['TRELLO', 'GET', '/1/members/me', 'username'],
  ['FIGMA', 'GET', '/v1/me', 'email'],
  ['CALENDLY', 'GET', '/users/me', 'resource.email'],
  ['CLICKUP', 'GET', '/api/v2/user', 'user.email'],
  ['MONDAY', 'POST', '/v2', 'data.me.email'],
  ['ZENDESK', 'GET', '/api/v2/users/me.json', 'user.email'],
  ['INTERCOM', 'GET', '/me', 'email'],
  ['FRESHDESK', 'GET', '/api/v2/agents/me', 'contact.email'],
  ['DISCORD', 'GET', '/users/@me', 'username'],
  ['LINKEDIN', 'GET', '/v2/userinfo', 'sub'],
] as const;

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value as unknown);

describe('the proxy of the sandbox', () => {
  const sandbox = useSandbox();

  /** Makes a call as `actions.request` does, with the token that another call of the SDK has fetched. */
  const ask = async (
    connectionName: string,
    identifier: string,
    path: string,
    method: 'GET' | 'POST' = 'GET',
    body?: unknown,
  ) => {
    await sandbox.actions.listConnections();
    return sandbox.actions.request({
      connectionName,
      identifier,
      path,
      method,
      ...(body !== undefined && { body }),
    });
  };
  const profile = async (account = { connectionName: 'gmail', identifier: alan }) =>
    (await ask(account.connectionName, account.identifier, '/gmail/v1/users/me/profile')).data;

  it.each(questions)('says for %s with %s %s whose account it is', async (provider, method, path, field) => {
    sandbox.control.setConnection('asked', { provider });
    const answerFor = async (providerAccount: string) => {
      sandbox.control.setAccount({
        connectionName: 'asked',
        identifier: alan,
        status: 'ACTIVE',
        providerAccount,
      });
      const query = method === 'POST' ? { query: '{ viewer { id name email } me { id } }' } : undefined;
      const { status, data } = await ask('asked', alan, path, method, query);
      expect(status).toBe(200);
      return at(data, field);
    };
    const first = await answerFor('alan@example.com');
    expect(['string', 'number']).toContain(typeof first);
    expect(await answerFor('alan@home.example')).not.toBe(first);
    expect(await answerFor('alan@example.com')).toBe(first);
  });

  it('answers for the account that belongs to the identifier while nobody chose one', async () => {
    expect(await profile()).toMatchObject({ emailAddress: alan });
    expect(sandbox.control.account('gmail', alan)?.lastUsedAt).toBeGreaterThan(Date.now() - 60_000);
  });

  it('finds nothing where a provider says nothing of its user', async () => {
    await expect(ask('gmail', alan, '/gmail/v1/users/me/messages')).rejects.toMatchObject({
      grpcStatus: Code.NotFound,
    });
    await expect(ask('team drive: eu', alan, '/drive/v3/about')).rejects.toMatchObject({
      grpcStatus: Code.InvalidArgument,
    });
    const { data } = await ask('linear', alan, '/graphql', 'POST', { query: '{ teams { id } }' });
    expect(data).toMatchObject({ errors: [{ message: expect.any(String) }] });
  });

  it.each(['/proxy//', '/proxy//:x', '/proxy//elsewhere.example:99999/'])(
    'finds nothing at a path that could be taken for a host: %s',
    async (path) => {
      const authorization = `Bearer ${await fetchToken(sandbox.url)}`;
      const headers = { authorization, connection_name: 'gmail', identifier: alan };
      expect((await fetch(sandbox.url + path, { headers })).status).toBe(404);
    },
  );

  it.each([
    ['an account that there is not', 'gmail', 'nobody@example.com', Code.NotFound],
    ['an account that is not active', 'slack', 'grace@example.com', Code.InvalidArgument],
  ])('refuses %s', async (_, connectionName, identifier, grpcStatus) => {
    await expect(profile({ connectionName, identifier })).rejects.toMatchObject({ grpcStatus });
  });

  it('refuses calls without a token, with one that it did not issue, and without the headers', async () => {
    const get = (headers: Record<string, string>) =>
      fetch(`${sandbox.url}/proxy/gmail/v1/users/me/profile`, { headers });
    const account = { connection_name: 'gmail', identifier: alan };
    expect((await get(account)).status).toBe(401);
    expect((await get({ ...account, authorization: 'Bearer made-up' })).status).toBe(401);
    expect(sandbox.control.calls()).toMatchObject({ unauthenticated: 2, proxy: 0 });
    const authorization = `Bearer ${await fetchToken(sandbox.url)}`;
    expect((await get({ authorization })).status).toBe(400);
    expect((await get({ ...account, authorization })).status).toBe(200);
  });

  it.each([
    ['unavailable', Code.Unavailable],
    ['rate_limited', Code.ResourceExhausted],
    ['internal', Code.Internal],
  ] as const)('fails when a fault says so: %s', async (error, grpcStatus) => {
    sandbox.control.fault({ method: 'proxy', error, times: 1 });
    await expect(profile()).rejects.toMatchObject({ grpcStatus });
    expect(await profile()).toMatchObject({ emailAddress: alan });
  });

  it('is as slow as it is told', async () => {
    sandbox.control.fault({ method: 'proxy', latencyMs: 60, times: 1 });
    const before = performance.now();
    await profile();
    expect(performance.now() - before).toBeGreaterThan(50);
  });

  it('hands on what a provider answers when it refuses', async () => {
    sandbox.control.fault({ method: 'proxy', answer: 'refused' });
    await expect(profile()).rejects.toMatchObject({ grpcStatus: Code.PermissionDenied });
  });

  it('hands on answers that nobody expects: pages, broken JSON, redirects, too much', async () => {
    const answer = async (fault: 'html' | 'malformed' | 'redirect' | 'huge') => {
      sandbox.control.fault({ method: 'proxy', answer: fault, times: 1 });
      const response = await fetch(`${sandbox.url}/proxy/gmail/v1/users/me/profile`, {
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${await fetchToken(sandbox.url)}`,
          connection_name: 'gmail',
          identifier: alan,
        },
      });
      return { status: response.status, text: await response.text() };
    };
    expect((await answer('html')).text).toMatch(/^<!doctype html>/);
    const { text } = await answer('malformed');
    expect(() => JSON.parse(text)).toThrow();
    expect((await answer('redirect')).status).toBe(302);
    expect((await answer('huge')).text.length).toBeGreaterThan(1_000_000);
  });

  it('hands on a name that wants to do harm', async () => {
    sandbox.control.fault({ method: 'proxy', answer: 'hostile_name' });
    const { data } = await ask('github', alan, '/user');
    expect(data.name).toContain('<script>');
    expect(data.name).toContain('\u202E');
  });
});
