import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Request } from 'express';

declare module 'express-session' {
  interface SessionData {
    /** A key that was just made, until the next page shows it. */
    newKey?: { readonly clientId: string; readonly sealed: string };
  }
}

/** The session's id is known to its browser alone; the database has only a hash of it. */
const sealingKey = (sessionId: string) =>
  Buffer.from(hkdfSync('sha256', sessionId, '', 'new key of an API client', 32));

function seal(text: string, sessionId: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(sessionId), iv);
  const sealed = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString('base64url');
}

function unseal(text: string, sessionId: string): string {
  const sealed = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(sessionId), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
  return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
}

/**
 * Has the next page of a client show its new key. It is no part of the answer to the POST, since a reload would post
 * again and make another; nor of an address, which gets into histories. It waits in the session, sealed so that the
 * database alone gives nothing away.
 */
export function keepNewKey(request: Request, clientId: string, key: string): void {
  request.session.newKey = { clientId, sealed: seal(key, request.sessionID) };
}

/** The new key of a client, once; null at every further look. */
export function takeNewKey(request: Request, clientId: string): string | null {
  const { newKey } = request.session;
  if (newKey?.clientId !== clientId) return null;
  delete request.session.newKey;
  return unseal(newKey.sealed, request.sessionID);
}
