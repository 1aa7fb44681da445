/** What a user may do: `user` with their own accounts only, `viewer` read about everybody's, `admin` act on them. */
export type Role = 'admin' | 'viewer' | 'user';

/** How the operator says who is more than a user. */
export interface RoleRules {
  readonly adminIdentifiers: readonly string[];
  readonly viewerIdentifiers: readonly string[];
  /** The claim that tells roles, with the values that mean one, or null when only the lists do. */
  readonly claim: {
    readonly name: string;
    readonly adminValue: string | null;
    readonly viewerValue: string | null;
  } | null;
}

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
