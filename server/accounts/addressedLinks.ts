import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { paths } from '../paths.js';

/** Durable links that only one person can use. */
export interface AddressedLinks {
  /** The address of the durable link of one connection, made for one user. It never ends. */
  urlFor(identifier: string, connectionName: string, returnTo?: string | null): string;
  /** Whether a link's `to` was made for this user and connection. */
  isFor(to: string, identifier: string, connectionName: string): boolean;
}

/**
 * A link names its addressee by a signature alone, so that it tells nobody whose it is. It allows nothing: who
 * opens it signs in as themselves, and only the addressee finds a button.
 * @param secrets the session secrets, from each of which a key of its own is derived (RFC 5869): the first signs,
 * all verify
 * @param publicUrl the origin that browsers see
 */
export function createAddressedLinks(secrets: readonly string[], publicUrl: string): AddressedLinks {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'addressed links', 32)));
  const signatures = (identifier: string, connectionName: string) =>
    keys.map((key) =>
      createHmac('sha256', key)
        .update(JSON.stringify([identifier, connectionName]))
        .digest(),
    );
  return {
    urlFor(identifier, connectionName, returnTo = null) {
      const to = signatures(identifier, connectionName)[0]?.toString('base64url') ?? null;
      return publicUrl + paths.connect(connectionName, { to, returnTo });
    },
    isFor(to, identifier, connectionName) {
      const given = Buffer.from(to, 'base64url');
      return signatures(identifier, connectionName).some(
        (expected) => given.length === expected.length && timingSafeEqual(given, expected),
      );
    },
  };
}
