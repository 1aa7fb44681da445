import { ConnectionType } from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import { toAccount, toConnection, toKind, toLink } from '../../../server/scalekit/answers.js';
import { attacks, describe, expect, it } from '../../support/jest.js';

const account = { id: 'ca_1', connector: 'gmail', identifier: 'maria', status: 1 };
const connection = {
  id: 'conn_1',
  connectionName: 'gmail',
  provider: 'GMAIL',
  type: 'OAUTH',
  status: 'COMPLETED',
  enabled: true,
};

describe('the translation of an account', () => {
  it.each([
    [0, 'unknown'],
    [1, 'active'],
    [2, 'expired'],
    [3, 'pending_auth'],
    [4, 'pending_verification'],
    [5, 'disconnected'],
    [6, 'unknown'],
  ])('reads the status %i as %s', (status, expected) => {
    expect(toAccount({ ...account, status }).status).toBe(expected);
  });

  it('gives times as epoch milliseconds, and null for none and for the zero time', () => {
    expect(
      toAccount({
        ...account,
        updatedAt: { seconds: 1_700_000_000n, nanos: 123_999_999 },
        lastUsedAt: { seconds: -62_135_596_800n, nanos: 0 },
      }),
    ).toMatchObject({ updatedAt: 1_700_000_000_123, lastUsedAt: null, tokenExpiresAt: null });
  });

  it('leaves credentials behind', () => {
    attacks('no-provider-tokens');
    const row = { ...account, authorizationDetails: { accessToken: 'secret' } };
    expect(Object.keys(toAccount(row))).toEqual([
      'id',
      'connectionName',
      'identifier',
      'status',
      'updatedAt',
      'lastUsedAt',
      'tokenExpiresAt',
    ]);
  });
});

describe('the translation of a connection', () => {
  it('has a kind for every type that the SDK knows', () => {
    const types = Object.values(ConnectionType).filter((type) => typeof type === 'string');
    const kinds = Object.fromEntries(types.map((type) => [type, toKind(type)]));
    expect(kinds).toEqual({
      INVALID: 'other',
      OAUTH: 'oauth',
      OIDC: 'oauth',
      SMART_FHIR: 'oauth',
      TRELLO_OAUTH1: 'oauth',
      API_KEY: 'static',
      BASIC: 'static',
      BEARER: 'static',
      NO_AUTH: 'none',
      GOOGLE_DWD: 'backend',
      OAUTH_M2M: 'backend',
      TRUSTED_IDP: 'backend',
      SAML: 'sign_in',
      PASSWORD: 'sign_in',
      PASSWORDLESS: 'sign_in',
      WEBAUTHN: 'sign_in',
    });
  });

  it.each(['99', 'toString', ''])('does not guess the kind of the type "%s"', (type) => {
    expect(toKind(type)).toBe('other');
  });

  it.each([
    ['COMPLETED', true, true],
    ['CONNECTION_STATUS_UNSPECIFIED', true, true],
    ['DRAFT', true, false],
    ['IN_PROGRESS', true, false],
    ['COMPLETED', false, false],
  ])('takes %s with enabled=%s as enabled=%s', (status, enabled, expected) => {
    expect(toConnection({ ...connection, status, enabled }).enabled).toBe(expected);
  });
});

describe('the check of a link', () => {
  const real = 'https://acme.scalekit.com';
  const local = 'http://127.0.0.1:3001';

  it('takes https from anywhere, and plain http only on this machine when Scalekit is there too', () => {
    attacks('links-are-https');
    expect(toLink({ link: 'https://acme.scalekit.com/m/1' }, real)?.link).toBe(
      'https://acme.scalekit.com/m/1',
    );
    expect(toLink({ link: 'http://localhost:3001/m/1' }, local)?.link).toBe('http://localhost:3001/m/1');
    expect(toLink({ link: 'http://[::1]:3001/m/1' }, local)?.link).toBe('http://[::1]:3001/m/1');
  });

  it.each([
    ['http://localhost:3001/m/1', real],
    ['http://evil.example/', local],
    ['http://127.0.0.1.evil.example/', local],
    ['javascript:alert(1)', local],
    ['//evil.example/', real],
    ['/m/1', real],
    ['', real],
  ])('refuses %s from %s', (link, environmentUrl) => {
    attacks('links-are-https');
    expect(toLink({ link }, environmentUrl)).toBeNull();
  });

  it('gives the expiry in epoch milliseconds', () => {
    const expiry = { seconds: 1_700_000_000n, nanos: 0 };
    expect(toLink({ link: `${real}/m/1`, expiry }, real)?.expiresAt).toBe(1_700_000_000_000);
    expect(toLink({ link: `${real}/m/1` }, real)?.expiresAt).toBeNull();
  });
});
