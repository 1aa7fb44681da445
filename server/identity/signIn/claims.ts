import type { RoleRules } from '../../config/signInSettings.js';
import { identifierFault } from '../../kernel/identifier.js';
import { isObject } from '../../kernel/isObject.js';
import { isMicrosoft } from '../../kernel/microsoft.js';
import { parsedUrl } from '../../kernel/parsedUrl.js';
import { plainName } from '../../kernel/plainText.js';
import type { ProviderKeys } from '../../store/logoutStore.js';
import { type ProviderSubject, providerSessionKeyOf, subjectKeyOf } from '../../store/subjectStore.js';
import type { SignedInUser } from '../principal.js';
import { roleOf } from '../roles.js';
import { SignInRefusal } from './signInFailures.js';

/** The claims of one document: of an ID token, or of the provider's userinfo. */
export type Claims = Readonly<Record<string, unknown>>;

/** Which claims say what. */
export interface ClaimRules {
  readonly identifierClaim: string;
  readonly nameClaim: string;
  /** Whether an address counts as verified of which the provider does not say whether it is. */
  readonly emailTrusted: boolean;
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

/** How the provider answered for an address. `unsaid` is neither yes nor no. */
export type Verification = 'verified' | 'domain_verified' | 'trusted' | 'unsaid' | 'unverified';

/**
 * Whether Entra says that the owner of the address's domain is verified, so that no other tenant can have made it up. Any
 * other issuer may send a claim of that name and mean anything.
 * https://learn.microsoft.com/en-us/entra/identity-platform/migrate-off-email-claim-authorization
 */
function hasVerifiedDomain({ xms_edov: told }: Claims, issuer: unknown): boolean {
  const isTold = told === true || told === 1 || told === '1';
  return isTold && typeof issuer === 'string' && isMicrosoft(parsedUrl(issuer)?.hostname ?? '');
}

/** What a document says of the address in it. @param issuer of the ID token */
function verificationOf(claims: Claims, issuer: unknown, emailTrusted: boolean): Verification {
  const { email_verified: told } = claims;
  // Some providers send the boolean as a string.
  if (told === true || told === 'true') return 'verified';
  if (told !== undefined && told !== null) return 'unverified';
  if (hasVerifiedDomain(claims, issuer)) return 'domain_verified';
  return emailTrusted ? 'trusted' : 'unsaid';
}

const counts: Readonly<Record<Verification, boolean>> = {
  verified: true,
  domain_verified: true,
  trusted: true,
  unsaid: false,
  unverified: false,
};

/**
 * The address that the provider tells, with the best that it says of one anywhere, or null where it tells none. Both
 * have to come from the same document.
 */
function addressIn(documents: readonly Claims[], { emailTrusted }: ClaimRules) {
  const [{ iss } = {}] = documents;
  const told = documents.flatMap((claims) =>
    typeof claims.email === 'string'
      ? [{ email: claims.email, verification: verificationOf(claims, iss, emailTrusted) }]
      : [],
  );
  return (
    told.find(({ verification }) => counts[verification]) ??
    told.find(({ verification }) => verification === 'unverified') ??
    told[0] ??
    null
  );
}

function verifiedEmailIn(documents: readonly Claims[], rules: ClaimRules): string | null {
  const address = addressIn(documents, rules);
  return address !== null && counts[address.verification] ? address.email : null;
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

function identifierOrNull(documents: readonly Claims[], rules: ClaimRules): string | null {
  const { identifierClaim: claim } = rules;
  const value = claim === 'email' ? verifiedEmailIn(documents, rules) : claimIn(documents, claim);
  return typeof value === 'string' ? value : null;
}

/** Whether a document alone says who somebody is. */
export const hasIdentifier = (claims: Claims, rules: ClaimRules): boolean =>
  identifierOrNull([claims], rules) !== null;

function identifierIn(documents: readonly Claims[], rules: ClaimRules): string {
  const identifier = identifierOrNull(documents, rules);
  if (identifier !== null) return identifier;
  const { identifierClaim: claim } = rules;
  const address = claim === 'email' ? addressIn(documents, rules) : null;
  if (address === null) throw new SignInRefusal('claim_missing', claim);
  throw new SignInRefusal(address.verification === 'unsaid' ? 'email_unsaid' : 'email_unverified', claim);
}

/** What is at the end of a path with dots. A name on it may have dots itself, so the longest that is there comes first. */
function atPath(value: unknown, path: string): unknown {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const found = atPath(
      Object.hasOwn(value, path.slice(0, dot)) ? value[path.slice(0, dot)] : undefined,
      path.slice(dot + 1),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the provider told of roles. */
export interface ToldRoles {
  readonly values: readonly string[];
  /** Whether there are some that it did not tell. */
  readonly leftOut: boolean;
}

/**
 * The values of the role claim, or null where none is configured.
 * Entra leaves groups out of which there are many, and names where else they could be asked for (OpenID Connect Core
 * 1.0, section 5.6.2).
 */
function rolesIn(documents: readonly Claims[], { roles: { claim } }: ClaimRules): ToldRoles | null {
  if (claim === null) return null;
  const { name } = claim;
  const found = claimIn(documents, name) ?? documents.map((claims) => atPath(claims, name)).find(Boolean);
  const values = (Array.isArray(found) ? found : [found]).filter((entry) => typeof entry === 'string');
  const leftOut =
    found === undefined &&
    documents.some(({ _claim_names: elsewhere }) => isObject(elsewhere) && Object.hasOwn(elsewhere, name));
  return { values, leftOut };
}

/** Both claims are in every ID token (OpenID Connect Core 1.0, section 2). */
const subjectIn = ([idToken = {}]: readonly Claims[]): ProviderSubject => ({
  issuer: String(idToken.iss),
  subject: String(idToken.sub),
});

function keysOf(subject: ProviderSubject, [idToken = {}]: readonly Claims[]): ProviderKeys {
  const { sid, iat } = idToken;
  return {
    subjectHash: subjectKeyOf(subject),
    sessionHash: typeof sid === 'string' ? providerSessionKeyOf(subject.issuer, sid) : null,
    issuedAt: Number(iat) * 1000,
  };
}

/**
 * Reads who somebody is.
 * @param documents the claims of the ID token first, then those of userinfo
 * @param incomplete whether userinfo would say more, but was refused
 * @throws SignInRefusal when the claims hold no usable identifier
 */
export function identityOf(documents: readonly Claims[], rules: ClaimRules, incomplete = false): Identity {
  const identifier = rules.canonical(identifierIn(documents, rules));
  const fault = identifierFault(identifier);
  if (fault !== null) throw new SignInRefusal('identifier_unusable', fault);
  const subject = subjectIn(documents);
  const roles = rolesIn(documents, rules);
  const rolesLeftOut = roles !== null && (roles.leftOut || (incomplete && roles.values.length === 0));
  return {
    user: {
      identifier,
      displayName: plainName(claimIn(documents, rules.nameClaim)),
      role: roleOf(identifier, rules.roles, roles?.values),
      ...(rolesLeftOut ? { rolesLeftOut } : {}),
    },
    verifiedEmail: deliverable(verifiedEmailIn(documents, rules)),
    subject: rules.identifierClaim === 'sub' ? null : subject,
    atProvider: keysOf(subject, documents),
  };
}

/** A claim by its name and the kind of its value, which is about a person. */
function kindOf([name, value]: [string, unknown]): string {
  if (Array.isArray(value)) return `${name}: list of ${value.length}`;
  if (isObject(value)) return `${name}: object with ${Object.keys(value).slice(0, 10).join(', ')}`;
  return typeof value === 'string' ? `${name}: text` : `${name}: ${String(value)}`;
}

/** What documents tell of somebody, for the operator. */
export function toldIn(documents: readonly Claims[], rules: ClaimRules) {
  return {
    told: documents.map((claims, index) => ({
      document: index === 0 ? ('ID token' as const) : ('userinfo' as const),
      claims: Object.entries(claims).map(kindOf).sort(),
    })),
    email: addressIn(documents, rules)?.verification ?? null,
    roles: rolesIn(documents, rules),
  };
}

/** Whether the ID token lacks a claim that userinfo may have. */
export function lacksClaims(idToken: Claims, rules: ClaimRules): boolean {
  const roleClaim = rules.roles.claim === null ? [] : [rules.roles.claim.name];
  const wanted = [rules.identifierClaim, rules.nameClaim, 'email', 'email_verified', ...roleClaim];
  return wanted.some((name) => idToken[name] === undefined && atPath(idToken, name) === undefined);
}
