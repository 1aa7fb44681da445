import type { Request } from 'express';
import type { AuditTrail } from '../store/auditTrail.js';
import type { UserStore } from '../store/userStore.js';
import { csrfToken } from '../web/csrf.js';
import { requestInfo } from '../web/requestInfo.js';
import type { SignedInUser } from './principal.js';

/** Where a sign-in is written down. */
export interface SignInRecords {
  readonly users: UserStore;
  readonly audit: AuditTrail;
}

export interface NewSignIn {
  readonly user: SignedInUser;
  readonly verifiedEmail?: string | null;
  readonly idToken?: string;
}

/** Gives the session a new id, so that an id planted before the sign-in is worth nothing after it. */
export function renewSession(request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.regenerate((error) => (error ? reject(error) : resolve()));
  });
}

/** Makes the request's browser that of a user, in a session of its own. */
export async function signIn(
  request: Request,
  { user, verifiedEmail = null, idToken }: NewSignIn,
  { users, audit }: SignInRecords,
): Promise<void> {
  const { identifier, displayName } = user;
  await renewSession(request);
  await users.seen(identifier, displayName, verifiedEmail);
  const type = 'user.signed_in';
  await audit.record({ type, actor: `user:${identifier}`, identifier, ...requestInfo(request) });
  request.session.user = user;
  if (idToken !== undefined) request.session.idToken = idToken;
  csrfToken(request);
}
