import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { ScalekitClient } from '@scalekit-sdk/node';
import { createSandbox } from '../../../server/sandbox/sandbox.js';
import { attacks, describe, expect, it, jest } from '../../support/jest.js';
import { fetchToken, submit, useSandbox } from '../../unit/sandbox/harness.js';

const grace = { connectionName: 'gmail', identifier: 'grace@example.com' };

describe('the one port of the sandbox', () => {
  const sandbox = useSandbox();

  it('serves HTTP/1.1 to a caller whose first bytes come one by one', async () => {
    const socket = connect(sandbox.port, '127.0.0.1').setNoDelay(true);
    for (const byte of 'POST /') {
      socket.write(byte);
      await new Promise(setImmediate);
    }
    socket.write('oauth/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  it.each(['http://[::1', 'http://', '//'])('refuses a target that is no address: %s', async (target) => {
    const socket = connect(sandbox.port, '127.0.0.1').setEncoding('utf8');
    socket.write(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    let answer = '';
    for await (const text of socket) answer += text;
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*The request was not understood\.\n/);
  });

  it('writes nothing to its error output when a caller leaves in the middle of a body', async () => {
    const { NODE_ENV } = process.env;
    // Express is silent in tests.
    process.env.NODE_ENV = 'development';
    const own = await createSandbox();
    process.env.NODE_ENV = NODE_ENV;
    const written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      const socket = connect(own.port, '127.0.0.1').resume();
      const type = 'content-type: application/x-www-form-urlencoded';
      socket.end(`POST /oauth/token HTTP/1.1\r\nhost: localhost\r\n${type}\r\ncontent-length: 9\r\n\r\na=`);
      await once(socket, 'close');
      expect((await fetch(`${own.url}/keys`)).status).toBe(200);
      expect(written.mock.calls).toEqual([]);
    } finally {
      written.mockRestore();
      await own.close();
    }
  });

  it('issues tokens that its key set verifies, for the right id and secret only', async () => {
    const client = new ScalekitClient(sandbox.url, 'sandbox', 'sandbox');
    await expect(client.validateAccessToken(await fetchToken(sandbox.url))).resolves.toBe(true);
    const body = (secret: string) => ({
      grant_type: 'client_credentials',
      client_id: 'sandbox',
      client_secret: secret,
    });
    const wrong = await submit(`${sandbox.url}/oauth/token`, body('wrong'));
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toEqual({ error: 'invalid_client' });
  });

  it('refuses calls without a token, and with one that it did not issue', async () => {
    for (const token of ['', 'made-up']) {
      const rpc = await sandbox.rpc(token);
      await expect(rpc.listConnectedAccounts({})).rejects.toMatchObject({ code: 16 });
    }
    expect(sandbox.control.calls()).toMatchObject({ unauthenticated: 2, ListConnectedAccounts: 0 });
  });
});

describe('the control API of the sandbox', () => {
  const sandbox = useSandbox();
  const post = (path: string, body: unknown, headers = {}) =>
    fetch(`${sandbox.url}/sandbox/api${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const status = () => sandbox.control.account('gmail', grace.identifier)?.status;

  it('does what the control does', async () => {
    await post('/accounts/expire', grace);
    expect(status()).toBe('EXPIRED');
    await post('/accounts/revoke', grace);
    expect(status()).toBe('DISCONNECTED');
    await post('/accounts/activate', grace);
    expect(status()).toBe('ACTIVE');
    await post('/accounts/delete', grace);
    expect(status()).toBeUndefined();
    await post('/accounts', { ...grace, status: 'PENDING_AUTH' });
    expect(status()).toBe('PENDING_AUTH');
    await post('/settings', { verification: 'scalekit', linkLifetimeMs: 5, linkMakesAccount: true });
    await post('/connections', { name: 'box', provider: 'BOX' });
    await post('/faults', { method: 'ListConnectedAccounts', latencyMs: 1 });
    const state = await (await fetch(`${sandbox.url}/sandbox/api/state`)).json();
    expect(state).toMatchObject({
      verification: 'scalekit',
      linkLifetimeMs: 5,
      linkMakesAccount: true,
      faults: [{ method: 'ListConnectedAccounts', latencyMs: 1 }],
      connections: expect.arrayContaining([expect.objectContaining({ name: 'box' })]),
    });
    await post('/reset', {});
    expect(sandbox.control.verification()).toBe('custom');
    expect(status()).toBe('ACTIVE');
  });

  it('lists accounts in bounded pages, without credentials', async () => {
    const answer = await fetch(`${sandbox.url}/sandbox/api/accounts?search=grace&limit=2`);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      totalSize: 7,
      accounts: [{ identifier: grace.identifier }, {}],
    });
    expect(text).not.toContain('not-real');
    expect((await fetch(`${sandbox.url}/sandbox/api/accounts?limit=100000`)).status).toBe(400);
  });

  it('names what it does not accept', async () => {
    const wrong = await post('/faults', { method: 'Nonsense', error: 'internal' });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ error: expect.stringContaining('method') });
    expect((await post('/faults', {})).status).toBe(400);
    expect((await post('/faults', { method: 'ExecuteTool', answer: 'html' })).status).toBe(400);
    expect((await post('/connections', { name: 'box', type: 'MAGIC' })).status).toBe(400);
    // No date is later than one millisecond before that.
    expect((await post('/events/forget', { before: 8_640_000_000_000_001 })).status).toBe(400);
    expect((await post('/accounts/expire', { ...grace, identifier: 'nobody' })).status).toBe(404);
    expect((await post('/accounts', 'x'.repeat(1_000_000))).status).toBe(413);
    expect((await post('/nowhere', {})).status).toBe(404);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
    ['an older browser', { origin: 'https://evil.example' }],
    ['a sandboxed frame', { origin: 'null' }],
  ])('refuses what a page elsewhere posts: %s', async (_, headers) => {
    expect((await post('/accounts/expire', grace, headers)).status).toBe(403);
    const form = await submit(`${sandbox.url}/sandbox/accounts`, { action: 'expire', ...grace }, headers);
    expect(form.status).toBe(403);
    expect(status()).toBe('ACTIVE');
  });

  it('refuses names that are not of this machine, so that none can be rebound to it', async () => {
    attacks('sandbox-on-loopback');
    const answer = httpRequest(`${sandbox.url}/sandbox/api/state`, {
      headers: { host: 'evil.example' },
    }).end();
    const [response] = await once(answer, 'response');
    expect(response.statusCode).toBe(403);
    response.resume();
  });
});

describe('the pages of the sandbox', () => {
  const sandbox = useSandbox();

  it('carry a policy without script that still lets forms lead back to the app', async () => {
    const { headers } = await fetch(`${sandbox.url}/sandbox`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self' http://localhost:* http://127.0.0.1:* https:");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('let the control page act on an account and come back to where it was', async () => {
    const fields = { action: 'expire', search: 'grace', offset: '0', ...grace };
    const answer = await submit(`${sandbox.url}/sandbox/accounts`, fields, {
      'sec-fetch-site': 'same-origin',
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/sandbox?search=grace&offset=0');
    expect(sandbox.control.account('gmail', grace.identifier)?.status).toBe('EXPIRED');
  });

  it('add connections of any type, refusals and settings from the control page', async () => {
    const page = (path: string, fields: Record<string, string>) =>
      submit(`${sandbox.url}/sandbox${path}`, fields);
    await page('/connections', { name: 'legacy', provider: 'TRELLO', type: 'TRELLO_OAUTH1' });
    expect(sandbox.control.connections().at(-1)).toMatchObject({
      name: 'legacy',
      provider: 'TRELLO',
      type: 'TRELLO_OAUTH1',
      enabled: true,
    });
    await page('/connections', { name: 'legacy', enabled: 'false' });
    expect(sandbox.control.connections().at(-1)).toMatchObject({ type: 'TRELLO_OAUTH1', enabled: false });
    await page('/consents/faults', { error: 'org_internal', description: '', withoutState: 'yes' });
    expect(sandbox.control.consentFaults()).toEqual([
      { error: 'org_internal', description: '', withoutState: true },
    ]);
    await page('/settings', { verification: 'none', linkLifetimeMs: '5', linkMakesAccount: 'yes' });
    expect(sandbox.control.verification()).toBe('none');
    expect(sandbox.control.linkMakesAccount()).toBe(true);
    await page('/settings', { verification: 'custom' });
    expect(sandbox.control.linkMakesAccount()).toBe(false);
    await page('/accounts', { ...grace, status: 'ACTIVE', providerAccount: 'grace@home.example' });
    expect(sandbox.control.account('gmail', grace.identifier)?.providerAccount).toBe('grace@home.example');
    const text = await (await fetch(`${sandbox.url}/sandbox`)).text();
    for (const shown of ['legacy', 'org_internal', 'grace@home.example']) expect(text).toContain(shown);
  });

  it('escape whatever an identifier has in it', async () => {
    sandbox.control.setAccount({ connectionName: 'gmail', identifier: '<script>"\'', status: 'ACTIVE' });
    const page = await (await fetch(`${sandbox.url}/sandbox?search=%3Cscript`)).text();
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
  });
});
