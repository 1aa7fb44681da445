/** Why PostgreSQL could not be used, by the code of the client's error or of the server's (PostgreSQL, appendix A). */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  ECONNRESET: 'it ended the connection',
  '28P01': 'it refuses the user or the password',
  '28000': 'it refuses the user',
  '3D000': 'it has no database of that name',
  '42501': 'the user may not make tables there',
  '53300': 'it has no connection left',
  '57P03': 'it is starting or stopping',
};

/** Where a database URL leads, without its user and password. */
function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host || 'the local socket'}${pathname}`;
}

function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  const known = code === undefined ? undefined : reasons[code];
  if (known !== undefined) return known;
  // Node tries every address of a host, and gives one error that holds one for each.
  if (!message && errors?.[0] !== undefined) return reasonOf(errors[0]);
  return message || 'it could not be used';
}

/** Thrown at the start when PostgreSQL can't be used. Its message names the variable and never the password. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  constructor(databaseUrl: string, reason: string, options?: ErrorOptions) {
    super(`DATABASE_URL leads to PostgreSQL at ${placeOf(databaseUrl)}: ${reason}.`, options);
  }

  /** The same for an error of the client library. */
  static of(databaseUrl: string, error: unknown): DatabaseUnavailable {
    return new DatabaseUnavailable(databaseUrl, reasonOf(error), { cause: error });
  }
}
