import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '../../support/jest.js';
import { destination, submit, useSandbox } from '../../unit/sandbox/harness.js';

const ada = { connectionName: 'gmail', identifier: 'ada@example.com' };
const userVerifyUrl = 'http://localhost:3000/user/verify';

type Sandbox = ReturnType<typeof useSandbox>;

async function linkFor(sandbox: Sandbox, request: { userVerifyUrl?: string } = { userVerifyUrl }) {
  sandbox.control.setAccount({ ...ada, status: 'PENDING_AUTH' });
  return (await sandbox.actions.getAuthorizationLink({ ...ada, state: 'a state', ...request })).link;
}

const pageAt = async (address: URL | string) => (await fetch(address)).text();

/** What the browser brings back to the app. */
const returned = (response: Response) => Object.fromEntries(destination(response).searchParams);

describe('what a provider refuses on the consent page of the sandbox', () => {
  const sandbox = useSandbox();

  it.each([
    ['organization_blocks', 'access_denied', 'AADSTS65001'],
    ['user_not_assigned', 'access_denied', 'AADSTS50105'],
    ['admin_approval', 'consent_required', 'administrator'],
    ['admin_policy', 'admin_policy_enforced', 'polic'],
    ['unpublished_app', 'access_denied', 'verification process'],
    ['internal_app', 'org_internal', 'organization'],
    ['sign_in_again', 'interaction_required', 'AADSTS50076'],
    ['temporarily_unavailable', 'temporarily_unavailable', 'overload'],
  ])('comes back to the app in the words of the provider: %s', async (outcome, error, said) => {
    expect(returned(await submit(await linkFor(sandbox), { outcome }))).toEqual({
      error,
      error_description: expect.stringContaining(said),
      state: 'a state',
    });
    expect(sandbox.control.account('gmail', ada.identifier)?.status).toBe('PENDING_AUTH');
  });

  it('can be any error, typed into the page, with the state or without', async () => {
    const typed = { error: 'unauthorized_client', error_description: 'The app is disabled.' };
    expect(returned(await submit(await linkFor(sandbox), { outcome: 'error', ...typed }))).toEqual({
      ...typed,
      state: 'a state',
    });
    const link = await linkFor(sandbox);
    expect(returned(await submit(link, { outcome: 'error_without_state', ...typed }))).toEqual(typed);
  });

  it('asks again for an error without a code', async () => {
    const answer = await submit(await linkFor(sandbox), { outcome: 'error', error: ' ' });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('role="alert"');
  });

  it("stays on Scalekit's own page, with code and description, where no app waits for it", async () => {
    const link = await linkFor(sandbox, {});
    const page = await pageAt(destination(await submit(link, { outcome: 'internal_app' })));
    expect(page).toContain('The provider did not give access');
    expect(page).toContain('org_internal');
  });

  it('never passes for a success, whatever its code is', async () => {
    const link = await linkFor(sandbox, {});
    const page = await pageAt(destination(await submit(link, { outcome: 'error', error: 'connected' })));
    expect(page).toContain('The provider did not give access');
  });
});

describe('refusals that the control of the sandbox sets', () => {
  const sandbox = useSandbox();
  const allow = async () => returned(await submit(await linkFor(sandbox), { outcome: 'allow' }));

  it('strike consents that the user gave, as often as they are told, on the connection they name', async () => {
    sandbox.control.consentFault({
      connectionName: 'slack',
      error: 'team_access_not_granted',
      description: '',
    });
    sandbox.control.consentFault({ error: 'invalid_client', description: 'Unknown.', times: 1 });
    expect(await allow()).toEqual({
      error: 'invalid_client',
      error_description: 'Unknown.',
      state: 'a state',
    });
    expect(await allow()).toEqual({ auth_request_id: expect.any(String), state: 'a state' });
    expect(sandbox.control.consentFaults()).toHaveLength(1);
  });

  it('can be set and cleared from another process, with a return that lacks the state', async () => {
    const post = (path: string, body: unknown) =>
      fetch(`${sandbox.url}/sandbox/api/consents${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/faults', { error: 'disallowed_useragent', withoutState: true });
    expect(await allow()).toEqual({ error: 'disallowed_useragent' });
    expect((await post('/faults', { description: 'no code' })).status).toBe(400);
    await post('/faults/clear', {});
    expect(await allow()).toHaveProperty('auth_request_id');
  });
});

describe('the account at the provider', () => {
  const sandbox = useSandbox({ verification: 'none' });
  const consentWith = async (fields: Record<string, string>) => {
    await submit(await linkFor(sandbox), { outcome: 'allow', ...fields });
    return sandbox.control.account('gmail', ada.identifier)?.providerAccount;
  };

  it('is offered on the page: the likely one, and another', async () => {
    const page = await pageAt(await linkFor(sandbox));
    expect(page).toContain('name="account" value="ada@example.com"');
    expect(page).toContain('such as ada@home.example');
  });

  it('is the one that was entered, or else the likely one, or the one before', async () => {
    expect(await consentWith({})).toBe('ada@example.com');
    expect(await consentWith({ account: 'ada@home.example' })).toBe('ada@home.example');
    expect(await consentWith({ account: '<b>me</b>' })).toBe('<b>me</b>');
    expect(await consentWith({ account: ' ' })).toBe('<b>me</b>');
  });

  it('is offered again the next time, escaped, as the first choice', async () => {
    await consentWith({ account: '<b>me</b>' });
    expect(await pageAt(await linkFor(sandbox))).toContain('name="account" value="&lt;b&gt;me&lt;/b&gt;"');
  });

  it('changes only when the new consent is verified', async () => {
    await consentWith({});
    sandbox.control.setVerification('custom');
    const request = { ...ada, userVerifyUrl };
    const { link } = await sandbox.actions.getAuthorizationLink(request);
    const back = await submit(link, { outcome: 'allow', account: 'ada@home.example' });
    const providerAccount = () => sandbox.control.account('gmail', ada.identifier)?.providerAccount;
    expect(providerAccount()).toBe('ada@example.com');
    await sandbox.actions.verifyConnectedAccountUser({
      authRequestId: returned(back).auth_request_id ?? '',
      identifier: ada.identifier,
    });
    expect(providerAccount()).toBe('ada@home.example');
  });
});

describe('consent when nobody is verified', () => {
  const sandbox = useSandbox({ verification: 'none' });

  it('activates for anybody, and brings no browser back although the app asked for it', async () => {
    const done = destination(await submit(await linkFor(sandbox), { outcome: 'allow' }));
    expect(done.origin).toBe(sandbox.url);
    expect(sandbox.control.account('gmail', ada.identifier)?.status).toBe('ACTIVE');
  });

  it('activates for who is not signed in to Scalekit, where the other mode does not', async () => {
    const answer = async () => {
      const done = await submit(await linkFor(sandbox), { outcome: 'not_scalekit_user' });
      return { page: (await fetch(destination(done))).status, status: statusNow() };
    };
    const statusNow = () => sandbox.control.account('gmail', ada.identifier)?.status;
    expect(await answer()).toEqual({ page: 200, status: 'ACTIVE' });
    sandbox.control.setVerification('scalekit');
    expect(await answer()).toEqual({ page: 403, status: 'PENDING_AUTH' });
    expect(await pageAt(await linkFor(sandbox))).toContain('Not signed in to Scalekit');
  });
});

describe('a link for an account that does not exist', () => {
  const sandbox = useSandbox();

  it('makes the account, or is refused: the operator of the sandbox chooses', async () => {
    sandbox.control.setLinkMakesAccount(false);
    await expect(sandbox.actions.getAuthorizationLink(ada)).rejects.toMatchObject({
      grpcStatus: Code.NotFound,
    });
    sandbox.control.setLinkMakesAccount(true);
    const { link } = await sandbox.actions.getAuthorizationLink(ada);
    expect(await pageAt(link)).toContain('ada@example.com');
    expect(sandbox.control.account('gmail', ada.identifier)?.status).toBe('PENDING_AUTH');
    const nowhere = { ...ada, connectionName: 'nowhere' };
    await expect(sandbox.actions.getAuthorizationLink(nowhere)).rejects.toMatchObject({
      grpcStatus: Code.NotFound,
    });
  });
});
