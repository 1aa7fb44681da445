import type { Request } from 'express';
import { flash } from '../../http/flash.js';
import { createSealing } from '../../kernel/sealed.js';

/**
 * Has the next page of a client show a secret that was just made. It is no part of the answer to the POST, since a reload would
 * post again and make another; nor of an address, which gets into histories. It waits in the session, sealed so that the
 * database alone gives nothing away.
 */
function newSecret(kind: string, purpose: string) {
  const kept = flash<{ readonly clientId: string; readonly sealed: string }>(kind);
  /** The session's id is known to its browser alone; the database has only a hash of it. */
  const sealingOf = ({ sessionID }: Request) => createSealing([sessionID], purpose);
  return {
    keep(request: Request, clientId: string, secret: string): void {
      kept.leave(request, { clientId, sealed: sealingOf(request).seal(secret) });
    },
    /** The new secret of a client, once; null at every further look. */
    take(request: Request, clientId: string): string | null {
      const left = kept.take(request);
      if (left === null) return null;
      if (left.clientId === clientId) return sealingOf(request).open(left.sealed);
      kept.leave(request, left);
      return null;
    },
  };
}

export const newKey = newSecret('newKey', 'new key of an API client');
export const newWebhookSecret = newSecret('newWebhookSecret', 'new webhook secret of an API client');
