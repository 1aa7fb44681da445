import { createSealing } from '../../kernel/sealed.js';
import { paths } from '../../paths.js';

/** Who a link was made for, and with which connection. */
type Addressed = readonly [identifier: string, connectionName: string];

/**
 * A link names its addressee sealed, so that it tells nobody else whose it is. It allows nothing: who opens it
 * signs in as themselves, and only the addressee finds a button.
 * @param secrets the session secrets: the first makes links, each of them knows its own
 * @param publicUrl the origin that browsers see
 */
export function createAddressedLinks(secrets: readonly string[], publicUrl: string) {
  const sealing = createSealing(secrets, 'addressed links');
  return {
    /** The address of the durable link of one connection, made for one user. It never ends. */
    urlFor(identifier: string, connectionName: string, returnTo: string | null = null): string {
      const to = sealing.seal(JSON.stringify([identifier, connectionName] satisfies Addressed));
      return publicUrl + paths.connect(connectionName, { to, returnTo });
    },
    /** The identifier of the user that a link's `to` was made for, with this connection; null when we made none. */
    addresseeOf(to: string, connectionName: string): string | null {
      const opened = sealing.open(to);
      if (opened === null) return null;
      const [identifier, itsConnection] = JSON.parse(opened) as Addressed;
      return itsConnection === connectionName ? identifier : null;
    },
  };
}

export type AddressedLinks = ReturnType<typeof createAddressedLinks>;
