import { certificateFaultOf } from '../../kernel/certificateFault.js';
import { fileFaultOf } from '../../kernel/fileFaults.js';
import { databaseFaultOf } from './databaseFault.js';

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

/** A database URL without its user and password. */
function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host || 'the local socket'}${pathname}`;
}

/** A root certificate is named in the URL, as `sslrootcert`. */
function certificateReason(databaseUrl: string, error: unknown): string | null {
  const { hostname: host } = new URL(databaseUrl);
  const place = { host, namedBy: 'DATABASE_URL', authorities: 'its sslrootcert' };
  const fault = certificateFaultOf(error, place);
  return fault === null ? null : `it ${fault.why}`;
}

/** The files that a URL can name, which are read when a connection is opened. */
const files = ['sslrootcert', 'sslcert', 'sslkey'];

function fileReason(databaseUrl: string, error: unknown): string | null {
  const { code, path } = error as NodeJS.ErrnoException;
  const { searchParams } = new URL(databaseUrl);
  const named = files.find((name) => path !== undefined && searchParams.get(name) === path);
  if (named === undefined) return null;
  const why = code === 'ENOENT' ? 'which is not there' : `which can’t be read (${code})`;
  return `${named} in it names ${path}, ${why}; in a container, the file has to be mounted`;
}

function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  const known = code === undefined ? undefined : reasons[code];
  if (known !== undefined) return known;
  // Node tries every address of a host and throws one error that holds an error for each.
  if (!message && errors?.[0] !== undefined) return reasonOf(errors[0]);
  return message || 'it could not be used';
}

/** Thrown at the start when the database can't be used. Its message names the variable and never a password. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  /** PostgreSQL at this URL, and why. */
  static at(databaseUrl: string, reason: string, cause?: unknown): DatabaseUnavailable {
    const place = placeOf(databaseUrl);
    return new DatabaseUnavailable(`DATABASE_URL leads to PostgreSQL at ${place}: ${reason}.`, { cause });
  }

  /** The embedded database in this folder, for the error of the file system or of SQLite. */
  static ofFolder(dataDir: string, error: unknown): DatabaseUnavailable {
    const { cause } = error as Error;
    const { message } = cause instanceof Error ? cause : (error as Error);
    const reason = fileFaultOf(error) ?? message;
    return new DatabaseUnavailable(`DATA_DIR names ${dataDir}, which can't be used: ${reason}.`, {
      cause: error,
    });
  }

  /** The same for an error of the client library. */
  static of(databaseUrl: string, error: unknown): DatabaseUnavailable {
    const cause = databaseFaultOf(error)?.cause ?? error;
    return DatabaseUnavailable.at(
      databaseUrl,
      certificateReason(databaseUrl, cause) ?? fileReason(databaseUrl, cause) ?? reasonOf(cause),
      error,
    );
  }
}
