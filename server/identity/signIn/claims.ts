import type { RoleRules } from '../../config/signInSettings.js';
import { identifierFault } from '../../kernel/identifier.js';
import { plainName } from '../../kernel/plainText.js';
import { type ProviderSubject, providerSessionKeyOf, subjectKeyOf } from '../../store/subjectStore.js';
import type { ProviderKeys, SignedInUser } from '../principal.js';
import { roleOf } from '../roles.js';
import { SignInRefusal } from './signInFailures.js';

/** The claims of one document: of an ID token, or of the provider's userinfo. */
export type Claims = Readonly<Record<string, unknown>>;

/** Which claims say what. */
export interface ClaimRules {
  readonly identifierClaim: string;
  readonly nameClaim: string;
  /** With identifiers in their canonical form. */
  readonly roles: RoleRules;
  /** The one spelling of an identifier. */
  canonical(identifier: string): string;
}

/** The user as the provider describes them. */
export interface Identity {
  readonly user: SignedInUser;
  /** The only address that mail may go to. */
  readonly verifiedEmail: string | null;
  /** Whom the identifier has to mean, or null where the identifier is the subject itself. */
  readonly subject: ProviderSubject | null;
  /** What the provider will call the user and its session by when it ends them. */
  readonly atProvider: ProviderKeys;
}

/** Some providers send the boolean as a string. */
const isVerified = (claims: Claims) => claims.email_verified === true || claims.email_verified === 'true';

/** The verified address; both of its claims have to come from the same document. */
function verifiedEmailIn(documents: readonly Claims[]): string | null {
  const found = documents.find((claims) => typeof claims.email === 'string' && isVerified(claims));
  return found === undefined ? null : String(found.email);
}

/** Whether a text is exactly one address, so that no mail server reads two in it. */
function deliverable(email: string | null): string | null {
  if (email === null || email.length > 254) return null;
  return /^[^\s@<>()[\],;:\\"\p{Cc}\p{Bidi_Control}]+@[^\s@<>()[\],;:\\"\p{Cc}\p{Bidi_Control}]+$/u.test(
    email,
  )
    ? email
    : null;
}

const claimIn = (documents: readonly Claims[], name: string): unknown =>
  documents.find((claims) => claims[name] !== undefined)?.[name];

function identifierIn(documents: readonly Claims[], claim: string): string {
  const value = claim === 'email' ? verifiedEmailIn(documents) : claimIn(documents, claim);
  if (typeof value === 'string') return value;
  const unverified = claim === 'email' && typeof claimIn(documents, claim) === 'string';
  throw new SignInRefusal(unverified ? 'email_unverified' : 'claim_missing', claim);
}

function toldRoles(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((entry) => typeof entry === 'string');
}

/** Both claims are in every ID token (OpenID Connect Core 1.0, section 2). */
const subjectIn = ([idToken = {}]: readonly Claims[]): ProviderSubject => ({
  issuer: String(idToken.iss),
  subject: String(idToken.sub),
});

function keysOf(subject: ProviderSubject, [idToken = {}]: readonly Claims[]): ProviderKeys {
  const { sid } = idToken;
  return {
    subjectHash: subjectKeyOf(subject),
    sessionHash: typeof sid === 'string' ? providerSessionKeyOf(subject.issuer, sid) : null,
  };
}

/**
 * Reads who somebody is.
 * @param documents the claims of the ID token first, then those of userinfo
 * @throws SignInRefusal when the claims hold no usable identifier
 */
export function identityOf(documents: readonly Claims[], rules: ClaimRules): Identity {
  const identifier = rules.canonical(identifierIn(documents, rules.identifierClaim));
  const fault = identifierFault(identifier);
  if (fault !== null) throw new SignInRefusal('identifier_unusable', fault);
  const subject = subjectIn(documents);
  const told = rules.roles.claim === null ? [] : toldRoles(claimIn(documents, rules.roles.claim.name));
  return {
    user: {
      identifier,
      displayName: plainName(claimIn(documents, rules.nameClaim)),
      role: roleOf(identifier, rules.roles, told),
    },
    verifiedEmail: deliverable(verifiedEmailIn(documents)),
    subject: rules.identifierClaim === 'sub' ? null : subject,
    atProvider: keysOf(subject, documents),
  };
}

/** Whether the ID token lacks a claim that userinfo may have. */
export function lacksClaims(idToken: Claims, rules: ClaimRules): boolean {
  const roleClaim = rules.roles.claim === null ? [] : [rules.roles.claim.name];
  const wanted = [rules.identifierClaim, rules.nameClaim, 'email', 'email_verified', ...roleClaim];
  return wanted.some((name) => idToken[name] === undefined);
}
