import type { RoleRules } from '../config/signInSettings.js';
import { flash } from '../http/flash.js';

/** What a user may do: `user` with their own accounts only, `viewer` read about everybody's, `admin` act on them. */
export type Role = 'admin' | 'viewer' | 'user';

/** Left at a sign-in for the next page: the provider did not tell the user's roles. */
export const rolesLeftOut = flash<true>('rolesLeftOut');

/** The rules with the identifiers in them in their canonical form. */
export const inCanonicalForm = (rules: RoleRules, canonical: (identifier: string) => string): RoleRules => ({
  ...rules,
  adminIdentifiers: rules.adminIdentifiers.map(canonical),
  viewerIdentifiers: rules.viewerIdentifiers.map(canonical),
});

/**
 * The role of an identifier; the higher one where several rules give one.
 * @param told the values of the role claim
 */
export function roleOf(identifier: string, rules: RoleRules, told: readonly string[] = []): Role {
  const tells = (value: string | null | undefined) => typeof value === 'string' && told.includes(value);
  if (rules.adminIdentifiers.includes(identifier) || tells(rules.claim?.adminValue)) return 'admin';
  if (rules.viewerIdentifiers.includes(identifier) || tells(rules.claim?.viewerValue)) return 'viewer';
  return 'user';
}
