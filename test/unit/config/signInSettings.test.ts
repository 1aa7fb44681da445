import { readConfig } from '../../../server/config/config.js';
import { attacks, describe, expect, it } from '../../support/jest.js';
import { type Env, faultsOf, faultyNames } from './configFaults.js';

const oidc: Env = {
  AUTH_MODE: 'oidc',
  OIDC_ISSUER_URL: 'https://id.example.com/tenant/',
  OIDC_CLIENT_ID: 'connect',
};

const production: Env = {
  HOST: '0.0.0.0',
  PUBLIC_URL: 'https://connect.example.com',
  SESSION_SECRET: 'a-secret-that-is-long-enough-0123456789',
  TRUST_PROXY: '1',
  SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.dev',
  SCALEKIT_CLIENT_ID: 'skc_1',
  SCALEKIT_CLIENT_SECRET: 'sk-very-secret',
};

const tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47';

describe('the way of signing in', () => {
  it.each<[string, Env, string]>([
    ['on loopback, the one without a password', {}, 'development'],
    ['off loopback, none', production, 'none'],
    ['on loopback, a provider when that is asked for', oidc, 'oidc'],
    ['off loopback, a provider when that is asked for', { ...production, ...oidc }, 'oidc'],
    [
      'the one without a password when that is asked for',
      { ...oidc, AUTH_MODE: 'development' },
      'development',
    ],
  ])('is, %s', (_, env, mode) => {
    expect(readConfig(env).signIn.mode).toBe(mode);
  });

  it('takes the issuer as it is written, and has a default for the rest', () => {
    expect(readConfig(oidc).signIn).toEqual({
      mode: 'oidc',
      openid: {
        issuerUrl: 'https://id.example.com/tenant/',
        clientId: 'connect',
        clientSecret: null,
        scopes: 'openid profile email',
        identifierClaim: 'sub',
        nameClaim: 'name',
        emailTrusted: false,
        tenants: null,
      },
    });
  });
});

describe('faults', () => {
  it('are a provider that is asked for and not named', () => {
    expect(faultyNames({ AUTH_MODE: 'oidc' })).toEqual(['OIDC_ISSUER_URL', 'OIDC_CLIENT_ID']);
  });

  it.each([
    ['https://login.microsoftonline.com/common/v2.0', 'OIDC_TENANTS'],
    ['https://login.microsoftonline.com/organizations/v2.0', 'OIDC_TENANTS'],
    ['https://login.microsoftonline.us/Organizations/v2.0/', 'OIDC_TENANTS'],
    ['https://login.microsoftonline.com/common/', 'OIDC_TENANTS'],
    ['https://login.microsoftonline.com/consumers/v2.0', undefined],
    [`https://login.microsoftonline.com/${tenant}/v2.0`, undefined],
    ['https://id.example.com/common/v2.0', undefined],
  ])('are the users of any tenant: at %s', (url, name) => {
    const env = { ...oidc, OIDC_ISSUER_URL: url };
    expect(faultyNames(env)).toEqual(name === undefined ? [] : [name]);
    expect(faultyNames({ ...env, OIDC_TENANTS: tenant.toUpperCase() })).toEqual([]);
  });

  it.each(['contoso.onmicrosoft.com', '*', `${tenant},`, 'common'])(
    'are no ids of tenants: %s',
    (tenants) => {
      expect(faultyNames({ ...oidc, OIDC_TENANTS: tenants })).toEqual(['OIDC_TENANTS']);
    },
  );

  it('are addresses that count unverified where one tenant could name those of another', () => {
    const env = { ...oidc, OIDC_EMAIL_TRUSTED: 'true' };
    expect(faultyNames(env)).toEqual([]);
    expect(faultyNames({ ...env, OIDC_TENANTS: tenant })).toEqual(['OIDC_EMAIL_TRUSTED']);
    const common = { ...env, OIDC_ISSUER_URL: 'https://login.microsoftonline.com/common/v2.0' };
    expect(faultyNames(common)).toEqual(['OIDC_TENANTS', 'OIDC_EMAIL_TRUSTED']);
  });

  it('are a provider that is named and not asked for', () => {
    const { AUTH_MODE: _, ...named } = oidc;
    expect(faultsOf(named)).toEqual(['AUTH_MODE must be oidc for OIDC_ISSUER_URL to have an effect']);
  });

  it('are the sign-in without a password off loopback', () => {
    attacks('sandbox-on-loopback');
    expect(faultyNames({ ...production, AUTH_MODE: 'development' })).toEqual(['AUTH_MODE']);
    const { PUBLIC_URL: _, ...here } = production;
    for (const away of [{ HOST: '0.0.0.0' }, { ...production, HOST: '127.0.0.1' }]) {
      const env = { ...here, NODE_ENV: 'development', AUTH_MODE: 'development', ...away };
      expect(faultyNames(env)).toContain('AUTH_MODE');
    }
  });

  it.each([
    ['AUTH_MODE', 'saml'],
    ['OIDC_ISSUER_URL', 'http://id.example.com'],
    ['OIDC_ISSUER_URL', 'http://127.0.0.1.evil.example'],
    ['OIDC_ISSUER_URL', 'https://user:pass@id.example.com'],
    ['OIDC_ISSUER_URL', 'https://id.example.com/?x=1'],
    ['OIDC_ISSUER_URL', 'id.example.com'],
    ['OIDC_SCOPES', 'profile email'],
    ['OIDC_SCOPES', 'openid2 profile'],
    ['OIDC_SCOPES', 'openid,profile'],
    ['OIDC_IDENTIFIER_CLAIM', 'a claim'],
    ['ADMIN_IDENTIFIERS', `ada, ${'x'.repeat(101)}`],
    ['VIEWER_IDENTIFIERS', 'ada\u202e'],
    ['SESSION_IDLE_MINUTES', '1'],
    ['SESSION_MAX_HOURS', '0'],
  ])('are %s=%s', (name, value) => {
    expect(faultyNames({ ...oidc, [name]: value })).toEqual([name]);
  });

  it('are a role claim without a value, and a value without a role claim', () => {
    expect(faultyNames({ ...oidc, OIDC_ROLE_CLAIM: 'roles' })).toEqual(['OIDC_ADMIN_VALUE']);
    expect(faultyNames({ ...oidc, OIDC_VIEWER_VALUE: 'x' })).toEqual(['OIDC_ROLE_CLAIM']);
  });

  it('never hold the secret', () => {
    const secret = 'a-client-secret-0123456789';
    expect(faultsOf({ AUTH_MODE: 'oidc', OIDC_CLIENT_SECRET: secret }).join()).not.toContain(secret);
  });
});

it('takes a plain http issuer on loopback, lists of identifiers, and limits of sessions', () => {
  const config = readConfig({
    ...oidc,
    OIDC_ISSUER_URL: 'http://localhost:4000',
    ADMIN_IDENTIFIERS: 'ada@example.com, ,bob',
    OIDC_ROLE_CLAIM: 'https://example.com/roles',
    OIDC_ADMIN_VALUE: 'boss',
    SESSION_IDLE_MINUTES: '30',
    SESSION_MAX_HOURS: '8',
  });
  expect(config.signIn).toMatchObject({ openid: { issuerUrl: 'http://localhost:4000' } });
  expect(config.roles).toEqual({
    adminIdentifiers: ['ada@example.com', 'bob'],
    viewerIdentifiers: [],
    claim: { name: 'https://example.com/roles', adminValue: 'boss', viewerValue: null },
  });
  expect(config.sessionLimits).toEqual({ idleMs: 1_800_000, maxMs: 28_800_000 });
});
