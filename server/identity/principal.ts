import type { Request } from 'express';
import { hashed } from '../kernel/hashed.js';
import type { ProviderKeys } from '../store/logoutStore.js';
import type { Role } from './roles.js';

/** The user that a session is signed in as. */
export interface SignedInUser {
  readonly identifier: string;
  readonly displayName: string | null;
  readonly role: Role;
  /** Whether the OpenID provider kept back what would tell the role, so that the user may have a higher one. */
  readonly rolesLeftOut?: boolean;
}

declare module 'express-session' {
  interface SessionData {
    user?: SignedInUser;
    /** What the OpenID provider said at the sign-in, for signing out there as well. */
    idToken?: string;
    /** By what the OpenID provider can end the session. */
    atProvider?: ProviderKeys;
  }
}

/** The user, app or command that makes a request, as services know it. */
export interface Principal {
  /** Unique among principals of every kind, for records: `user:ada@example.com`. */
  readonly key: string;
  /** The identifier whose accounts the principal may read and change. */
  readonly identifier: string;
  /** The hash of the browser session that asks; a flow is bound to it. */
  readonly sessionHash: string;
}

/** The signed-in user of a request, or null. */
export const signedInUser = (request: Request): SignedInUser | null => request.session?.user ?? null;

/**
 * The principal of a request, or null when nobody is signed in. Taken from our own session alone, so it is never an onboarding:
 * that is how every route but an onboarding's own refuses one.
 */
export function principalOf(request: Request): Principal | null {
  const user = signedInUser(request);
  if (user === null) return null;
  return {
    key: `user:${user.identifier}`,
    identifier: user.identifier,
    // Few of those who ask need it.
    get sessionHash() {
      return hashed(request.sessionID);
    },
  };
}
