import {
  type ClaimRules,
  type Claims,
  identityOf,
  lacksClaims,
} from '../../../../server/identity/signIn/claims.js';
import { SignInRefusal } from '../../../../server/identity/signIn/signInFailures.js';
import { canonicalIdentifier } from '../../../../server/kernel/identifier.js';
import { describe, expect, it } from '../../../support/jest.js';

const nobody = { adminIdentifiers: [], viewerIdentifiers: [], claim: null };
const rules: ClaimRules = {
  identifierClaim: 'sub',
  nameClaim: 'name',
  emailTrusted: false,
  roles: nobody,
  canonical: (identifier) => canonicalIdentifier(identifier, 'as-is'),
};
const byEmail: ClaimRules = { ...rules, identifierClaim: 'email' };

function refusalOf(documents: readonly Claims[], of: ClaimRules): string {
  try {
    identityOf(documents, of);
  } catch (error) {
    if (error instanceof SignInRefusal) return error.code;
    throw error;
  }
  return 'none';
}

describe('the identifier', () => {
  it('is the configured claim, of the ID token before userinfo', () => {
    const login = { ...rules, identifierClaim: 'login' };
    expect(identityOf([{ sub: '1' }, { login: 'ada' }], login).user.identifier).toBe('ada');
    expect(identityOf([{ login: 'token' }, { login: 'userinfo' }], login).user.identifier).toBe('token');
  });

  it.each([[undefined], [42], [null], [['ada']], [{}]])('is refused when the claim is %j', (sub) => {
    expect(refusalOf([{ sub }], rules)).toBe('claim_missing');
  });

  it.each(['', ' ', 'ada ', 'x'.repeat(101), 'ada\n', 'ada\u202e'])(
    'is refused when it can’t be used: %j',
    (sub) => {
      expect(refusalOf([{ sub }], rules)).toBe('identifier_unusable');
    },
  );

  it.each([true, 'true'])('is an e-mail address that is verified: %j', (verified) => {
    const claims = { sub: '1', email: 'ada@example.com', email_verified: verified };
    expect(identityOf([claims], byEmail).user.identifier).toBe('ada@example.com');
  });

  it.each([
    [false, 'email_unverified'],
    ['false', 'email_unverified'],
    [1, 'email_unverified'],
    [undefined, 'email_unsaid'],
    [null, 'email_unsaid'],
  ])('is no e-mail address that is not: %j', (verified, code) => {
    const claims = { sub: '1', email: 'ada@example.com', email_verified: verified };
    expect(refusalOf([claims], byEmail)).toBe(code);
  });

  it.each([
    [undefined, 'none'],
    [false, 'email_unverified'],
    ['false', 'email_unverified'],
  ])(
    'is an e-mail address that the operator trusts, unless it is said not to be verified: %j',
    (verified, code) => {
      const claims = { sub: '1', email: 'ada@example.com', email_verified: verified };
      expect(refusalOf([claims], { ...byEmail, emailTrusted: true })).toBe(code);
    },
  );

  it.each([
    ['https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0', true, 'none'],
    ['https://login.microsoftonline.us/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0', 1, 'none'],
    ['https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/', '1', 'none'],
    ['https://contoso.ciamlogin.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0', true, 'none'],
    ['https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0', false, 'email_unsaid'],
    ['https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0', 'yes', 'email_unsaid'],
    ['https://login.microsoftonline.com.evil.example/v2.0', true, 'email_unsaid'],
    ['https://evilciamlogin.com/v2.0', true, 'email_unsaid'],
    ['https://id.example.com', true, 'email_unsaid'],
    [undefined, true, 'email_unsaid'],
  ])('is an e-mail address whose domain is verified, where %s says so: %j', (iss, told, code) => {
    expect(refusalOf([{ iss, email: 'ada@example.com', xms_edov: told }], byEmail)).toBe(code);
    const denied = { iss, email: 'ada@example.com', xms_edov: told, email_verified: false };
    expect(refusalOf([denied], byEmail)).toBe('email_unverified');
  });

  it('is never put together of an address and a verification from different documents', () => {
    expect(refusalOf([{ email: 'boss@example.com' }, { email_verified: true }], byEmail)).toBe(
      'email_unsaid',
    );
    const told = { email: 'ada@example.com', email_verified: true };
    expect(identityOf([{ email: 'boss@example.com' }, told], byEmail).user.identifier).toBe(
      'ada@example.com',
    );
  });
});

describe('the address for mail', () => {
  it.each([
    'ada',
    'ada@example.com, bob@example.com',
    'Ada <ada@example.com>',
    'ada@example.com\r\nBcc: bob@example.com',
    'a@b@c',
    `${'x'.repeat(250)}@example.com`,
  ])('is none when a mail server would read it otherwise: %j', (email) => {
    expect(identityOf([{ sub: '1', email, email_verified: true }], rules).verifiedEmail).toBeNull();
  });

  it('is the verified one', () => {
    const claims = { sub: '1', email: 'ada+x@example.com', email_verified: true };
    expect(identityOf([claims], rules).verifiedEmail).toBe('ada+x@example.com');
  });
});

describe('roles', () => {
  const roles = {
    adminIdentifiers: ['root'],
    viewerIdentifiers: ['root', 'eve'],
    claim: { name: 'groups', adminValue: 'admins', viewerValue: 'readers' },
  };
  const roleOf = (claims: Claims) => identityOf([claims], { ...rules, roles }).user.role;

  it.each([
    [{ sub: 'root' }, 'admin'],
    [{ sub: 'eve' }, 'viewer'],
    [{ sub: 'eve', groups: ['admins'] }, 'admin'],
    [{ sub: 'x', groups: 'admins' }, 'admin'],
    [{ sub: 'x', groups: ['readers', 'admins'] }, 'admin'],
    [{ sub: 'x', groups: ['readers'] }, 'viewer'],
    [{ sub: 'x', groups: ['admins2', 7, null] }, 'user'],
    [{ sub: 'x', groups: { admins: true } }, 'user'],
    [{ sub: 'x', groups: 'admins readers' }, 'user'],
    [{ sub: 'Root' }, 'user'],
  ])('%j is %s', (claims, role) => {
    expect(roleOf(claims)).toBe(role);
  });
});

describe('the claim of roles', () => {
  const roleBy = (name: string, ...documents: Claims[]) => {
    const roles = {
      adminIdentifiers: [],
      viewerIdentifiers: [],
      claim: { name, adminValue: 'boss', viewerValue: null },
    };
    const [first = {}, ...rest] = documents;
    return identityOf([{ sub: 'x', ...first }, ...rest], { ...rules, roles }).user.role;
  };

  it.each<[string, Claims[], string]>([
    ['cognito:groups', [{ 'cognito:groups': ['boss'] }], 'admin'],
    ['https://example.com/roles', [{ 'https://example.com/roles': ['boss'] }], 'admin'],
    ['realm_access.roles', [{ realm_access: { roles: ['boss'] } }], 'admin'],
    ['realm_access.roles', [{}, { realm_access: { roles: ['boss'] } }], 'admin'],
    ['realm_access.roles', [{ 'realm_access.roles': ['staff'], realm_access: { roles: ['boss'] } }], 'user'],
    [
      'realm_access.roles',
      [{ realm_access: { roles: ['boss'] } }, { 'realm_access.roles': ['staff'] }],
      'user',
    ],
    ['a.b.c.roles', [{ a: { 'b.c': { roles: 'boss' } } }], 'admin'],
    ['a.b.c.roles', [{ 'a.b': { x: 1 }, a: { b: { c: { roles: 'boss' } } } }], 'admin'],
    ['realm_access.roles', [{ realm_access: ['boss'] }], 'user'],
    ['realm_access.length', [{ realm_access: 'boss' }], 'user'],
    ['constructor.name', [{}], 'user'],
    ['.roles', [{ '': { roles: 'boss' } }], 'user'],
    [`${'a.'.repeat(99)}a`, [{ a: { a: 1 } }], 'user'],
  ])('is found by its name, else on its path: %s in %j', (name, documents, role) => {
    expect(roleBy(name, ...documents)).toBe(role);
  });
});

describe('userinfo', () => {
  it('is asked for only when the ID token leaves something out', () => {
    const complete = { sub: '1', name: 'Ada', email: 'ada@example.com', email_verified: true };
    const roles = { ...nobody, claim: { name: 'groups', adminValue: 'admins', viewerValue: null } };
    expect(lacksClaims(complete, rules)).toBe(false);
    expect(lacksClaims({ sub: '1' }, rules)).toBe(true);
    expect(lacksClaims(complete, { ...rules, roles })).toBe(true);
  });
});
