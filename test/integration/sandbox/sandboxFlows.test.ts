import { describe, expect, it } from '../../support/jest.js';
import { destination, submit, useSandbox } from '../../unit/sandbox/harness.js';

const ada = { connectionName: 'gmail', identifier: 'ada@example.com' };
const grace = 'grace@example.com';
const verifyUrl = 'http://localhost:3000/user/verify?from=test';

/** Puts an account into a state and asks for its link. */
async function linkFor(
  sandbox: ReturnType<typeof useSandbox>,
  account: { connectionName: string; identifier: string; status?: 'ACTIVE' | 'EXPIRED' | 'PENDING_AUTH' },
  userVerifyUrl = verifyUrl,
): Promise<string> {
  const { connectionName, identifier, status = 'PENDING_AUTH' } = account;
  sandbox.control.setAccount({ connectionName, identifier, status });
  const request = { connectionName, identifier, state: 'a state', ...(userVerifyUrl && { userVerifyUrl }) };
  return (await sandbox.actions.getAuthorizationLink(request)).link;
}

const heading = async (address: URL | string) =>
  /<h1>(.*?)<\/h1>/.exec(await (await fetch(address)).text())?.[1] ?? '';

describe('a link of the sandbox', () => {
  const sandbox = useSandbox();
  const statusOf = (connectionName = 'gmail', identifier = 'ada@example.com') =>
    sandbox.control.account(connectionName, identifier)?.status;

  it('opens a consent page that says for whom, on which connection and for what', async () => {
    const page = await (await fetch(await linkFor(sandbox, ada))).text();
    for (const words of ['Gmail', 'ada@example.com', 'gmail.modify', 'Allow', 'Deny'])
      expect(page).toContain(words);
  });

  it('is not used up by opening it, and works once', async () => {
    const link = await linkFor(sandbox, ada);
    await fetch(link);
    await fetch(link);
    expect((await submit(link, { outcome: 'allow' })).status).toBe(303);
    expect((await submit(link, { outcome: 'allow' })).status).toBe(410);
    expect(await heading(link)).toBe('This link was already used');
  });

  it('expires when it says so, and lives as long as it was set to', async () => {
    sandbox.control.setAccount({ ...ada, status: 'PENDING_AUTH' });
    const before = Date.now();
    const { expiry } = await sandbox.actions.getAuthorizationLink(ada);
    expect(Number(expiry?.seconds) * 1000).toBeGreaterThan(before + 14 * 60_000);
    sandbox.control.setLinkLifetime(-1);
    const { link } = await sandbox.actions.getAuthorizationLink(ada);
    expect(await heading(link)).toBe('This link has expired');
    expect((await submit(link, { outcome: 'allow' })).status).toBe(410);
    expect(statusOf()).toBe('PENDING_AUTH');
  });

  it('is refused for a disabled connection, and for addresses that are none', async () => {
    sandbox.control.setConnection('gmail', { enabled: false });
    await expect(
      sandbox.actions.getAuthorizationLink({ connectionName: 'gmail', identifier: grace }),
    ).rejects.toMatchObject({ grpcStatus: 9 });
    sandbox.control.setConnection('gmail', { enabled: true });
    for (const request of [
      { userVerifyUrl: 'javascript:alert(1)' },
      { userVerifyUrl: 'https://' },
      { userVerifyUrl: `https://example.com/${'x'.repeat(2048)}` },
      { state: 'x'.repeat(513) },
    ]) {
      await expect(
        sandbox.actions.getAuthorizationLink({ connectionName: 'gmail', identifier: grace, ...request }),
      ).rejects.toMatchObject({ grpcStatus: 3 });
    }
  });

  it('lets an account that no longer works wait for authorization, and an active one stay', async () => {
    await linkFor(sandbox, { ...ada, status: 'EXPIRED' });
    expect(statusOf()).toBe('PENDING_AUTH');
    await linkFor(sandbox, { ...ada, status: 'ACTIVE' });
    expect(statusOf()).toBe('ACTIVE');
  });

  it('leads nowhere once its account or its connection is gone', async () => {
    const link = await linkFor(sandbox, ada);
    sandbox.control.setConnection('gmail', { enabled: false });
    expect((await submit(link, { outcome: 'allow' })).status).toBe(409);
    sandbox.control.setConnection('gmail', { enabled: true });
    sandbox.control.remove('gmail', ada.identifier);
    expect(await heading(link)).toBe('This account is gone');
    expect(await heading(`${sandbox.url}/magicLink/nonsense`)).toBe('This link is not known');
  });
});

describe('consent under custom verification', () => {
  const sandbox = useSandbox();
  const account = () => sandbox.control.account('gmail', 'ada@example.com');

  /** Consents, and returns the auth request that came back. */
  const consent = async (status: 'PENDING_AUTH' | 'ACTIVE' = 'PENDING_AUTH') => {
    const back = destination(await submit(await linkFor(sandbox, { ...ada, status }), { outcome: 'allow' }));
    return { back, authRequestId: back.searchParams.get('auth_request_id') ?? '' };
  };

  it('comes back to the address it was given, with its parameters, the auth request and the state', async () => {
    const { back, authRequestId } = await consent();
    expect(back.origin + back.pathname).toBe('http://localhost:3000/user/verify');
    expect(Object.fromEntries(back.searchParams)).toEqual({
      from: 'test',
      auth_request_id: authRequestId,
      state: 'a state',
    });
    expect(authRequestId).not.toBe('');
    expect(account()?.status).toBe('PENDING_VERIFICATION');
  });

  it('is active only once the right user is verified, and once only', async () => {
    const { authRequestId } = await consent();
    const verify = (identifier: string) =>
      sandbox.actions.verifyConnectedAccountUser({ authRequestId, identifier });
    await expect(verify(grace)).rejects.toMatchObject({ grpcStatus: 7 });
    expect(account()?.status).toBe('PENDING_VERIFICATION');
    // The SDK trims what it verifies.
    await verify(' ada@example.com ');
    expect(account()?.status).toBe('ACTIVE');
    await expect(verify('ada@example.com')).rejects.toMatchObject({
      grpcStatus: 5,
      message: expect.stringContaining('auth request not found or no longer valid'),
    });
  });

  it('keeps an active account as it is until the new consent is verified', async () => {
    sandbox.control.setAccount({ ...ada, status: 'ACTIVE' });
    const before = account();
    const link = (await sandbox.actions.getAuthorizationLink({ ...ada, userVerifyUrl: verifyUrl })).link;
    const back = destination(await submit(link, { outcome: 'allow' }));
    expect(account()).toEqual(before);
    const authRequestId = back.searchParams.get('auth_request_id') ?? '';
    await sandbox.actions.verifyConnectedAccountUser({ authRequestId, identifier: ada.identifier });
    expect(account()?.updatedAt).toBeGreaterThan(before?.updatedAt ?? 0);
  });

  it('does not verify for an account that was deleted meanwhile, not even when another took its place', async () => {
    const { authRequestId } = await consent();
    sandbox.control.remove('gmail', ada.identifier);
    sandbox.control.setAccount({ ...ada, status: 'PENDING_AUTH' });
    await expect(
      sandbox.actions.verifyConnectedAccountUser({ authRequestId, identifier: ada.identifier }),
    ).rejects.toMatchObject({ grpcStatus: 5 });
  });

  it('fails on its own page when the link was made without a userVerifyUrl', async () => {
    const done = destination(await submit(await linkFor(sandbox, ada, ''), { outcome: 'allow' }));
    expect(await heading(done)).toBe('failed_to_exchange');
    expect(account()?.status).toBe('PENDING_AUTH');
  });

  it.each([
    ['deny', 'access_denied', 'a state'],
    ['deny_without_state', 'access_denied', null],
    ['failed_to_exchange_token', 'failed_to_exchange_token', 'a state'],
    ['server_error', 'server_error', 'a state'],
    ['invalid_scope', 'invalid_scope', 'a state'],
  ])('comes back with an error and changes nothing: %s', async (outcome, error, state) => {
    const back = destination(await submit(await linkFor(sandbox, ada), { outcome }));
    expect(back.host).toBe('localhost:3000');
    expect(back.searchParams.get('error')).toBe(error);
    expect(back.searchParams.get('error_description')).not.toBe('');
    expect(back.searchParams.get('state')).toBe(state);
    expect(back.searchParams.get('auth_request_id')).toBeNull();
    expect(account()?.status).toBe('PENDING_AUTH');
  });

  it.each([
    ['link_expired', 'This link has expired'],
    ['stuck', 'This window stays here'],
  ])('leaves the browser on a page of its own: %s', async (outcome, title) => {
    const done = destination(await submit(await linkFor(sandbox, ada), { outcome }));
    expect(done.origin).toBe(sandbox.url);
    expect(await heading(done)).toBe(title);
    expect(account()?.status).toBe('PENDING_AUTH');
  });

  it('lets a slow provider take its time before it allows', async () => {
    sandbox.control.setSlowProvider(30);
    const back = destination(await submit(await linkFor(sandbox, ada), { outcome: 'slow' }));
    expect(back.searchParams.has('auth_request_id')).toBe(true);
  });

  it('asks again when it does not understand the answer', async () => {
    const link = await linkFor(sandbox, ada);
    expect((await submit(link, { outcome: 'constructor' })).status).toBe(422);
    expect((await submit(link, { outcome: 'allow' })).status).toBe(303);
  });
});

describe('consent when only Scalekit users are verified', () => {
  const sandbox = useSandbox({ verification: 'scalekit' });

  it('activates at once and brings no browser back', async () => {
    const done = destination(await submit(await linkFor(sandbox, ada), { outcome: 'allow' }));
    expect(done.origin).toBe(sandbox.url);
    expect(await heading(done)).toBe('Connected');
    expect(sandbox.control.account('gmail', ada.identifier)?.status).toBe('ACTIVE');
  });

  it("shows failures on Scalekit's own page", async () => {
    const done = destination(await submit(await linkFor(sandbox, ada), { outcome: 'deny' }));
    expect(await heading(done)).toBe('Access was not given');
    expect((await fetch(done)).status).toBe(400);
  });
});

describe('the credentials form', () => {
  const sandbox = useSandbox();
  const exa = { connectionName: 'exa', identifier: 'ada@example.com' };

  it('activates an API-key account without verification and brings no browser back', async () => {
    const link = await linkFor(sandbox, exa);
    expect(await (await fetch(link)).text()).toContain('API key');
    const done = destination(await submit(link, { api_key: 'k' }));
    expect(await heading(done)).toBe('Connected');
    expect(sandbox.control.account('exa', exa.identifier)).toMatchObject({
      status: 'ACTIVE',
      tokenExpiresAt: null,
    });
    expect((await submit(link, { api_key: 'k' })).status).toBe(410);
  });

  it('asks again when a credential is empty or rejected, with the same link', async () => {
    const link = await linkFor(sandbox, exa);
    for (const fields of [{ api_key: ' ' }, {}, { api_key: 'k', reject: 'yes' }]) {
      const answer = await submit(link, fields);
      expect(answer.status).toBe(422);
      expect(await answer.text()).toContain('role="alert"');
    }
    expect(sandbox.control.account('exa', exa.identifier)?.status).toBe('PENDING_AUTH');
    expect((await submit(link, { api_key: 'k' })).status).toBe(303);
  });

  it('asks for a user name and a password where the connection wants both', async () => {
    const link = await linkFor(sandbox, { connectionName: 'freshdesk', identifier: 'ada@example.com' });
    expect((await submit(link, { username: 'ada' })).status).toBe(422);
    expect((await submit(link, { username: 'ada', password: 'p' })).status).toBe(303);
  });
});
