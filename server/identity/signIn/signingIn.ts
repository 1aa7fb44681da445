import type { Request } from 'express';
import { requestInfo } from '../../http/requestInfo.js';
import { sessionToken } from '../../http/security/csrf.js';
import type { AuditTrail } from '../../store/auditTrail.js';
import type { ChangeEvents } from '../../store/database/changeEvents.js';
import type { ProviderKeys } from '../../store/logoutStore.js';
import type { ProviderSubject } from '../../store/subjectStore.js';
import type { UserStore } from '../../store/userStore.js';
import { type SignedInUser, signedInUser } from '../principal.js';
import { SignInRefusal } from './signInFailures.js';

/** What a sign-in reports to. */
export interface SignInRecords {
  readonly users: UserStore;
  readonly audit: AuditTrail;
  /** Receives the end of the session that a sign-in replaces. */
  readonly events: ChangeEvents;
}

export interface NewSignIn {
  readonly user: SignedInUser;
  readonly verifiedEmail?: string | null;
  readonly idToken?: string;
  /** Whom the identifier has to mean, where the provider says. */
  readonly subject?: ProviderSubject | null;
  readonly atProvider?: ProviderKeys;
}

type SessionStep = 'regenerate' | 'destroy';

/** The end of a signed-in session is told to every instance, which ends what it keeps open for it. */
async function leaveSession(request: Request, step: SessionStep, events: ChangeEvents): Promise<void> {
  const before = signedInUser(request);
  await new Promise<void>((resolve, reject) => {
    request.session[step]((error) => (error ? reject(error) : resolve()));
  });
  if (before !== null) await events.publish({ kind: 'sessions', identifier: before.identifier });
}

/** Ends the session of the request's browser, which has none then. */
export const endSession = (request: Request, events: ChangeEvents): Promise<void> =>
  leaveSession(request, 'destroy', events);

/**
 * Makes the request's browser that of a user, in a session of its own: an id that was planted before the sign-in is worth
 * nothing after it.
 * @throws SignInRefusal when the identifier means somebody else, or was given up for another one
 */
export async function signIn(
  request: Request,
  { user, verifiedEmail = null, idToken, subject = null, atProvider }: NewSignIn,
  { users, audit, events }: SignInRecords,
): Promise<void> {
  const { identifier, displayName } = user;
  const reception = await users.seen(identifier, displayName, verifiedEmail, subject);
  if (reception !== 'known') throw new SignInRefusal(reception, null, { identifier });
  await leaveSession(request, 'regenerate', events);
  const type = 'user.signed_in';
  await audit.record({
    type,
    actor: `user:${identifier}`,
    identifier,
    detail: user.rolesLeftOut ? 'the provider did not tell the roles' : null,
    ...requestInfo(request),
  });
  request.session.user = user;
  const language = await users.languageOf(identifier);
  if (language !== null) request.session.language = language;
  if (idToken !== undefined) request.session.idToken = idToken;
  if (atProvider !== undefined) request.session.atProvider = atProvider;
  sessionToken(request);
}
