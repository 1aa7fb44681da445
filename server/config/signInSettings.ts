import { z } from 'zod';
import { type IdentifierCase, identifierFault } from '../kernel/identifier.js';
import { isLoopbackHost } from '../kernel/loopback.js';
import { isMicrosoft } from '../kernel/microsoft.js';
import { parsedUrl } from '../kernel/parsedUrl.js';
import { type Fault, variableNotes } from './configValues.js';

/** How the operator names viewers and admins. */
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

/** The OpenID provider that users sign in at, and this app as its client. */
export interface OpenidSettings {
  readonly issuerUrl: string;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  /** Separated by blanks. */
  readonly scopes: string;
  readonly identifierClaim: string;
  readonly nameClaim: string;
  /** Whether an address counts as verified of which the provider does not say whether it is. */
  readonly emailTrusted: boolean;
  /** The ids (`tid`) of the tenants whose users may sign in, or null where the issuer has one tenant. */
  readonly tenants: readonly string[] | null;
}

/** How users sign in. `none`: no provider is configured, and the app is not on loopback. */
export type SignInSettings =
  | { readonly mode: 'development' }
  | { readonly mode: 'oidc'; readonly openid: OpenidSettings }
  | { readonly mode: 'none' };

const issuerUrl = z.string().transform((value, context) => {
  const url = parsedUrl(value);
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (url === null || !secure || url.username || url.password || url.search || url.hash) {
    context.addIssue('must be the https issuer URL of your OpenID provider (http only on loopback)');
    return z.NEVER;
  }
  return value;
});

const identifiers = z.string().transform((value, context) => {
  const list = value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (list.some((entry) => identifierFault(entry) !== null)) {
    context.addIssue('must be identifiers of at most 100 characters, separated by commas');
    return z.NEVER;
  }
  return list;
});

const tenants = z.string().transform((value, context) => {
  const list = value.split(',').map((entry) => entry.trim().toLowerCase());
  if (list.every((entry) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(entry))) return list;
  context.addIssue('must be ids of tenants (as 72f988bf-86f1-41af-91ab-2d7cd011db47), separated by commas');
  return z.NEVER;
});

const claimName = z.string().regex(/^\S{1,200}$/, 'must be the name of a claim');

/** The variables of signing in, for the schema of the whole environment. */
export const signInVariables = {
  AUTH_MODE: z
    .enum(['oidc', 'development'], 'must be oidc or development')
    .optional()
    .register(variableNotes, {
      meaning: 'how users sign in: `oidc`, or `development` (no password; loopback only)',
      required: 'off loopback, as `oidc`',
      otherwise: '`development`',
      example: 'oidc',
    }),
  OIDC_ISSUER_URL: issuerUrl.optional().register(variableNotes, {
    meaning: 'the issuer URL of your OpenID provider',
    required: 'with `AUTH_MODE=oidc`',
    example: 'https://id.example.com',
  }),
  OIDC_TENANTS: tenants.optional().register(variableNotes, {
    meaning:
      'the ids (`tid`) of the tenants whose users may sign in, separated by commas; everybody else is refused',
    required: "with an issuer of many tenants (Entra's `common` and `organizations`)",
    example: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  }),
  OIDC_CLIENT_ID: z.string().optional().register(variableNotes, {
    meaning: "this app's client there",
    required: 'with `AUTH_MODE=oidc`',
    example: 'connect-accounts',
  }),
  OIDC_CLIENT_SECRET: z
    .string()
    .optional()
    .register(variableNotes, { meaning: "the client's secret; without one it is a public client" }),
  OIDC_SCOPES: z
    .string()
    .regex(
      /^(?=.*(?:^| )openid(?: |$))[\x21-\x7e]+( [\x21-\x7e]+)*$/,
      'must be scopes with openid among them',
    )
    .default('openid profile email')
    .register(variableNotes, { meaning: 'the scopes to ask for' }),
  OIDC_IDENTIFIER_CLAIM: claimName.default('sub').register(variableNotes, {
    meaning:
      'the claim that becomes the identifier; `email` counts only while it is verified. Changing it later gives ' +
      'every user a new identifier, with nothing connected',
  }),
  OIDC_EMAIL_TRUSTED: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((value) => value === 'true')
    .register(variableNotes, {
      meaning:
        '`true` takes an address for verified where the provider does not say (no `email_verified`, as Entra), never ' +
        'where it says that it is not. Only for a provider on which nobody but your administrators sets addresses',
    }),
  OIDC_IDENTIFIER_CASE: z
    .enum(['lower', 'as-is'], 'must be lower or as-is')
    .optional()
    .register(variableNotes, {
      meaning:
        '`lower` takes identifiers in lower case (A to Z alone) wherever they come from: sign-in, API, commands, ' +
        'admin pages. `npm run user -- doubles` shows what differs only by case',
      otherwise: '`lower` when the claim is `email` and the installation is new, else `as-is`',
      example: 'lower',
    }),
  OIDC_NAME_CLAIM: claimName
    .default('name')
    .register(variableNotes, { meaning: 'the claim that becomes the name in the header' }),
  OIDC_ROLE_CLAIM: claimName.optional().register(variableNotes, {
    meaning:
      'the claim (a text, or a list of texts) that tells roles, from the next sign-in on: its name ' +
      '(`cognito:groups`), else a path with dots (`realm_access.roles`)',
    required: 'with the next two',
  }),
  OIDC_ADMIN_VALUE: z.string().optional().register(variableNotes, {
    meaning: "its value that makes an admin, who sees and changes everybody's accounts",
  }),
  OIDC_VIEWER_VALUE: z
    .string()
    .optional()
    .register(variableNotes, { meaning: 'its value that makes a viewer, who only sees them' }),
  ADMIN_IDENTIFIERS: identifiers
    .default([])
    .register(variableNotes, { meaning: 'identifiers of admins, separated by commas' }),
  VIEWER_IDENTIFIERS: identifiers
    .default([])
    .register(variableNotes, { meaning: 'identifiers of viewers, separated by commas' }),
};

type Variables = z.output<z.ZodObject<typeof signInVariables>>;

const requiredNames = ['OIDC_ISSUER_URL', 'OIDC_CLIENT_ID'] as const;
const roleValueNames = ['OIDC_ADMIN_VALUE', 'OIDC_VIEWER_VALUE'] as const;

function modeFaults(mode: Variables['AUTH_MODE'], names: ReadonlySet<string>, loopback: boolean) {
  const faults: Fault[] = [];
  if (mode === 'oidc') {
    const missing = requiredNames.filter((name) => !names.has(name));
    faults.push(...missing.map((name) => ({ name, expected: 'is required while AUTH_MODE is oidc' })));
  }
  if (mode === 'development' && !loopback) {
    faults.push({
      name: 'AUTH_MODE',
      expected:
        'must be oidc, since the development sign-in works only while HOST and PUBLIC_URL are loopback',
    });
  }
  const given = requiredNames.find((name) => names.has(name));
  if (mode === undefined && given !== undefined) {
    faults.push({ name: 'AUTH_MODE', expected: `must be oidc for ${given} to have an effect` });
  }
  return faults;
}

/** Issuers of Entra for the users of any tenant. Their own settings name `{tenantid}` in place of one. */
function hasManyTenants(issuer: string): boolean {
  const { hostname, pathname } = new URL(issuer);
  const [first = ''] = pathname.slice(1).split('/');
  return isMicrosoft(hostname) && ['common', 'organizations'].includes(first.toLowerCase());
}

function tenantFaults(env: Variables): Fault[] {
  const { OIDC_ISSUER_URL: issuer, OIDC_TENANTS: listed, OIDC_EMAIL_TRUSTED: trusted } = env;
  const many = issuer !== undefined && hasManyTenants(issuer);
  const faults: Fault[] = [];
  if (many && listed === undefined) {
    faults.push({
      name: 'OIDC_TENANTS',
      expected:
        'is required, since users of any tenant sign in at this OIDC_ISSUER_URL, and their administrators choose ' +
        'their addresses: name the tenants that may, or the issuer URL of one tenant',
    });
  }
  if (trusted && (many || listed !== undefined)) {
    faults.push({
      name: 'OIDC_EMAIL_TRUSTED',
      expected:
        'must be false for an issuer of several tenants, each of which could name the addresses of the others: have ' +
        'Entra send the claim xms_edov instead',
    });
  }
  return faults;
}

function roleFaults(names: ReadonlySet<string>): Fault[] {
  const given = roleValueNames.filter((name) => names.has(name));
  if (given.length > 0 === names.has('OIDC_ROLE_CLAIM')) return [];
  return given.length > 0
    ? [{ name: 'OIDC_ROLE_CLAIM', expected: `is required together with ${given.join(' and ')}` }]
    : [{ name: 'OIDC_ADMIN_VALUE', expected: 'or OIDC_VIEWER_VALUE is required with OIDC_ROLE_CLAIM' }];
}

/**
 * The faults in how the variables go together.
 * @param names the variables that are set, faulty ones too
 */
export function signInFaults(env: Variables, names: ReadonlySet<string>, loopback: boolean): Fault[] {
  return [...modeFaults(env.AUTH_MODE, names, loopback), ...tenantFaults(env), ...roleFaults(names)];
}

/** In which case identifiers are taken; `lower-when-new` leaves it to whether there were users before. */
export type IdentifierCaseSetting = IdentifierCase | 'lower-when-new';

/** What is set about the case of identifiers, from variables without a fault. */
export function identifierCaseSetting(env: Variables): IdentifierCaseSetting {
  if (env.OIDC_IDENTIFIER_CASE !== undefined) return env.OIDC_IDENTIFIER_CASE;
  return env.AUTH_MODE === 'oidc' && env.OIDC_IDENTIFIER_CLAIM === 'email' ? 'lower-when-new' : 'as-is';
}

/** How users sign in, from variables without a fault. */
export function signInSettings(env: Variables, loopback: boolean): SignInSettings {
  const { OIDC_ISSUER_URL: issuer, OIDC_CLIENT_ID: clientId } = env;
  if (env.AUTH_MODE !== 'oidc') return { mode: loopback ? 'development' : 'none' };
  if (issuer === undefined || clientId === undefined) return { mode: 'none' };
  return {
    mode: 'oidc',
    openid: {
      issuerUrl: issuer,
      clientId,
      clientSecret: env.OIDC_CLIENT_SECRET ?? null,
      scopes: env.OIDC_SCOPES,
      identifierClaim: env.OIDC_IDENTIFIER_CLAIM,
      nameClaim: env.OIDC_NAME_CLAIM,
      emailTrusted: env.OIDC_EMAIL_TRUSTED,
      tenants: env.OIDC_TENANTS ?? null,
    },
  };
}

/** The viewers and admins, from variables without a fault. */
export function roleRules(env: Variables): RoleRules {
  const name = env.OIDC_ROLE_CLAIM;
  return {
    adminIdentifiers: env.ADMIN_IDENTIFIERS,
    viewerIdentifiers: env.VIEWER_IDENTIFIERS,
    claim:
      name === undefined
        ? null
        : { name, adminValue: env.OIDC_ADMIN_VALUE ?? null, viewerValue: env.OIDC_VIEWER_VALUE ?? null },
  };
}
