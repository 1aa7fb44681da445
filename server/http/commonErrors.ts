import { DomainError, type NextSteps } from '../kernel/errors.js';
import { paths } from '../paths.js';
import type { DatabaseFaultKind } from '../store/database/databaseFault.js';
import { told } from '../words/words.js';

/** There is nothing at this address. */
export const notFound = () =>
  new DomainError({
    code: 'not_found',
    status: 404,
    level: 'info',
    told: told('errors.not_found'),
  });

/** The address or the form can't be read. */
export const badRequest = (cause?: unknown) =>
  new DomainError({
    code: 'bad_request',
    status: 400,
    level: 'info',
    told: told('errors.bad_request'),
    cause,
  });

/** The request names a host that this app is not, on a machine where it answers for nobody else. RFC 9110, 15.5.20. */
export const foreignHost = () =>
  new DomainError({
    code: 'foreign_host',
    status: 421,
    level: 'warn',
    told: told('errors.foreign_host'),
  });

/** The body is larger than the route accepts. */
export const tooLarge = () =>
  new DomainError({
    code: 'too_large',
    status: 413,
    level: 'info',
    told: told('errors.too_large'),
  });

/** The form's CSRF token is missing or is not this session's. @param nextSteps where its user was going, if known */
export const formExpired = (nextSteps: NextSteps = () => []) =>
  new DomainError({
    code: 'form_expired',
    status: 403,
    level: 'warn',
    told: told('errors.form_expired'),
    nextSteps,
  });

/** The proxy does not say that the browser came by https, so nobody can be signed in. The log says what to mend. */
export const httpsUnknown = () =>
  new DomainError({
    code: 'https_unknown',
    status: 500,
    level: 'info',
    told: told('errors.https_unknown'),
    wayBack: false,
  });

/** @param seconds until the next try is accepted */
export const tooManyRequests = (seconds: number) =>
  new DomainError({
    code: 'too_many_requests',
    status: 429,
    level: 'warn',
    told: told('errors.too_many_requests', { seconds }),
    headers: { 'Retry-After': String(seconds) },
  });

/** The route needs a signed-in user. It answers JSON and forms; pages that are only looked at redirect to the sign-in. */
export const signInRequired = () =>
  new DomainError({
    code: 'sign_in_required',
    status: 401,
    level: 'info',
    told: told('errors.sign_in_required'),
    nextSteps: (t) => [{ label: t('common.actions.signIn'), url: paths.signIn, method: 'get', filled: true }],
  });

/** The route is for a role that the signed-in user does not have. */
export const notAllowed = () =>
  new DomainError({
    code: 'not_allowed',
    status: 403,
    level: 'warn',
    told: told('errors.not_allowed'),
  });

/** No way of signing in is set up. */
export const signInUnavailable = () =>
  new DomainError({
    code: 'sign_in_unavailable',
    status: 503,
    level: 'warn',
    told: told('errors.sign_in_unavailable'),
  });

/** The database is away, or takes nothing. @param againUrl what repeats the request, or null where a link can't */
export const databaseUnavailable = (kind: DatabaseFaultKind, againUrl: string | null, cause?: unknown) =>
  new DomainError({
    code: 'database_unavailable',
    status: 503,
    level: 'error',
    told: told(`errors.database_unavailable.${kind}`),
    nextSteps: (t) =>
      againUrl === null
        ? []
        : [{ label: t('common.actions.tryAgain'), url: againUrl, method: 'get', filled: true }],
    // Without the database nobody is known to be signed in, so no link to a page of the app would help.
    wayBack: kind === 'unwritable',
    headers: { 'Retry-After': '5' },
    cause,
  });

/** An error by its code alone, for a page that tells of a request before it. One without words here is `internal`. */
export function errorOfCode(code: string): DomainError {
  switch (code) {
    case 'bad_request':
      return badRequest();
    case 'too_many_requests':
      return tooManyRequests(60);
    case 'database_unavailable':
      return databaseUnavailable('away', paths.connections);
    default:
      return internalError(undefined);
  }
}

/** Anything that has no words of its own. */
export const internalError = (cause: unknown) =>
  new DomainError({
    code: 'internal',
    status: 500,
    level: 'error',
    told: told('errors.internal'),
    cause,
  });
