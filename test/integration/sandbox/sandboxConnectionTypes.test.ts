import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import {
  AuthorizationDetailsSchema,
  ConnectorStatus,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { describe, expect, it } from '../../support/jest.js';
import { submit, useSandbox } from '../../unit/sandbox/harness.js';

type Type = NonNullable<Parameters<ReturnType<typeof useSandbox>['control']['setConnection']>[1]['type']>;

const key = { connectionName: 'new', identifier: 'ada@example.com' };
const noToken = create(AuthorizationDetailsSchema, { details: { case: 'oauthToken', value: {} } });

const byConsent: Type[] = ['OAUTH', 'OIDC', 'TRELLO_OAUTH1', 'SMART_FHIR', 'UNKNOWN'];
const byForm: Type[] = ['API_KEY', 'BASIC', 'BEARER'];
const byBackend: Type[] = ['GOOGLE_DWD', 'TRUSTED_IDP', 'OAUTH_M2M'];
const forSignIn: Type[] = ['SAML', 'PASSWORD', 'PASSWORDLESS', 'WEBAUTHN'];

describe('the types of connections in the sandbox', () => {
  const sandbox = useSandbox();
  const listed = async () => {
    const { connections } = await sandbox.actions.listConnections({ pageSize: 30 });
    return connections.find(({ connectionName }) => connectionName === 'new');
  };
  const make = (type: Type) => {
    sandbox.control.setConnection('new', { type, scopes: ['read'] });
    return sandbox.actions.createConnectedAccount({ ...key, authorizationDetails: noToken });
  };
  const status = () => sandbox.control.account('new', key.identifier)?.status;

  it.each([...byConsent, ...byForm, ...byBackend, ...forSignIn, 'NO_AUTH'] as const)(
    'are listed by the names that the SDK has for them: %s',
    async (type) => {
      sandbox.control.setConnection('new', { type });
      // The SDK has no name for a number that it does not know, and hands on the number.
      expect(await listed()).toMatchObject({ type: type === 'UNKNOWN' ? '999' : type });
    },
  );

  it.each(byConsent)('ask for a consent: %s', async (type) => {
    const { connectedAccount } = await make(type);
    expect(connectedAccount?.status).toBe(ConnectorStatus.PENDING_AUTH);
    sandbox.control.setVerification('none');
    const { link } = await sandbox.actions.getAuthorizationLink(key);
    expect(await (await fetch(link)).text()).toContain('Allow');
    await submit(link, { outcome: 'allow' });
    expect(status()).toBe('ACTIVE');
  });

  it.each(byForm)('ask for credentials in a form: %s', async (type) => {
    await make(type);
    const { link } = await sandbox.actions.getAuthorizationLink(key);
    const page = await (await fetch(link)).text();
    expect(page).not.toContain('Allow');
    const fields = [...page.matchAll(/name="(api_key|username|password|token)"/g)].map(([, name]) => name);
    await submit(link, Object.fromEntries(fields.map((name) => [String(name), 'x'])));
    expect(status()).toBe('ACTIVE');
  });

  it('need nothing where nothing is to be authorized: an account is active as soon as it exists', async () => {
    const { connectedAccount } = await make('NO_AUTH');
    expect(connectedAccount?.status).toBe(ConnectorStatus.ACTIVE);
    await expect(sandbox.actions.getAuthorizationLink(key)).rejects.toMatchObject({
      grpcStatus: Code.FailedPrecondition,
    });
  });

  it.each(byBackend)('have no link where a backend makes the accounts: %s', async (type) => {
    const { connectedAccount } = await make(type);
    expect(connectedAccount?.status).toBe(ConnectorStatus.PENDING_AUTH);
    await expect(sandbox.actions.getAuthorizationLink(key)).rejects.toMatchObject({
      grpcStatus: Code.FailedPrecondition,
      message: expect.stringContaining(type),
    });
    sandbox.control.setAccount({ ...key, status: 'ACTIVE' });
    expect(status()).toBe('ACTIVE');
  });

  it.each(forSignIn)('have no accounts where they are for signing in: %s', async (type) => {
    await expect(make(type)).rejects.toMatchObject({ grpcStatus: Code.FailedPrecondition });
    expect(status()).toBeUndefined();
  });
});

describe("accounts that the operator's backend brings to the sandbox", () => {
  const sandbox = useSandbox();
  const credentials = {
    OAUTH: { case: 'oauthToken', value: { accessToken: 'imported', refreshToken: 'imported' } },
    API_KEY: { case: 'staticAuth', value: { details: { api_key: 'imported' } } },
    GOOGLE_DWD: { case: 'googleDwd', value: { subject: 'ada@example.com' } },
    TRUSTED_IDP: { case: 'trustedIdp', value: { dbUser: 'ada' } },
    OAUTH_M2M: { case: 'oauthToken', value: { accessToken: 'imported' } },
  } as const;
  const cases = Object.entries(credentials) as [keyof typeof credentials, (typeof credentials)['OAUTH']][];
  const imported = (details: (typeof credentials)['OAUTH']) => ({
    ...key,
    authorizationDetails: create(AuthorizationDetailsSchema, { details }),
  });

  it.each(cases)('are active at once, without a user: %s', async (type, details) => {
    sandbox.control.setConnection('new', { type });
    const { connectedAccount } = await sandbox.actions.createConnectedAccount(imported(details));
    expect(connectedAccount?.status).toBe(ConnectorStatus.ACTIVE);
  });

  it.each(cases)('become active with an update, whatever they were: %s', async (type, details) => {
    sandbox.control.setConnection('new', { type });
    for (const before of ['PENDING_AUTH', 'EXPIRED', 'DISCONNECTED'] as const) {
      sandbox.control.setAccount({ ...key, status: before });
      const { connectedAccount } = await sandbox.actions.updateConnectedAccount(imported(details));
      expect(connectedAccount?.status).toBe(ConnectorStatus.ACTIVE);
    }
  });
});
