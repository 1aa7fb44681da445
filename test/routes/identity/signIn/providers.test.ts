import { type Forgery, type ForgingIssuer, startForgingIssuer } from '../../../support/forgingIssuer.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '../../../support/jest.js';
import { createMemoryGateway } from '../../../support/memoryGateway.js';
import { headingOf } from '../../../support/openidApp.js';
import { Surfer } from '../../../support/surfer.js';
import { startTestApp, type TestApp } from '../../../support/testApp.js';

let issuer: ForgingIssuer;
let app: TestApp;
let surfer: Surfer;

beforeAll(async () => {
  issuer = await startForgingIssuer();
});

afterEach(async () => {
  await app.close();
});

afterAll(async () => {
  await issuer.close();
});

/** Signs in at an issuer that tells what a provider tells. @returns where that leads */
async function signIn(tells: Forgery, env: Readonly<Record<string, string>> = {}) {
  app = await startTestApp({ gateway: createMemoryGateway(), env: { ...issuer.env, ...env } });
  return again(tells);
}

async function again(tells: Forgery) {
  issuer.forge(tells);
  surfer = new Surfer();
  return surfer.submit(await surfer.go(`${app.url}/sign-in`), 'Sign in');
}

/** Who is signed in, and how the app knows them. */
async function known() {
  const users = await app.deps.db
    .selectFrom('users')
    .select(['identifier', 'displayName', 'email'])
    .execute();
  const admin = (await surfer.go(`${app.url}/admin`)).status;
  return { ...users[0], isAdmin: admin === 200 };
}

const ada = { identifier: 'ada@example.com', displayName: 'Ada Lovelace', email: 'ada@example.com' };

const tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const otherTenant = '0d9bd7c8-1f1c-4b0e-9d5a-6f1f6f0b8b11';
const admins = '3f2b9d52-60ab-4d0c-a1a1-16d7f1d5f0aa';

/** A work account of Entra, by its v2.0 endpoint: no `email_verified`, groups by their ids. */
const entra = {
  aio: 'AXQAi/8TAAAA',
  email: 'Ada@example.com',
  groups: [admins],
  name: 'Ada Lovelace',
  oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
  preferred_username: 'Ada@example.com',
  rh: 'I',
  sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
  tid: tenant,
  uti: 'fqiBqXLPj0eQa82S-IYFAA',
  ver: '2.0',
};
const byGroups = { OIDC_ROLE_CLAIM: 'groups', OIDC_ADMIN_VALUE: admins };
const byEmail = { OIDC_IDENTIFIER_CLAIM: 'email' };

describe('Entra', () => {
  it('verifies no address, so it is taken only where the operator trusts it', async () => {
    const { text } = await signIn({ claims: entra }, byEmail);
    expect(text).toContain('the sign-in service does not say whether it is verified');
    await app.close();
    await signIn({ claims: entra }, { ...byEmail, ...byGroups, OIDC_EMAIL_TRUSTED: 'true' });
    expect(await known()).toEqual({ ...ada, isAdmin: true, email: 'Ada@example.com' });
  });

  it('is not trusted where it says that an address is not verified', async () => {
    const tells = { claims: { ...entra, email_verified: false } };
    const landing = await signIn(tells, { ...byEmail, OIDC_EMAIL_TRUSTED: 'true' });
    expect(headingOf(landing)).toBe('Your e-mail address is not verified');
  });

  it('is known by its object id, with no address for mail', async () => {
    await signIn({ claims: entra }, { OIDC_IDENTIFIER_CLAIM: 'oid' });
    expect(await known()).toEqual({
      identifier: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
      displayName: 'Ada Lovelace',
      email: null,
      isAdmin: false,
    });
  });

  it.each([true, 1, '1'])('has no word in another issuer’s tokens: xms_edov %j', async (edov) => {
    const { text } = await signIn({ claims: { ...entra, xms_edov: edov } }, byEmail);
    expect(text).toContain('the sign-in service does not say whether it is verified');
  });

  it('leaves groups out of which there are many: the user and the operator are told, and nobody is a user in silence', async () => {
    const { groups: _, ...rest } = entra;
    const claims = {
      ...rest,
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: 'https://graph.windows.net/getMemberObjects' } },
    };
    const landing = await signIn({ claims }, byGroups);
    const told =
      'Your sign-in service did not say which rights you have here, so you may have fewer than you should. If so, please tell your administrator.';
    expect(landing.text).toContain(told);
    expect((await surfer.go(`${app.url}/connections`)).text).not.toContain(told);
    expect((await surfer.go(`${app.url}/account`)).text).toContain(told);
    const refused = await surfer.go(`${app.url}/admin`);
    expect([refused.status, refused.text.includes(told)]).toEqual([403, true]);
    expect(app.logLines().some(({ msg }) => String(msg).includes('did not tell the roles of a user'))).toBe(
      true,
    );
    const events = await app.deps.db.selectFrom('auditEvents').select(['type', 'detail']).execute();
    expect(events).toContainEqual({ type: 'user.signed_in', detail: 'the provider did not tell the roles' });
  });
});

describe('an issuer of many tenants', () => {
  const env = () => ({
    OIDC_ISSUER_URL: `${issuer.url}/organizations/v2.0`,
    OIDC_TENANTS: `${otherTenant.replace('0', '1')},${tenant}`,
    OIDC_IDENTIFIER_CLAIM: 'oid',
  });
  const settings = () => ({
    issuer: `${issuer.url}/{tenantid}/v2.0`,
    authorization_response_iss_parameter_supported: false,
  });
  const tokenOf = (tid: string, more: object = {}) => ({
    settings: settings(),
    claims: { ...entra, tid, iss: `${issuer.url}/${tid}/v2.0`, ...more },
  });

  it('signs the users of the named tenants in, each by the issuer of their own', async () => {
    expect((await signIn(tokenOf(tenant), env())).url).toBe(`${app.url}/connections`);
    const subjects = await app.deps.db.selectFrom('providerSubjects').select('issuer').execute();
    expect(subjects).toEqual([{ issuer: `${issuer.url}/${tenant}/v2.0` }]);
  });

  it('signs nobody of another tenant in', async () => {
    const landing = await signIn(tokenOf(otherTenant), env());
    expect([headingOf(landing), landing.status]).toEqual(['Your organization has no access', 403]);
    const events = await app.deps.db.selectFrom('auditEvents').select(['type', 'detail']).execute();
    expect(events).toEqual([{ type: 'user.sign_in_refused', detail: `other_tenant: tid ${otherTenant}` }]);
  });

  it.each<[string, () => Forgery]>([
    ['of a tenant in the name of another', () => tokenOf(otherTenant, { tid: tenant })],
    ['that names no tenant', () => tokenOf(tenant, { tid: undefined })],
    ['whose issuer is that of the settings', () => tokenOf(tenant, { iss: `${issuer.url}/{tenantid}/v2.0` })],
    ['whose tenant leads elsewhere', () => tokenOf('../evil', {})],
    ['signed by another key', () => ({ ...tokenOf(tenant), otherKey: true })],
    ['with the nonce of another try', () => tokenOf(tenant, { nonce: 'of-another-try' })],
  ])('takes no token %s', async (_, tells) => {
    expect(headingOf(await signIn(tells(), env()))).toBe('You are not signed in');
    expect(await app.deps.db.selectFrom('users').selectAll().execute()).toEqual([]);
  });

  it('lets nobody in while no tenants are named', async () => {
    issuer.forge({ settings: settings() });
    app = await startTestApp({
      gateway: createMemoryGateway(),
      env: { ...issuer.env, ...env(), OIDC_TENANTS: '' },
    });
    const page = await new Surfer().go(`${app.url}/sign-in`);
    expect(headingOf(page)).toBe('Sign-in is not possible right now');
  });

  it('asks for tokens once', async () => {
    issuer.tokensAsked();
    await signIn(tokenOf(tenant), env());
    expect(issuer.tokensAsked()).toBe(1);
  });
});

/** What the others tell, with the settings that their pages in the docs name. */
const shapes: Readonly<Record<string, { tells: Forgery; env: Readonly<Record<string, string>> }>> = {
  Google: {
    tells: {
      claims: {
        at_hash: undefined,
        azp: 'connect',
        email: 'ada@example.com',
        email_verified: true,
        hd: 'example.com',
        name: 'Ada Lovelace',
        picture: 'https://lh3.googleusercontent.com/a/x',
        sub: '110169484474386276334',
      },
      settings: { end_session_endpoint: undefined },
    },
    env: { ...byEmail, ADMIN_IDENTIFIERS: 'ada@example.com' },
  },
  'Okta, whose ID token is thin': {
    tells: {
      claims: { amr: ['pwd'], idp: '00o1', name: undefined, sub: '00uid4BxXw6I6TV4m0g3', ver: 1 },
      userInfo: {
        email: 'ada@example.com',
        email_verified: true,
        groups: ['Everyone', 'connect-admins'],
        name: 'Ada Lovelace',
        zoneinfo: 'America/Los_Angeles',
      },
    },
    env: { ...byEmail, OIDC_ROLE_CLAIM: 'groups', OIDC_ADMIN_VALUE: 'connect-admins' },
  },
  'Auth0, with roles under a name that is an address': {
    tells: {
      claims: {
        email: 'ada@example.com',
        email_verified: true,
        'https://example.com/roles': ['connect admin'],
        name: 'Ada Lovelace',
        sid: 'SsMuHjTHwmN1EOJoXSZ2',
        sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
      },
    },
    env: { ...byEmail, OIDC_ROLE_CLAIM: 'https://example.com/roles', OIDC_ADMIN_VALUE: 'connect admin' },
  },
  'Keycloak, with roles on a path': {
    tells: {
      claims: {
        acr: '1',
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada Lovelace',
        preferred_username: 'ada',
        realm_access: { roles: ['offline_access', 'connect-admin'] },
        sid: '5dcd4ae6-fa75-4d8a-b1b6-7e1c8e2ecf1b',
        sub: 'f:2a7b:ada',
        typ: 'ID',
      },
      settings: { backchannel_logout_supported: true, userinfo_endpoint: null },
    },
    env: { ...byEmail, OIDC_ROLE_CLAIM: 'realm_access.roles', OIDC_ADMIN_VALUE: 'connect-admin' },
  },
  'Keycloak, with roles of a client whose name has dots': {
    tells: {
      claims: {
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada Lovelace',
        resource_access: { 'connect.example.com': { roles: ['admin'] } },
      },
    },
    env: {
      ...byEmail,
      OIDC_ROLE_CLAIM: 'resource_access.connect.example.com.roles',
      OIDC_ADMIN_VALUE: 'admin',
    },
  },
  'Cognito, where userinfo says true as a text': {
    tells: {
      claims: {
        'cognito:groups': ['connect-admins'],
        'cognito:username': 'ada',
        email: 'ada@example.com',
        name: undefined,
        sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
        token_use: 'id',
      },
      userInfo: { email: 'ada@example.com', email_verified: 'true', name: 'Ada Lovelace', username: 'ada' },
    },
    env: { ...byEmail, OIDC_ROLE_CLAIM: 'cognito:groups', OIDC_ADMIN_VALUE: 'connect-admins' },
  },
  'authentik, with a mapping that verifies addresses': {
    tells: {
      claims: {
        acr: 'goauthentik.io/providers/oauth2/default',
        amr: ['pwd'],
        email: 'ada@example.com',
        email_verified: true,
        groups: ['authentik Admins'],
        name: 'Ada Lovelace',
        nickname: 'ada',
        sub: '6ffd5a8d3e8d4fd3a1f2',
        uid: 'x',
      },
    },
    env: { ...byEmail, OIDC_ROLE_CLAIM: 'groups', OIDC_ADMIN_VALUE: 'authentik Admins' },
  },
};

describe('everybody else', () => {
  it.each(Object.entries(shapes))('is known, and an admin: %s', async (_, { tells, env }) => {
    expect((await signIn(tells, env)).url).toBe(`${app.url}/connections`);
    expect(await known()).toEqual({ ...ada, isAdmin: true });
  });

  it('is refused where authentik says that it verified no address, whatever is trusted', async () => {
    const claims = { email: 'ada@example.com', email_verified: false };
    const landing = await signIn({ claims }, { ...byEmail, OIDC_EMAIL_TRUSTED: 'true' });
    expect(headingOf(landing)).toBe('Your e-mail address is not verified');
  });
});

describe('userinfo that is refused', () => {
  it.each([401, 403, 500])('does not keep from signing in who is known without it: %i', async (status) => {
    const landing = await signIn({ userInfoStatus: status });
    expect(landing.url).toBe(`${app.url}/connections`);
    expect(app.logLines().some(({ msg }) => String(msg).includes('refused userinfo'))).toBe(true);
  });

  it('makes nobody a user in silence where it would tell the role', async () => {
    const landing = await signIn({ userInfoStatus: 403 }, { ...byGroups });
    expect(landing.text).toContain('did not say which rights you have here');
  });

  it('keeps out who is not known without it', async () => {
    const landing = await signIn({ userInfoStatus: 403 }, byEmail);
    expect(headingOf(landing)).toBe('You can’t be signed in');
    expect(landing.text).toContain('The sign-in service did not tell us who you are.');
  });
});

describe('signing out', () => {
  it.each([null, '', 42, 'javascript:alert(1)', 'not an address'])(
    'ends here where the provider offers nothing that leads anywhere: %j',
    async (end_session_endpoint) => {
      await signIn({ settings: { end_session_endpoint } });
      const page = await surfer.go(`${app.url}/connections`);
      expect((await surfer.submit(page, 'Sign out')).url).toBe(`${app.url}/sign-in`);
    },
  );
});
