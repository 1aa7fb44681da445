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

  it.each([false, 'false', undefined, 1, null])('is no e-mail address that is not: %j', (verified) => {
    const claims = { sub: '1', email: 'ada@example.com', email_verified: verified };
    expect(refusalOf([claims], byEmail)).toBe('email_unverified');
  });

  it('is never put together of an address and a verification from different documents', () => {
    expect(refusalOf([{ email: 'boss@example.com' }, { email_verified: true }], byEmail)).toBe(
      'email_unverified',
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

describe('userinfo', () => {
  it('is asked for only when the ID token leaves something out', () => {
    const complete = { sub: '1', name: 'Ada', email: 'ada@example.com', email_verified: true };
    const roles = { ...nobody, claim: { name: 'groups', adminValue: 'admins', viewerValue: null } };
    expect(lacksClaims(complete, rules)).toBe(false);
    expect(lacksClaims({ sub: '1' }, rules)).toBe(true);
    expect(lacksClaims(complete, { ...rules, roles })).toBe(true);
  });
});
