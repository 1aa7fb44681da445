import type { Request } from 'express';
import { flash } from '../../http/flash.js';
import { createSealing } from '../../kernel/sealed.js';

/** A key that was just made, until the page of its client shows it. */
const newKey = flash<{ readonly clientId: string; readonly sealed: string }>('newKey');

/** The session's id is known to its browser alone; the database has only a hash of it. */
const sealingOf = ({ sessionID }: Request) => createSealing([sessionID], 'new key of an API client');

/**
 * Has the next page of a client show its new key. It is no part of the answer to the POST, since a reload would post
 * again and make another; nor of an address, which gets into histories. It waits in the session, sealed so that the
 * database alone gives nothing away.
 */
export function keepNewKey(request: Request, clientId: string, key: string): void {
  newKey.leave(request, { clientId, sealed: sealingOf(request).seal(key) });
}

/** The new key of a client, once; null at every further look. */
export function takeNewKey(request: Request, clientId: string): string | null {
  const kept = newKey.take(request);
  if (kept === null) return null;
  if (kept.clientId === clientId) return sealingOf(request).open(kept.sealed);
  newKey.leave(request, kept);
  return null;
}
