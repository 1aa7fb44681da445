import pg from 'pg';

const bound = 'SCRAM-SHA-256-PLUS';

/** What libpq refuses, too: https://www.postgresql.org/docs/current/libpq-connect.html, `channel_binding`. */
const unbound =
  'The server offers no channel binding, which channel_binding=require in DATABASE_URL asks for';

/** The connection of a client, which sees the server's messages before the client answers them. */
interface Wire extends pg.Connection {
  prependListener(
    name: string,
    listener: (message: { readonly mechanisms?: readonly string[] }) => void,
  ): this;
}

/** A client that binds the sign-in at PostgreSQL to its encryption where the server can do so. */
class PreferringClient extends pg.Client {
  constructor(options?: pg.ClientConfig) {
    super({ ...options, enableChannelBinding: true });
  }
}

/**
 * A client that connects only when the server proves that nobody in between ends the encryption (RFC 5802, section 6).
 * The library binds where the server offers it, and goes on without where it doesn't.
 */
class RequiringClient extends PreferringClient {
  constructor(options?: pg.ClientConfig) {
    super(options);
    const { connection } = this as unknown as { connection: Wire };
    const refuse = () => connection.stream.destroy(new Error(unbound));
    let proven = false;
    connection.prependListener('authenticationSASL', ({ mechanisms = [] }) => {
      if (!mechanisms.includes(bound)) refuse();
    });
    connection.prependListener('authenticationSASLFinal', () => {
      proven = true;
    });
    connection.prependListener('authenticationOk', () => {
      if (!proven) refuse();
    });
    for (const name of ['authenticationCleartextPassword', 'authenticationMD5Password'])
      connection.prependListener(name, refuse);
  }
}

/** The class of client for a database, by `channel_binding` in its URL. */
export function clientClass(databaseUrl: string): new (options?: pg.ClientConfig) => pg.Client {
  const wanted = new URL(databaseUrl).searchParams.get('channel_binding');
  if (wanted === 'require') return RequiringClient;
  return wanted === 'prefer' ? PreferringClient : pg.Client;
}
