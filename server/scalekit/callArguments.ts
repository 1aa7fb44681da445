import type { AuthorizationLinkRequest, ScalekitGateway } from './gateway.js';
import { ScalekitError } from './scalekitError.js';

/** The limits of the service's own descriptors, in characters (code points). */
export const MAX_IDENTIFIER = 100;
export const MAX_STATE = 512;
const MAX_USER_VERIFY_URL = 2048;
const MAX_AUTH_REQUEST_ID = 2048;
const CONNECTION_NAME = /^[a-zA-Z0-9_: -]{1,400}$/;

// Blanks as JavaScript's trim and as Go's see them: they differ in U+0085 and U+FEFF.
const UNTRIMMED = /^[\s\u0085]|[\s\u0085]$/u;
// NUL is cut or refused by databases; a lone surrogate would turn into U+FFFD on the wire, and so into the
// identifier of somebody else.
const UNSAFE = /\0|\p{Surrogate}/u;

type Method = keyof ScalekitGateway;

/**
 * Refuses an identifier that Scalekit, or the SDK, would not take byte by byte. A blank one is dropped
 * silently by the SDK, and a listing then answers with everyone's accounts.
 * @throws {ScalekitError} `invalid`
 */
export function checkIdentifier(method: Method, identifier: string): void {
  checkText(method, 'identifier', identifier, MAX_IDENTIFIER);
}

/**
 * Refuses a connection name that cannot exist. The SDK trims it for some calls and not for others.
 * @throws {ScalekitError} `invalid`
 */
export function checkConnectionName(method: Method, name: string): void {
  if (!CONNECTION_NAME.test(name) || UNTRIMMED.test(name)) refuse(method, 'connection name');
}

/** @throws {ScalekitError} `invalid` for a blank, untrimmed or oversized auth request id. */
export function checkAuthRequestId(method: Method, authRequestId: string): void {
  checkText(method, 'auth request id', authRequestId, MAX_AUTH_REQUEST_ID);
}

/** @throws {ScalekitError} `invalid` when a part of the request is outside Scalekit's limits. */
export function checkLinkRequest(method: Method, request: AuthorizationLinkRequest): void {
  checkConnectionName(method, request.connectionName);
  checkIdentifier(method, request.identifier);
  if (request.state !== undefined) checkText(method, 'state', request.state, MAX_STATE);
  if (request.userVerifyUrl !== undefined) {
    checkText(method, 'user verify URL', request.userVerifyUrl, MAX_USER_VERIFY_URL);
  }
}

function checkText(method: Method, what: string, text: string, maxLength: number): void {
  const ok = text !== '' && !UNTRIMMED.test(text) && !UNSAFE.test(text) && !isLonger(text, maxLength);
  if (!ok) refuse(method, what);
}

function isLonger(text: string, maxLength: number): boolean {
  return text.length > 2 * maxLength || [...text].length > maxLength;
}

/** The value stays out of the message: it may be personal or secret. */
function refuse(method: Method, what: string): never {
  throw new ScalekitError('invalid', method, { detail: `${what} refused before sending` });
}
